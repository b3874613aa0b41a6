import { expect, test } from 'vitest';
import { Reader } from '../../src/reproduce/measure/leaf.ts';
import { Runs } from '../../src/reproduce/measure/runs.ts';
import { evaluated } from '../../src/reproduce/measure/value.ts';
import { planOf } from '../../src/reproduce/plan.ts';
import { type Expression, expression } from '../../src/reproduce/recipe/expression.ts';
import type { Recipe } from '../../src/reproduce/recipe/schema.ts';
import type { Claims } from '../../src/reproduce/trial.ts';
import { Recomputation } from '../../src/reproduce/verify/recompute.ts';

const noises = [0.4, 0.2, 0.1, 0.05];
const sweeps: Recipe['sweeps'] = {
  noises: {
    preset: 'yang-tiny',
    grid: { 'task.noise': noises },
    zip: {},
    set: {},
    seeds: 1,
    trained: false,
  },
};
const reader = new Reader(new Runs(planOf({ name: 'x', sweeps }), new Map()));
const again = new Recomputation({ recipe: 'x', sweeps, runs: [] as Claims['runs'] } as unknown as Claims, '.');

/** L* at a level of noise, by a name that is filled in. */
const floor = { theory: 'loss_#' };
const over = { 'task.noise': noises, '#': noises.map(() => 'floor') };

/** The value of an expression as measured, after it was found to be the same computed anew. */
async function both(one: unknown): Promise<number | null> {
  const parsed: Expression = expression.parse(one);
  const [measured, anew] = [await evaluated(parsed, 0, reader), await again.value(parsed, 0)];
  if (measured === null) expect(anew).toBeNull();
  else expect(anew! / measured).toBeCloseTo(1, 9);
  return measured;
}

const floors = async () =>
  Promise.all(noises.map((noise) => both({ theory: 'loss_floor', where: { 'task.noise': noise } })));

test('a name is filled in along its numbers, and a mean is that of all places', async () => {
  const all = (await floors()) as number[];
  const sum = all.reduce((total, value) => total + value, 0);
  expect(await both({ mean: floor, over })).toBeCloseTo(sum / noises.length, 12);
  expect(await both({ mean: [1, 2, 6] })).toBe(3);
});

test('a crossing is where a value first comes below a level, on the line from the place before', async () => {
  const [, before, after] = (await floors()) as [number, number, number, number];
  const crossing = (below: number) => both({ crossing: floor, over, below });
  expect(await crossing((3 * before + after) / 4)).toBeCloseTo(0.175, 9);
  expect(await crossing(after)).toBeCloseTo(0.1, 9);
  // At the first place already, and nowhere.
  expect(await crossing(1e6)).toBe(0.4);
  expect(await crossing(0)).toBeNull();
});

test('a slope goes through crossings of their own', async () => {
  const levels = [0.5, 1, 2].map((factor) => ({
    crossing: { ratio: [floor, factor] },
    over,
    below: 0.5,
  }));
  const [half, one, two] = (await Promise.all(levels.map(both))) as [number, number, number];
  // L* is nearly proportional to the noise here: a larger divisor comes below the level at a larger noise.
  expect(half).toBeLessThan(one);
  expect(one).toBeLessThan(two);
});
