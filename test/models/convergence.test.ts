import { describe, expect, it } from 'vitest';
import { type Matrix, matrix, multiply, rowRange, squaredNorm, subtract, transpose } from '../../src/core/linalg.ts';
import { RandomStream } from '../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import { atOnce } from '../../src/core/yielding.ts';
import { convergence, rateBound } from '../../src/models/multi_head_softmax/convergence.ts';
import { population } from '../../src/tasks/representation/population.ts';
import { relativeError, yang } from '../fixtures/yang.ts';

const { N, K, m, H, tau } = yang.sizes;
const { theory } = yang;
const setting = {
  features: matrix(K, m, Float64Array.from(yang.inputs.features.data)),
  promptExamples: N,
  noise: tau,
  floor: theory.loss_floor_noisy_targets,
};

/** Patterns of the first `heads` heads of the fixture. */
function patterns(heads: number): HostTensor {
  const { data } = yang.at_parameters.pattern;
  return hostTensor([1, 1, heads, K, N], Float64Array.from(data.slice(0, heads * K * N)));
}

describe('the start of multi-head softmax in theory', () => {
  it('has the ζ0, f̄_max and rate of the reference', () => {
    const found = atOnce(convergence(setting, patterns(H)));
    expect(relativeError([found['zeta0']!], [theory.zeta0])).toBeLessThan(1e-9);
    expect(relativeError([found['f_bar_max']!], [theory.f_bar_max])).toBeLessThan(1e-9);
    const rate = rateBound(theory.zeta0, yang.gd.learning_rates.w, K);
    expect(relativeError([1 - rate], [1 - theory.rate_factor])).toBeLessThan(1e-9);
    expect(found['rank_deficient_tokens']).toBe(0);
  });

  it.each([1, 2, 3, 4, 5, 6])('with Q frozen at its start %i heads reach the floor of the reference', (heads) => {
    const found = atOnce(convergence(setting, patterns(heads)))['frozen_loss_floor']!;
    expect(relativeError([found], [theory.frozen_floor_by_heads.data[heads]!])).toBeLessThan(1e-9);
  });

  it('with fewer heads than prompt tokens fails Assumption 2 everywhere and promises no rate', () => {
    const found = atOnce(convergence(setting, patterns(N - 1)));
    expect(found).toMatchObject({ zeta0: 0, rank_deficient_tokens: K });
    expect(found).not.toHaveProperty('rate_bound');
  });

  it('names the token for which the heads agree', () => {
    const attention = patterns(H);
    const agreed = 4;
    for (let h = 1; h < H; h++) {
      const of = (head: number) => (head * K + agreed) * N;
      attention.data.copyWithin(of(h), of(0), of(0) + N);
    }
    expect(atOnce(convergence(setting, attention))).toMatchObject({
      zeta0: 0,
      weakest_token: agreed,
      rank_deficient_tokens: 1,
    });
  });

  it('without noise promises no rate, as Theorem 1 does not', () => {
    expect(atOnce(convergence({ ...setting, noise: 0 }, patterns(H)))).not.toHaveProperty('rate_bound');
  });

  it('satisfies the equations that define its steps', () => {
    const { gamma, eta_q, eta_w, zeta0, rate_bound } = atOnce(convergence(setting, patterns(H))) as Record<
      string,
      number
    >;
    expect(relativeError([eta_w!], [gamma! * gamma! * eta_q!])).toBeLessThan(1e-12);
    expect(relativeError([1 - rate_bound!], [(eta_w! * zeta0!) / (2 * K)])).toBeLessThan(1e-6);
    expect(rate_bound).toBeLessThan(1);
  });
});

/** Random, well spread patterns: what Gaussian Q gives for unit-norm tokens. */
function drawnPatterns(heads: number, tokens: number, examples: number, seed: number): HostTensor {
  const data = RandomStream.named(seed, 'patterns').fillGaussian(new Float64Array(heads * tokens * examples));
  for (let start = 0; start < data.length; start += examples) {
    const row = data.subarray(start, start + examples);
    row.forEach((score, i) => {
      row[i] = Math.exp(score);
    });
    const total = row.reduce((sum, value) => sum + value, 0);
    row.forEach((weight, i) => {
      row[i] = weight / total;
    });
  }
  return hostTensor([1, 1, heads, tokens, examples], data);
}

it.each([0, 1, 2])('Theorem 1 bounds gradient descent at its own steps for 2000 steps, draw %i', (seed) => {
  const [heads, tokens, examples, width] = [8, 12, 5, 4];
  const features = matrix(tokens, width, RandomStream.named(seed, 'z').fillGaussian(new Float64Array(tokens * width)));
  const problem = { features, promptExamples: examples, noise: 0.05, noisyTargets: true };
  const exact = population(problem);
  const attention = drawnPatterns(heads, tokens, examples, seed);
  const found = atOnce(convergence({ ...problem, floor: exact.floor }, attention));
  // At η_Q ≈ 1e-17 and below, Q does not move in float64: training is linear in w, token by token.
  expect(found['eta_q']).toBeLessThan(1e-12);
  const targets = transpose(multiply(exact.factor, exact.optimal));
  const tokenStates = Array.from({ length: tokens }, (_, k) => {
    const columns = matrix(heads, examples);
    for (let h = 0; h < heads; h++) {
      const start = (h * tokens + k) * examples;
      columns.data.set(attention.data.subarray(start, start + examples), h * examples);
    }
    return {
      spanned: multiply(columns, transpose(exact.factor)),
      target: rowRange(targets, k, k + 1),
      w: matrix(1, heads),
    };
  });
  const errorOf = ({ w, spanned, target }: (typeof tokenStates)[number]): Matrix =>
    subtract(multiply(w, spanned), target);
  const start = exact.initialLoss - exact.floor;
  let bound = start;
  for (let step = 0; step <= 2000; step++) {
    const gap = tokenStates.reduce((sum, state) => sum + squaredNorm(errorOf(state)), 0) / (2 * tokens);
    if (step === 0) expect(gap).toBeCloseTo(start, 10);
    expect(gap).toBeLessThanOrEqual(bound * (1 + 1e-12));
    for (const state of tokenStates) {
      const gradient = multiply(errorOf(state), transpose(state.spanned));
      state.w.data.forEach((_, h) => {
        state.w.data[h]! -= (found['eta_w']! / tokens) * gradient.data[h]!;
      });
    }
    bound *= found['rate_bound']!;
  }
});
