import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nvidiaAdapter } from './adapters.ts';
import type { Engine } from './contract.ts';
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

/** What ONNX Runtime's package lacks, as it comes from the registry. */
function obstacle(): string | undefined {
  const machine = `${process.platform} ${process.arch}`;
  if (machine !== 'linux x64') return `ONNX Runtime for Node has CUDA on linux x64 alone, and this is ${machine}`;
  const main = runtimePath();
  const folder = join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
  const missing = ['shared', 'cuda'].map((part) => `libonnxruntime_providers_${part}.so`);
  const absent = missing.filter((file) => !existsSync(join(folder, file)));
  if (absent.length === 0) return undefined;
  return `${absent.join(' and ')} ${absent.length > 1 ? 'are' : 'is'} not in ${folder}; ${fetching(main)}`;
}

/** How to get them: npm's own settings for this project skip the package's script. */
const fetching = (main: string): string =>
  `fetch them with: node ${join(dirname(main), '..', 'script', 'install.js')} --onnxruntime-node-install=cuda12`;

/** The loader's words name the library of CUDA or cuDNN that is missing. */
function explain(error: string, stderr: string): string {
  const library = /(lib[\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(stderr + error)?.[1];
  if (library === 'libcuda.so.1') return 'libcuda.so.1 is missing: install the NVIDIA driver';
  if (library !== undefined)
    return `${library} is missing: install CUDA 12 and cuDNN 9, and add them to LD_LIBRARY_PATH`;
  return error;
}
