import type { Engine } from './contract.ts';
import { OnnxEngine } from './onnx/engine.ts';
import type { Provider } from './onnx/provider.ts';

export const cpuProvider: Provider = { name: 'cpu', executionProvider: 'cpu', device: false };

/** ONNX Runtime on the processor: float32, works wherever the program does, the default. */
export const cpuEngine: Engine = new OnnxEngine(cpuProvider);
