import { loadEngine } from '../../src/engine/registry.ts';
import type { Experiment } from '../../src/trainer/contract.ts';
import { EngineSession } from '../../src/trainer/session.ts';
import type { Competitor } from './competitor.ts';

/** The program's own training session, as a run uses it; `scalar` is what it reports as the loss. */
export async function incline(experiment: Experiment, threads: number, scalar: string): Promise<Competitor> {
  const unroll = 4;
  const session = await EngineSession.start(await loadEngine('cpu'), experiment, { threads, unroll });
  const { learning_rate: learningRate } = experiment.config.train;
  const controls = { learningRate, weightDecay: 0, clipNorm: 0, totalSteps: 1e6 };
  return {
    name: `incline cpu, ${threads} thread${threads === 1 ? '' : 's'}`,
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
