import { availableParallelism } from 'node:os';
import { systemClock } from '../../core/clock.ts';
import { sizeOf } from '../../core/tensor.ts';
import type { Engine } from '../../engine/contract.ts';
import { lengths } from '../../graph/types.ts';
import type { EngineRecord } from '../../protocol/events.ts';
import { controlsOf, type Experiment } from '../contract/session.ts';
import { trainingGraph } from './programs.ts';
import { EngineSession } from './session.ts';

/** A run of the graph takes at most about this long, in milliseconds: requests are only served between runs. */
const longestRun = 50;
/** Models with faster updates than this gain nothing from more threads, in milliseconds. */
const worthThreads = 4;
const largestUnroll = 16;
/** Compiling a graph takes about a second for so many nodes. */
const largestGraph = 3000;
/** Most numbers to draw for one run: they are garbage afterwards, and more runs cost nothing. */
const largestDraw = 1 << 20;

/** How an engine runs an experiment. */
export interface Tuning extends Pick<EngineRecord, 'threads' | 'unroll'> {
  /** Of one update, in milliseconds. */
  readonly stepTime: number;
}

/**
 * Chooses threads and unrolling by a short measured trial, where the configuration leaves them open. A run that is gone on
 * with on its own engine keeps what it used, so that it computes the same bytes.
 */
export async function tune(
  engine: Engine,
  experiment: Experiment,
  options: { readonly spareCore: boolean; readonly previous?: EngineRecord | undefined },
): Promise<Tuning> {
  const { train, threads: asked, evaluate } = experiment.config;
  const previous = options.previous?.name === engine.name ? options.previous : undefined;
  const cores = availableParallelism();
  const wanted = asked > 0 ? asked : previous?.threads;
  const given = engine.oneThread ? 1 : wanted && Math.min(wanted, cores);
  const most = engine.device ? 1 : cores - (options.spareCore ? 1 : 0);
  const { threads, stepTime } = await fastestThreads(engine, experiment, given ?? 1, given ?? most);
  const nodes = trainingGraph(experiment, 1).nodes.length;
  const bounds = [largestUnroll, largestGraph / nodes, largestDraw / drawnNumbers(experiment), longestRun / stepTime];
  const fitting = Math.min(...bounds);
  const unroll = train.unroll === 'auto' ? (previous?.unroll ?? fewestRuns(fitting, evaluate.every)) : train.unroll;
  return { threads, unroll, stepTime };
}

/**
 * The number of updates in a run, at most `most`, that brings a run of the model from evaluation to evaluation, `updates`
 * apart, in the fewest runs of its graph: those that are left over go one by one.
 */
export function fewestRuns(most: number, updates: number): number {
  const runs = (unroll: number) => Math.floor(updates / unroll) + (updates % unroll);
  let best = 1;
  for (let unroll = 2; unroll <= Math.min(most, updates); unroll++) if (runs(unroll) <= runs(best)) best = unroll;
  return best;
}

/** Numbers drawn for one update; at least 1. */
const drawnNumbers = ({ task, config }: Experiment): number =>
  Object.values(task.training.inputs(config.train.batch)).reduce((sum, shape) => sum + sizeOf(lengths(shape)), 1);

/** Doubles the threads from `least` to `most` as long as that pays. */
async function fastestThreads(
  engine: Engine,
  experiment: Experiment,
  least: number,
  most: number,
): Promise<{ threads: number; stepTime: number }> {
  let threads = least;
  let stepTime = await timeStep(engine, experiment, threads);
  while (threads < most && stepTime > worthThreads) {
    const more = Math.min(2 * threads, most);
    const time = await timeStep(engine, experiment, more);
    if (time > 0.9 * stepTime) break;
    threads = more;
    stepTime = time;
  }
  return { threads, stepTime };
}

/** Fastest of a few updates, in milliseconds. */
async function timeStep(engine: Engine, experiment: Experiment, threads: number): Promise<number> {
  const controls = controlsOf(experiment.config);
  const session = await EngineSession.start(engine, experiment, { threads, unroll: 1 });
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const start = systemClock.now();
    await session.advance(1, controls);
    fastest = Math.min(fastest, systemClock.now() - start);
    // On a device the first update makes its kernels ready.
    if (fastest > longestRun && (i > 0 || !engine.device)) break;
  }
  await session.dispose();
  return fastest;
}
