import { createRequire } from 'node:module';
import type { Engine } from './contract.ts';
import { type Loaded, TensorFlowEngine } from './tensorflow/engine.ts';
import type { Tf } from './tensorflow/operations.ts';

/** Packages that bring TensorFlow's own library, the one for NVIDIA devices first. Installed by those who want them. */
const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** TensorFlow.js on TensorFlow's native library, where one of its packages is installed. */
export const tensorflowEngine: Engine = new TensorFlowEngine(load, true);

let loading: Promise<Loaded> | undefined;

function load(): Promise<Loaded> {
  loading ??= find();
  return loading;
}

/** @throws Error with what is missing */
async function find(): Promise<Loaded> {
  const installed = packages.filter(isInstalled);
  if (installed.length === 0) {
    throw new Error(`neither ${packages.join(' nor ')} is installed; npm install --no-save ${packages[1]}`);
  }
  // Its greeting and warnings would be written across the screen.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const failures: string[] = [];
  for (const name of installed) {
    try {
      const module = (await import(name)) as Tf & { default?: Tf };
      const tf = module.default ?? module;
      await tf.ready();
      return { tf, version: `TensorFlow.js ${tf.version['tfjs-core']}`, adapter: name };
    } catch (error) {
      failures.push(`${name} does not load: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new Error(failures.join('; '));
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
