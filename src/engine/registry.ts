import { UserError } from '../core/errors.ts';
import type { Engine } from './contract.ts';

/** Engines by name, each loaded only when asked for, since some need native libraries. */
const loaders = {
  cpu: async (): Promise<Engine> => (await import('./cpu.ts')).cpuEngine,
  wasm: async (): Promise<Engine> => (await import('./wasm.ts')).wasmEngine,
  webgpu: async (): Promise<Engine> => (await import('./webgpu.ts')).webgpuEngine,
  cuda: async (): Promise<Engine> => (await import('./cuda.ts')).cudaEngine,
  tensorflow: async (): Promise<Engine> => (await import('./tensorflow.ts')).tensorflowEngine,
  reference: async (): Promise<Engine> => (await import('./reference/engine.ts')).referenceEngine,
};

type RegisteredName = keyof typeof loaders;

export const engineNames = Object.keys(loaders) as readonly RegisteredName[];

/** @throws UserError when there is no engine of that name. */
export async function loadEngine(name: string): Promise<Engine> {
  if (Object.hasOwn(loaders, name)) return loaders[name as RegisteredName]();
  throw new UserError({
    what: `the engine "${name}" is not part of this version`,
    expected: `one of ${engineNames.filter((engine) => engine !== 'reference').join(', ')}`,
  });
}
