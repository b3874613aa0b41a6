import { matrixOf, multiply, transpose } from '../../../src/core/linalg.ts';
import type { RandomStream } from '../../../src/core/random.ts';
import { population } from '../../../src/tasks/representation/population.ts';
import type { Experiment } from '../../../src/trainer/contract.ts';
import { type Problem, sizes } from './problem.ts';

/** The experiment's own dictionary and start values, in the form every competitor takes. */
export function problemOf({ config, task, model }: Experiment, init: RandomStream): Problem {
  const { factor, optimal } = population({
    features: matrixOf(task.fixed['features']!),
    promptExamples: sizes.N,
    noise: config.task['noise'] as number,
    noisyTargets: config.task['noisy_targets'] as boolean,
  });
  return {
    tokens: Float32Array.from(task.fixed['tokens']!.data),
    gram: Float32Array.from(multiply(transpose(factor), factor).data, (value) => value / sizes.K),
    target: Float32Array.from(optimal.data),
    Q: Float32Array.from(model.initial(init)['Q']!),
  };
}
