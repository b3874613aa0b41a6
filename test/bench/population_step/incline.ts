import { systemClock } from '../../../src/core/clock.ts';
import { loadEngine } from '../../../src/engine/registry.ts';
import { loadPreset } from '../../../src/presets/load.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import { createExperiment, type Experiment } from '../../../src/trainer/experiment.ts';
import { EngineSession } from '../../../src/trainer/session.ts';
import { type Competitor, learningRate, sizes } from './problem.ts';

/** The preset of figure 2a, whose sizes the other competitors copy. */
export function figure2a(): Experiment {
  const { raw, where } = loadPreset('yang-fig2a');
  const settings = [{ path: 'train.learning_rate', value: learningRate }];
  const experiment = createExperiment(resolveConfig(raw, where, settings).config, where);
  const {
    prompt_examples: N,
    tokens: K,
    token_dim: d,
    features: m,
  } = experiment.config.task as Record<string, unknown>;
  const found = { N, K, d, m, H: experiment.model.facts.heads };
  if (JSON.stringify(found) !== JSON.stringify(sizes)) throw new Error('the preset and the benchmark differ in size');
  return experiment;
}

/** The program's own training session, as a run uses it. */
export async function incline(experiment: Experiment, threads: number): Promise<Competitor> {
  const unroll = 4;
  const session = await EngineSession.start(await loadEngine('cpu'), experiment, { threads, unroll });
  const controls = { learningRate, weightDecay: 0, clipNorm: 0, totalSteps: 1e6 };
  return {
    name: `incline cpu, ${threads} thread${threads === 1 ? '' : 's'}`,
    async steps(count) {
      let loss = Number.NaN;
      for (let done = 0; done < count; ) {
        const size = count - done >= unroll ? unroll : 1;
        loss = (await session.advance(size, controls))['gap']!.at(-1)!;
        done += size;
      }
      return loss;
    },
  };
}

export const now = (): number => systemClock.now();
