import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { Engine } from '../../src/engine/contract.ts';
import { cpuEngine } from '../../src/engine/cpu.ts';
import { productSpeed } from '../../src/engine/speed.ts';
import { TensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
import type { Experiment } from '../../src/trainer/contract/session.ts';
import { type OpenedEngine, openEngine, usableEngines } from '../../src/trainer/session/device.ts';
import { EngineSession } from '../../src/trainer/session/session.ts';
import type { Competitor, Field } from './competitor.ts';

const count = (threads: number): string => `${threads} thread${threads === 1 ? '' : 's'}`;

/** The program's own training session on an engine, as a run uses it; `scalar` is what it reports as the loss. */
async function onEngine(
  engine: Engine,
  name: string,
  experiment: Experiment,
  scalar: string,
  { threads = 1, unroll = 4 } = {},
): Promise<Competitor> {
  const session = await EngineSession.start(engine, experiment, { threads, unroll });
  const { learning_rate: learningRate, weight_decay: weightDecay, clip_norm: clipNorm } = experiment.config.train;
  const controls = { learningRate, weightDecay, clipNorm, totalSteps: 1e6 };
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
    peak: () => productSpeed(engine, threads),
    end: () => session.dispose(),
  };
}

/** The program on the processor, so many threads. */
export const onProcessor = (experiment: Experiment, scalar: string, threads: number, unroll: number) =>
  onEngine(cpuEngine, `incline cpu, ${count(threads)}`, experiment, scalar, { threads, unroll });

/**
 * The program on the field's device, or else on the processor with each number of threads, on wasm, and on every device here
 * that is faster at products.
 * @throws UserError when the device cannot be used here
 */
export async function ownEngines(
  experiment: Experiment,
  scalar: string,
  { threadCounts, device }: Field,
  unroll = 4,
): Promise<Competitor[]> {
  const onDevice = ({ engine, adapter }: OpenedEngine) =>
    onEngine(
      engine,
      `incline ${engine.name}, ${adapter ?? (engine.device ? 'device' : '1 thread')}`,
      experiment,
      scalar,
      { unroll },
    );
  if (device !== undefined) return [await onDevice(await openEngine(device))];
  const own: Competitor[] = [];
  for (const threads of threadCounts) own.push(await onProcessor(experiment, scalar, threads, unroll));
  const processor = await productSpeed(cpuEngine, threadCounts.at(-1));
  for (const opened of await usableEngines()) {
    const { name, device: isDevice } = opened.engine;
    if (name === 'wasm' || (isDevice && (await productSpeed(opened.engine)) >= processor))
      own.push(await onDevice(opened));
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
