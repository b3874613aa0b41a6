import { cpus } from 'node:os';
import { RandomStream } from '../../../src/core/random.ts';
import { loadPreset } from '../../../src/presets/load.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import type { Experiment } from '../../../src/trainer/contract.ts';
import { createExperiment } from '../../../src/trainer/experiment.ts';
import type { BenchCase } from '../competitor.ts';
import { incline } from '../session.ts';
import { loops } from './loops.ts';
import { learningRate, sizes } from './problem.ts';
import { problemOf } from './shared.ts';
import { tfjsWasm } from './tfjs.ts';

/** The preset of figure 2a, whose sizes the other competitors copy. */
function figure2a(): Experiment {
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

export async function populationStep(): Promise<BenchCase> {
  const experiment = figure2a();
  const problem = problemOf(experiment, RandomStream.named(experiment.config.seed, 'init'));
  const threads = cpus().length;
  return {
    name: 'population_step',
    title: 'exact-gradient step with Adam',
    sizes,
    competitors: [
      await incline(experiment, 1, 'gap'),
      ...(threads > 1 ? [await incline(experiment, threads, 'gap')] : []),
      await tfjsWasm(problem, 1),
      loops(problem),
    ],
    absent: [],
  };
}
