import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { Engine } from '../../src/engine/contract.ts';
import { cpuEngine } from '../../src/engine/cpu.ts';
import { productSpeed } from '../../src/engine/speed.ts';
import { TensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
import type { Experiment } from '../../src/trainer/contract.ts';
import { usableEngines } from '../../src/trainer/device.ts';
import { EngineSession } from '../../src/trainer/session.ts';
import type { Competitor } from './competitor.ts';

const count = (threads: number): string => `${threads} thread${threads === 1 ? '' : 's'}`;

/** The program's own training session on an engine, as a run uses it; `scalar` is what it reports as the loss. */
export async function onEngine(
  engine: Engine,
  name: string,
  experiment: Experiment,
  scalar: string,
  { threads = 1, unroll = 4 } = {},
): Promise<Competitor> {
  const session = await EngineSession.start(engine, experiment, { threads, unroll });
  const { learning_rate: learningRate } = experiment.config.train;
  const controls = { learningRate, weightDecay: 0, clipNorm: 0, totalSteps: 1e6 };
  return {
    name,
    async steps(count) {
      let loss = Number.NaN;
      for (let done = 0; done < count; ) {
        const size = count - done >= unroll ? unroll : 1;
        loss = (await session.advance(size, controls))[scalar]!.at(-1)!;
        done += size;
      }
      return loss;
    },
  };
}

/** The program on the processor with each number of threads, and on every device here that is faster at products. */
export async function ownEngines(
  experiment: Experiment,
  scalar: string,
  threadCounts: readonly number[],
  unroll = 4,
): Promise<Competitor[]> {
  const own: Competitor[] = [];
  for (const threads of threadCounts) {
    own.push(await onEngine(cpuEngine, `incline cpu, ${count(threads)}`, experiment, scalar, { threads, unroll }));
  }
  const processor = await productSpeed(cpuEngine, threadCounts.at(-1));
  for (const { engine, adapter } of await usableEngines()) {
    if (!engine.device || (await productSpeed(engine)) < processor) continue;
    own.push(await onEngine(engine, `incline ${engine.name}, ${adapter ?? 'device'}`, experiment, scalar, { unroll }));
  }
  return own;
}

/** Makes TensorFlow.js compute on one thread of WebAssembly with SIMD, or in its plain JavaScript. */
export async function chooseBackend(backend: 'wasm' | 'cpu'): Promise<void> {
  const files = dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm')));
  setWasmPaths(`${join(files, '/')}`);
  setThreadsCount(1);
  await tf.setBackend(backend);
  await tf.ready();
}

/** The program's TensorFlow engine on a backend that is always here. */
export async function onTensorFlow(
  backend: 'wasm' | 'cpu',
  experiment: Experiment,
  scalar: string,
): Promise<Competitor> {
  await chooseBackend(backend);
  const engine = new TensorFlowEngine(async () => ({ tf, version: tf.version['tfjs-core'] }), false);
  const name = `incline on tfjs ${backend === 'wasm' ? 'wasm' : 'plain'}`;
  const competitor = await onEngine(engine, name, experiment, scalar, { unroll: 1 });
  return {
    name,
    async steps(count) {
      await chooseBackend(backend);
      return competitor.steps(count);
    },
  };
}
