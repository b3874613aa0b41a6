/** Engines that can be asked for. */
export const deviceNames = ['auto', 'cpu', 'webgpu', 'cuda', 'tensorflow'] as const;
