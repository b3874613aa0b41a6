import type { Engine } from './contract.ts';
import { WasmEngine } from './wasm/engine.ts';

/** Graphs compiled to WebAssembly. */
export const wasmEngine: Engine = new WasmEngine();
