import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellLine } from '../core/shell.ts';
import { nvidiaAdapter } from './adapters.ts';
import type { Engine } from './contract.ts';
import { neededLibraries } from './needed_libraries.ts';
import { OnnxEngine } from './onnx/engine.ts';
import { runtimePath } from './onnx/runtime.ts';

// The short floating-point format of tensor cores keeps three digits; read when CUDA's libraries load.
process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';

/**
 * ONNX Runtime on an NVIDIA device through CUDA, in full float32. Its libraries are not part of the npm package. What is
 * fed back comes to main memory after every run, which unrolling makes rare.
 */
export const cudaEngine: Engine = new OnnxEngine({
  name: 'cuda',
  executionProvider: 'cuda',
  device: true,
  obstacle,
  explain,
  adapters: async () => [nvidiaAdapter()].filter((name) => name !== undefined),
});

/** Where ONNX Runtime looks for its libraries. */
const folder = (main: string): string => join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
const provider = (part: string): string => `libonnxruntime_providers_${part}.so`;

/** What ONNX Runtime's package lacks, as it comes from the registry. */
function obstacle(): string | undefined {
  const machine = `${process.platform} ${process.arch}`;
  if (machine !== 'linux x64') return `ONNX Runtime for Node has CUDA on linux x64 alone, and this is ${machine}`;
  const main = runtimePath();
  const absent = ['shared', 'cuda'].map(provider).filter((file) => !existsSync(join(folder(main), file)));
  if (absent.length === 0) return undefined;
  return `${absent.join(' and ')} ${absent.length > 1 ? 'are' : 'is'} not in ${folder(main)}; ${fetching(main)}`;
}

/**
 * How to get them: npm's own settings for this project skip the package's script. `cuda12` is the script's only word for them,
 * whichever CUDA they were built for: that is read from the files.
 */
const fetching = (main: string): string =>
  `fetch them with: ${shellLine([process.execPath, join(dirname(main), '..', 'script', 'install.js')])} --onnxruntime-node-install=cuda12, then incline devices tells which CUDA and cuDNN they need`;

/** The loader's words name the library of CUDA or cuDNN that is missing; the file itself names all that it needs. */
function explain(error: string, stderr: string): string {
  const library = /(lib[\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(stderr + error)?.[1];
  if (library === 'libcuda.so.1') return 'libcuda.so.1 is missing: install the NVIDIA driver';
  if (library === undefined) return error;
  const needed = toolkitIn(neededLibraries(join(folder(runtimePath()), provider('cuda'))) ?? []);
  const what = needed === undefined ? 'the CUDA and cuDNN that it is of' : needed;
  return `${library} is missing: install ${what}, and add them to LD_LIBRARY_PATH`;
}

/** The versions of CUDA and cuDNN that a library asks the loader for, and by which names; undefined where it names none. */
export function toolkitIn(needed: readonly string[]): string | undefined {
  const versions = [
    ['CUDA', 'libcudart.so.'],
    ['cuDNN', 'libcudnn.so.'],
  ].flatMap(([what, stem]) =>
    needed.filter((name) => name.startsWith(stem!)).map((name) => `${what} ${name.slice(stem!.length)}`),
  );
  const libraries = needed.filter((name) => /^lib(cu|nv)/.test(name));
  return versions.length > 0 ? `${versions.join(' and ')} (${libraries.join(', ')})` : undefined;
}
