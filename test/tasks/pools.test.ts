import { describe, expect, it } from 'vitest';
import { matrix, matrixOf } from '../../src/core/linalg.ts';
import { RandomStream } from '../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import type { Task } from '../../src/tasks/contract.ts';
import { chainOf } from '../../src/tasks/markov/chain.ts';
import { poolPredictions } from '../../src/tasks/markov/predictors.ts';
import { markovChain } from '../../src/tasks/markov_chain.ts';
import { predictionsOf } from '../../src/tasks/pooled/predictors.ts';
import { drawerOf, frequenciesOf, poolDrawer } from '../../src/tasks/pools/frequencies.ts';
import { contextOf } from './context.ts';
import { functionTaskOf } from './functions/task.ts';

const stream = (name: string) => RandomStream.named(0, name);
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('frequencies of a pool', () => {
  it('fall as a power and by a factor, and sum to 1', () => {
    const found = frequenciesOf(4, 1.5, 0.5);
    const weights = [1, 0.5 / 2 ** 1.5, 0.25 / 3 ** 1.5, 0.125 / 4 ** 1.5];
    const sum = weights.reduce((a, b) => a + b, 0);
    for (const k of range(4)) expect(found[k]).toBeCloseTo(weights[k]! / sum, 15);
  });

  it('are those of draws', () => {
    const frequencies = frequenciesOf(6, 1, 0.8);
    const [draw, from] = [drawerOf(frequencies), stream('draws')];
    const counts = new Float64Array(6);
    for (let i = 0; i < 20_000; i++) counts[draw(from)]! += 1 / 20_000;
    for (const k of range(6)) {
      expect(Math.abs(counts[k]! - frequencies[k]!)).toBeLessThan(
        4 * Math.sqrt((frequencies[k]! * (1 - frequencies[k]!)) / 20_000),
      );
    }
  });

  it('without decay are drawn as pools without it always were', () => {
    const { draw, frequencies } = poolDrawer(7, { zipf: 0, geometric: 1 });
    const [own, plain] = [stream('same'), stream('same')];
    expect(range(50).map(() => draw(own))).toEqual(range(50).map(() => plain.integer(7)));
    expect(frequencies).toBeUndefined();
  });
});

const dim = 3;
const points = 5;
const settings = { dim, points, pool: 4, noise: 1e-6 };
const make = (more: object = {}, seed = 0, fixed?: Task['fixed']): Task =>
  functionTaskOf(
    'pooled_regression',
    { ...settings, ...more },
    { evaluationPrompts: 300, ...(fixed && { fixed }) },
    seed,
  );

/** Which of some tasks [task, feature] fits every label of each prompt of a batch; −1 for none. */
function fitting(batch: Readonly<Record<string, Float32Array>>, tasks: HostTensor): number[] {
  const { tokens, target } = batch;
  const count = target!.length / points;
  return range(count).map((p) =>
    range(tasks.shape[0]!).findIndex((m) =>
      range(points).every((i) => {
        const at = (p * (2 * points - 1) + 2 * i) * dim;
        const guess = range(dim).reduce((sum, j) => sum + tasks.data[m * dim + j]! * tokens![at + j]!, 0);
        return Math.abs(guess - target![p * points + i]!) < 1e-4;
      }),
    ),
  );
}

const poolNumber = (n: number) =>
  hostTensor([4, dim], stream(n === 0 ? 'task' : `task/${n}`).fillGaussian(new Float32Array(4 * dim)));
const share = (found: readonly number[], of: (m: number) => boolean) => found.filter(of).length / found.length;

describe('a pool of regressions', () => {
  it('has tasks that come as often as told, in training and in what is held out', () => {
    const task = make({ zipf: 1, geometric: 0.7 });
    const expected = frequenciesOf(4, 1, 0.7);
    const found = fitting(task.training.draw(stream('train'), 3000, 0), task.fixed['pool']!);
    for (const m of range(4)) expect(Math.abs(share(found, (k) => k === m) - expected[m]!)).toBeLessThan(0.04);
    const held = fitting(
      {
        tokens: task.evaluation.inputs['tokens']!.data as Float32Array,
        target: task.evaluation.references['target']!.data as Float32Array,
      },
      task.fixed['pool']!,
    );
    expect(share(held, (k) => k === 0)).toBeGreaterThan(expected[0]! - 0.1);
    const pool = task.fixed['pool']!.data;
    const power = range(4).reduce(
      (sum, m) => sum + expected[m]! * range(dim).reduce((square, j) => square + pool[m * dim + j]! ** 2, 0),
      0,
    );
    expect(task.theory['baseline/zero/error_last']).toBeCloseTo(power + 1e-12, 6);
  });

  it('is weighed by how often its tasks come: Bayes, by brute force', () => {
    const tasks = matrix(5, 2, stream('pool').fillGaussian(new Float64Array(10)));
    const frequencies = frequenciesOf(5, 2, 0.9);
    const [count, shown] = [3, 4];
    const inputs = stream('x').fillGaussian(new Float32Array(count * shown * 2));
    const labels = stream('y').fillGaussian(new Float32Array(count * shown));
    const noise = 0.8;
    const { pool_bayes } = predictionsOf(
      { count, dim: 2, points: shown, inputs, labels },
      { tasks, frequencies },
      noise,
    );
    for (const at of range(count * shown)) {
      const first = at - (at % shown);
      const guess = (m: number, i: number) =>
        tasks.data[2 * m]! * inputs[2 * i]! + tasks.data[2 * m + 1]! * inputs[2 * i + 1]!;
      const weights = range(5).map((m) =>
        range(at - first).reduce(
          (product, i) => product * Math.exp(-((labels[first + i]! - guess(m, first + i)) ** 2) / (2 * noise ** 2)),
          frequencies[m]!,
        ),
      );
      const total = weights.reduce((a, b) => a + b, 0);
      const expected = weights.reduce((sum, weight, m) => sum + (weight / total) * guess(m, at), 0);
      expect(pool_bayes[at]).toBeCloseTo(expected, 12);
    }
  });

  it('is drawn anew after every period, the same for whoever resumes', () => {
    const task = make({ pool_change: 'redraw', pool_period: 10 });
    expect(task.fixed['pool']).toEqual(make().fixed['pool']);
    expect(task.evaluation.inputs).toEqual(make().evaluation.inputs);
    for (const [step, pool] of [
      [0, 0],
      [9, 0],
      [10, 1],
      [25, 2],
      [9, 0],
    ] as const) {
      const found = fitting(task.training.draw(stream('train'), 40, step), poolNumber(pool));
      expect(
        share(found, (k) => k >= 0),
        `step ${step}`,
      ).toBe(1);
    }
    expect(share(fitting(task.training.draw(stream('train'), 40, 10), poolNumber(0)), (k) => k >= 0)).toBe(0);
    const resumed = make({ pool_change: 'redraw', pool_period: 10 }, 0, task.fixed);
    expect(resumed.training.draw(stream('train'), 8, 25)).toEqual(task.training.draw(stream('train'), 8, 25));
  });

  it('turns from one into the next all the time where it drifts', () => {
    const task = make({ pool_change: 'drift', pool_period: 8 });
    for (const step of [0, 2, 8, 13]) {
      const angle = ((step % 8) / 8) * (Math.PI / 2);
      const [now, next] = [poolNumber(Math.floor(step / 8)), poolNumber(Math.floor(step / 8) + 1)];
      const turned = hostTensor(
        [4, dim],
        Float64Array.from(now.data, (value, i) => Math.cos(angle) * value + Math.sin(angle) * next.data[i]!),
      );
      const found = fitting(task.training.draw(stream('train'), 40, step), turned);
      expect(
        share(found, (k) => k >= 0),
        `step ${step}`,
      ).toBe(1);
    }
  });
});

describe('a pool of chains', () => {
  const chains = (more: object = {}) =>
    markovChain.create(
      markovChain.schema.parse({ vocabulary: 2, length: 400, pool: 3, ...more }),
      contextOf(0, { evaluationPrompts: 30 }),
    );

  it('is weighed by how often its chains come: both predictors of the pool, by brute force', () => {
    const sizes = { vocabulary: 2, order: 1 };
    const tables = [
      [0.9, 0.1, 0.4, 0.6],
      [0.2, 0.8, 0.5, 0.5],
      [0.6, 0.4, 0.1, 0.9],
    ];
    const pool = tables.map((table) => chainOf(table, sizes));
    const frequencies = frequenciesOf(3, 1, 0.5);
    const shown = Uint16Array.of(0, 1, 1, 0, 1);
    const stationary = tables.map(([, b, c]) => [c! / (b! + c!), b! / (b! + c!)]);
    for (const context of [0, 1]) {
      const found = poolPredictions({ count: 1, length: 5, vocabulary: 2, shown }, pool, context, frequencies);
      const next = (k: number, a: number, b: number) => (context === 0 ? stationary[k]![b]! : tables[k]![2 * a + b]!);
      for (const t of range(5)) {
        const weights = range(3).map((k) =>
          range(t).reduce(
            (product, s) => product * next(k, shown[s]!, shown[s + 1]!),
            frequencies[k]! * stationary[k]![shown[0]!]!,
          ),
        );
        const total = weights.reduce((a, b) => a + b, 0);
        const expected = weights.reduce((sum, weight, k) => sum + (weight / total) * next(k, shown[t]!, 1), 0);
        expect(found[2 * t + 1]).toBeCloseTo(expected, 12);
      }
    }
  });

  it('has sequences of its likelier chains more often, and of another pool after a period', () => {
    const task = chains({ zipf: 3, pool_change: 'redraw', pool_period: 5, concentration: 0.3 });
    const plain = chains({ concentration: 0.3 });
    expect(task.fixed).toEqual(plain.fixed);
    const table = (k: number) => [...task.fixed['pool']!.data.slice(4 * k, 4 * k + 4)];
    const { tokens, target } = task.training.draw(stream('train'), 200, 0) as Record<string, Float32Array>;
    /** Log-likelihood of a prompt under the transitions of a chain. */
    const logsOf = (p: number, own: readonly number[], from: Float32Array, to: Float32Array) =>
      range(400).reduce((sum, t) => {
        const [a, b] = [from, to].map((one) => Number(one[(p * 400 + t) * 2 + 1] === 1)) as [number, number];
        return sum + Math.log(own[2 * a + b]!);
      }, 0);
    const nearest = range(200).map((p) => {
      const fits = range(3).map((k) => logsOf(p, table(k), tokens!, target!));
      return fits.indexOf(Math.max(...fits));
    });
    expect(share(nearest, (k) => k === 0)).toBeGreaterThan(0.7);
    const later = task.training.draw(stream('train'), 1, 5) as Record<string, Float32Array>;
    expect(later).toEqual(task.training.draw(stream('train'), 1, 9));
    expect(later).not.toEqual(task.training.draw(stream('train'), 1, 0));
    expect(plain.training.draw(stream('train'), 1, 5)).toEqual(plain.training.draw(stream('train'), 1, 0));
  });

  it('is what its settings need', () => {
    for (const more of [{ zipf: 1 }, { geometric: 0.5 }, { pool_change: 'redraw' }]) {
      const [key, value] = Object.entries(more)[0]!;
      expect(() => chains({ pool: 0, ...more })).toThrow(
        `task.${key} is ${value}, but every sequence has a chain of its own; set task.pool, or leave it out`,
      );
    }
    expect(() => chains({ pool: 0 })).not.toThrow();
  });
});

it('keeps a pool as it is in a snapshot, whatever it becomes', () => {
  const task = make({ pool_change: 'drift', pool_period: 3, zipf: 1 });
  task.training.draw(stream('train'), 2, 7);
  expect(matrixOf(task.fixed['pool']!).data).toEqual(Float64Array.from(poolNumber(0).data));
});
