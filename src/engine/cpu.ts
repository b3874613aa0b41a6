import type { Engine } from './contract.ts';
import { OnnxEngine } from './onnx/engine.ts';

/** ONNX Runtime on the processor: float32, works wherever the program does, the default. */
export const cpuEngine: Engine = new OnnxEngine({
  name: 'cpu',
  executionProvider: 'cpu',
  device: false,
  choosesTransposes: true,
});
