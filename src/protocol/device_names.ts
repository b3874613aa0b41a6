/** Engines that can be asked for. */
export const deviceNames = ['auto', 'cpu', 'wasm', 'webgpu', 'cuda', 'tensorflow'] as const;
