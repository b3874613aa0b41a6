import { beforeAll, describe, expect, test, vi } from 'vitest';
import { gapsAt, written } from './gap_curve.ts';

// Training takes a while where other jobs share the cores.
vi.setConfig({ testTimeout: 240_000 });

/** Prompt tokens of yang-fig4-small. */
const N = 16;
const steps = [100, 300, 1200];
const seeds = [0, 1];

/** [start, middle, end] for each head count of a seed. */
type Runs = ReadonlyMap<number, readonly [number, number, number]>;

async function sweep(tokenNorm: 'raw' | 'unit', headCounts: readonly number[]): Promise<Runs[]> {
  const all: Runs[] = [];
  for (const seed of seeds) {
    const runs = new Map<number, [number, number, number]>();
    for (const heads of headCounts) {
      const settings = { seed, 'model.heads': heads, 'task.token_norm': tokenNorm };
      const gaps = await gapsAt('yang-fig4-small', settings, steps);
      console.log(written(`${tokenNorm} H=${heads} seed ${seed}`, gaps));
      runs.set(heads, gaps as [number, number, number]);
    }
    all.push(runs);
  }
  return all;
}

describe('heads against prompt tokens, raw Gaussian tokens', () => {
  const headCounts = [N / 4, N / 2, N, 2 * N, 4 * N];
  let all: Runs[];
  beforeAll(async () => {
    all = await sweep('raw', headCounts);
  }, 240_000);

  test('H well below N stalls well above the floor', () => {
    for (const runs of all) {
      const [, middle, end] = runs.get(N / 4)!;
      expect(end).toBeGreaterThan(1);
      expect(end / middle).toBeGreaterThan(0.75);
      expect(runs.get(N / 2)![2]).toBeGreaterThan(0.25);
      expect(runs.get(N / 2)![2]).toBeLessThan(1);
    }
  });

  test('H ≥ N keeps falling', () => {
    for (const runs of all) {
      for (const heads of [N, 2 * N, 4 * N]) {
        const [, middle, end] = runs.get(heads)!;
        expect(end / middle, `H = ${heads}`).toBeLessThan(0.65);
        expect(end).toBeLessThan(0.2);
      }
    }
  });

  test('more heads fall faster per step, from the start to the end', () => {
    for (const runs of all) {
      for (const at of [0, 2] as const) {
        const gaps = headCounts.map((heads) => runs.get(heads)![at]);
        expect(gaps).toEqual([...gaps].sort((a, b) => b - a));
      }
      expect(runs.get(2 * N)![2]).toBeLessThan(0.03);
      expect(runs.get(4 * N)![2]).toBeLessThan(0.01);
      expect(runs.get(4 * N)![2]).toBeLessThan(runs.get(N)![2] / 6);
    }
  });
});

test('with unit-norm tokens H < N does not stall', async () => {
  for (const runs of await sweep('unit', [N / 4, N / 2])) {
    for (const [heads, [, middle, end]] of runs) {
      expect(end / middle, `H = ${heads}`).toBeLessThan(0.3);
      expect(end, `H = ${heads}`).toBeLessThan(0.2);
    }
  }
});
