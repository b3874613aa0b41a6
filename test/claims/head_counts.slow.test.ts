import { expect, test } from 'vitest';
import { gapsAt, written } from './gap_curve.ts';

const headCounts = [10, 20, 30, 64, 400];
const [early, late] = [500, 2000];

test.each([0, 1, 2])("yang-fig4 at the paper's size, ten times its learning rate, seed %i", async (seed) => {
  const gaps: number[][] = [];
  for (const heads of headCounts) {
    const settings = { seed, 'model.heads': heads, 'train.learning_rate': 1e-3 };
    const run = await gapsAt('yang-fig4', settings, heads === 400 ? [early] : [early, late]);
    console.log(written(`H=${heads} seed ${seed}`, run));
    gaps.push(run);
  }
  const atEarly = gaps.map(([gap]) => gap!);
  expect(atEarly).toEqual([...atEarly].sort((a, b) => b - a));
  const [ten, twenty, thirty, sixtyFour] = gaps.map((run) => run[1]!);
  expect(twenty).toBeGreaterThan(1);
  expect(ten).toBeGreaterThan(twenty!);
  expect(twenty).toBeGreaterThan(1.5 * thirty!);
  expect(thirty).toBeGreaterThan(2 * sixtyFour!);
});

test.each([0, 1, 2])(
  'yang-fig4-small with eight heads a prompt token comes within 1e-3 of the floor, seed %i',
  async (seed) => {
    const [early, middle, end] = await gapsAt('yang-fig4-small', { seed, 'model.heads': 128 }, [100, 300, 1200]);
    console.log(written(`H=128 seed ${seed}`, [early!, middle!, end!]));
    expect(middle).toBeLessThan(early! / 2);
    expect(end).toBeLessThan(middle! / 10);
    expect(end).toBeLessThan(1e-3);
  },
);
