import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/core/linalg.ts';
import { RandomStream } from '../../src/core/random.ts';
import { inDomain, outOfDomain, type Problem } from '../../src/tasks/representation/population.ts';
import { drawHeldOut, TrainingSet } from '../../src/tasks/representation/prompts.ts';

const features = matrix(5, 3, RandomStream.named(0, 'features').fillGaussian(new Float64Array(15)));
const problem: Problem = { features, promptExamples: 2, noise: 0.3, noisyTargets: true };
const stream = (name = 'prompts') => RandomStream.named(7, name);

describe('a fixed training set', () => {
  const size = 4;
  const count = 10;
  const keys = (set: TrainingSet, step: number) => {
    const { weights, noise } = set.batch(size, step);
    expect(weights.length).toBe(size * 3);
    expect(noise.length).toBe(size * 5);
    return Array.from(
      { length: size },
      (_, i) => `${weights.slice(3 * i, 3 * i + 3)}|${noise.slice(5 * i, 5 * i + 5)}`,
    );
  };

  it('gives the same batch for the same step, whatever was asked before', () => {
    const straight = new TrainingSet(problem, count, stream());
    const all = Array.from({ length: 12 }, (_, step) => keys(straight, step));
    const resumed = new TrainingSet(problem, count, stream());
    for (const step of [11, 3, 0, 7]) expect(keys(resumed, step)).toEqual(all[step]);
  });

  it('deals every prompt once in each epoch, in a new order', () => {
    const set = new TrainingSet(problem, count, stream());
    const dealt = Array.from({ length: 10 }, (_, step) => keys(set, step)).flat(); // 4 epochs
    const epochs = [0, 1, 2, 3].map((epoch) => dealt.slice(epoch * count, (epoch + 1) * count));
    for (const epoch of epochs) expect([...epoch].sort()).toEqual([...epochs[0]!].sort());
    expect(new Set(epochs[0]).size).toBe(count);
    expect(epochs[1]).not.toEqual(epochs[0]);
    expect(epochs[2]).not.toEqual(epochs[1]);
  });

  it('differs between seeds', () => {
    expect(keys(new TrainingSet(problem, count, stream()), 0)).not.toEqual(
      keys(new TrainingSet(problem, count, RandomStream.named(8, 'prompts')), 0),
    );
  });
});

describe('held-out prompts', () => {
  it('keep the first ones when there are more', () => {
    const few = drawHeldOut(problem, 3, inDomain, stream());
    const more = drawHeldOut(problem, 9, inDomain, stream());
    expect(more.labels.data.subarray(0, few.labels.data.length)).toEqual(few.labels.data);
  });

  it('score query tokens against clean labels when the problem says so', () => {
    const noisy = drawHeldOut(problem, 4, inDomain, stream());
    expect(noisy.targets.data).toEqual(noisy.labels.data);
    const clean = drawHeldOut({ ...problem, noisyTargets: false }, 4, inDomain, stream());
    const silent = drawHeldOut({ ...problem, noise: 0 }, 4, inDomain, stream());
    expect(clean.labels.data).toEqual(noisy.labels.data);
    clean.targets.data.forEach((target, i) => {
      if (i % 5 < problem.promptExamples) expect(target).toBe(noisy.labels.data[i]);
      else expect(target).toBeCloseTo(silent.labels.data[i]!, 5);
    });
  });

  // E[y_j y_k] = z_jᵀ(deviation²·I + mean²·11ᵀ)z_k + δ_jk·m(deviation² + mean²)τ.
  it.each([
    ['in-domain', inDomain],
    ['out-of-domain', outOfDomain],
  ])('have labels with the second moments of %s prompts', (_, distribution) => {
    const count = 40_000;
    const { labels } = drawHeldOut(problem, count, distribution, stream());
    const mean2 = distribution.mean * distribution.mean;
    const deviation2 = distribution.deviation * distribution.deviation;
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
    const sumOf = (a: Float64Array) => a.reduce((sum, x) => sum + x, 0);
    for (let j = 0; j < 5; j++) {
      for (let k = 0; k <= j; k++) {
        const [zj, zk] = [features.data.subarray(3 * j, 3 * j + 3), features.data.subarray(3 * k, 3 * k + 3)];
        const noise = j === k ? 3 * (mean2 + deviation2) * problem.noise : 0;
        const expected = deviation2 * dot(zj, zk) + mean2 * sumOf(zj) * sumOf(zk) + noise;
        const products = Float64Array.from(
          { length: count },
          (_, p) => labels.data[5 * p + j]! * labels.data[5 * p + k]!,
        );
        const measured = sumOf(products) / count;
        const spread = Math.sqrt(dot(products, products) / count / count);
        expect(Math.abs(measured - expected)).toBeLessThan(4.5 * spread);
      }
    }
  });
});
