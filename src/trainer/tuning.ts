import { availableParallelism } from 'node:os';
import { systemClock } from '../core/clock.ts';
import type { Engine } from '../engine/contract.ts';
import type { EngineRecord } from '../protocol/events.ts';
import type { Experiment } from './contract.ts';
import { trainingGraph } from './programs.ts';
import { EngineSession } from './session.ts';

/** A run of the graph takes at most about this long, in milliseconds: requests are only served between runs. */
const longestRun = 50;
/** Models with faster updates than this gain nothing from more threads, in milliseconds. */
const worthThreads = 4;
const largestUnroll = 16;
/** Compiling a graph takes about a second for so many nodes. */
const largestGraph = 3000;

/**
 * Chooses threads and unrolling by a short measured trial, where the configuration leaves them open. A resumed run keeps
 * what its parent used, so that it computes the same bytes.
 */
export async function tune(
  engine: Engine,
  experiment: Experiment,
  options: { readonly spareCore: boolean; readonly previous?: EngineRecord | undefined },
): Promise<Pick<EngineRecord, 'threads' | 'unroll'>> {
  const { train, threads: asked, evaluate } = experiment.config;
  const { previous } = options;
  let threads = asked > 0 ? asked : (previous?.threads ?? 1);
  let stepTime = await timeStep(engine, experiment, threads);
  const most = availableParallelism() - (options.spareCore ? 1 : 0);
  if (asked === 0 && !previous && most > 1 && stepTime > worthThreads) {
    const parallel = await timeStep(engine, experiment, most);
    if (parallel < 0.9 * stepTime) {
      threads = most;
      stepTime = parallel;
    }
  }
  const nodes = trainingGraph(experiment, 1).nodes.length;
  const fitting = Math.floor(Math.min(largestUnroll, largestGraph / nodes, longestRun / stepTime, evaluate.every));
  const unroll = train.unroll === 'auto' ? (previous?.unroll ?? Math.max(1, fitting)) : train.unroll;
  return { threads, unroll };
}

/** Fastest of a few updates, in milliseconds. */
async function timeStep(engine: Engine, experiment: Experiment, threads: number): Promise<number> {
  const { learning_rate, weight_decay, clip_norm, steps } = experiment.config.train;
  const controls = {
    learningRate: learning_rate,
    weightDecay: weight_decay,
    clipNorm: clip_norm,
    totalSteps: Math.max(1, steps),
  };
  const session = await EngineSession.start(engine, experiment, { threads, unroll: 1 });
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const start = systemClock.now();
    await session.advance(1, controls);
    fastest = Math.min(fastest, systemClock.now() - start);
    if (fastest > longestRun) break;
  }
  await session.dispose();
  return fastest;
}
