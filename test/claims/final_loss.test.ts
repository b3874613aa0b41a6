import { expect, test, vi } from 'vitest';
import { gapsAt, written } from './gap_curve.ts';

// Training takes a while where other jobs share the cores.
vi.setConfig({ testTimeout: 240_000 });

const headCounts = [4, 8, 16, 32, 64];

test.each([0, 1])('yang-final-loss: the final gap falls with every doubling of heads, seed %i', async (seed) => {
  const gaps: number[] = [];
  for (const heads of headCounts) {
    const [gap] = await gapsAt('yang-final-loss', { seed, 'model.heads': heads }, [1200]);
    gaps.push(gap!);
  }
  console.log(written(`H=${headCounts.join(' ')} seed ${seed}`, gaps));
  for (let i = 1; i < gaps.length; i++) expect(gaps[i]!, `H = ${headCounts[i]}`).toBeLessThan(gaps[i - 1]! / 1.5);
  const [four, eight, sixteen, thirtyTwo, sixtyFour] = gaps as [number, number, number, number, number];
  expect(four).toBeGreaterThan(1);
  expect(eight).toBeGreaterThan(0.25);
  expect(sixteen).toBeLessThan(0.2);
  expect(thirtyTwo).toBeLessThan(0.03);
  expect(sixtyFour).toBeLessThan(0.006);
});
