import { createRequire } from 'node:module';
import type { Engine } from './contract.ts';
import { type Loaded, TensorFlowEngine } from './tensorflow/engine.ts';
import type { Tf } from './tensorflow/operations.ts';

/** Packages that bring TensorFlow's own library, the one for NVIDIA devices first. Installed by those who want them. */
const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** TensorFlow.js on TensorFlow's native library, where one of its packages is installed. */
export const tensorflowEngine: Engine = new TensorFlowEngine(loadOnce, true);

const load = createRequire(import.meta.url);

let loading: Promise<Loaded> | undefined;

function loadOnce(): Promise<Loaded> {
  loading ??= find();
  return loading;
}

/** @throws Error with what is missing */
async function find(): Promise<Loaded> {
  const installed = packages.filter(isInstalled);
  if (installed.length === 0) {
    throw new Error(`neither ${packages.join(' nor ')} is installed; npm install --no-save ${packages[1]}`);
  }
  // What its native part tells would be written across the screen.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const failures: string[] = [];
  for (const name of installed) {
    try {
      const tf = await undisturbed(async () => {
        const module = load(name) as Tf;
        await module.ready();
        // One backend greets when it gets its first tensor.
        module.dispose(module.scalar(0));
        return module;
      });
      return { tf, version: `TensorFlow.js ${tf.version['tfjs-core']}`, adapter: name };
    } catch (error) {
      failures.push(`${name} does not load: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new Error(failures.join('; '));
}

function isInstalled(name: string): boolean {
  try {
    load.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Loads without the arguments of this process, which the package's loader takes for its own (`--dir` for
 * `--directory`), and without its greeting, which would stand among our output.
 */
async function undisturbed<T>(work: () => Promise<T>): Promise<T> {
  const { argv } = process;
  const { log, info, warn } = console;
  process.argv = argv.slice(0, 1);
  Object.assign(console, { log() {}, info() {}, warn() {} });
  try {
    return await work();
  } finally {
    process.argv = argv;
    Object.assign(console, { log, info, warn });
  }
}
