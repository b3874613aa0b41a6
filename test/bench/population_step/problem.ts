import { matrixOf, multiply, transpose } from '../../../src/core/linalg.ts';
import { population } from '../../../src/tasks/representation/population.ts';
import type { Experiment } from '../../../src/trainer/contract/session.ts';
import type { PeerProblem } from '../python/peer.ts';
import { startValues } from '../start_values.ts';

export const learningRate = 1e-3;
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Exact-gradient step of one layer of multi-head softmax attention (Yang et al.): what every competitor starts from. */
export interface Problem {
  /** N prompt tokens of K, of width d, and H heads. */
  readonly sizes: {
    readonly N: number;
    readonly K: number;
    readonly d: number;
    readonly m: number;
    readonly H: number;
  };
  /** V [K, d]; the first N rows are the prompt. */
  readonly tokens: Float32Array;
  /** G / K [N, N], with G = ZᵀZ + mτI. */
  readonly gram: Float32Array;
  /** A [N, K], the optimal mixing. */
  readonly target: Float32Array;
  /** Q [H, d, d] at the start; w [H, K] starts at 0. */
  readonly Q: Float32Array;
}

/** The experiment's own dictionary and start values. */
export function problemOf(experiment: Experiment): Problem {
  const { config, task, model } = experiment;
  const { prompt_examples: N, tokens: K, token_dim: d, features: m } = config.task as unknown as Record<string, number>;
  const { factor, optimal } = population({
    features: matrixOf(task.fixed['features']!),
    promptExamples: N!,
    noise: config.task['noise'] as number,
    noisyTargets: config.task['noisy_targets'] as boolean,
  });
  return {
    sizes: { N: N!, K: K!, d: d!, m: m!, H: model.facts.heads },
    tokens: Float32Array.from(task.fixed['tokens']!.data),
    gram: Float32Array.from(multiply(transpose(factor), factor).data, (value) => value / K!),
    target: Float32Array.from(optimal.data),
    Q: Float32Array.from(startValues(experiment)['Q']!),
  };
}

/** The same for peers in other languages. */
export function peerProblem({ sizes: { N, K, d, H }, tokens, gram, target, Q }: Problem): PeerProblem {
  return {
    problem: 'population',
    learningRate,
    sizes: {},
    parameters: { Q: { shape: [H, d, d], data: Q }, w: { shape: [H, K], data: new Float32Array(H * K) } },
    given: {
      tokens: { shape: [K, d], data: tokens },
      gram: { shape: [N, N], data: gram },
      target: { shape: [N, K], data: target },
    },
  };
}
