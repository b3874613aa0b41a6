import { describe, expect, test } from 'vitest';
import { train } from './train.ts';

const errors = (end: Readonly<Record<string, { readonly mean: number | null }>>, points: number) =>
  Array.from({ length: points }, (_, i) => end[`error_at/${i}`]!.mean!);

describe.each([0, 1, 2])('garg-linear-small, seed %i', (seed) => {
  test('beats averaging clearly, and follows least squares over the first examples', async () => {
    const { end, seconds } = await train('garg-linear-small', { seed, 'evaluate.prompts': 1280 });
    const measured = errors(end, 8);
    console.log(`${seconds.toFixed(0)} s`, measured.map((error) => error.toFixed(3)).join(' '));
    // Averaging: d(d + 1)/i = 12/7; least squares: max(d − i, 0).
    expect(measured[7]!).toBeLessThan(0.9);
    expect(measured[1]! / 2).toBeLessThan(1.25);
    expect(measured[1]! / 2).toBeGreaterThan(0.8);
  });
});

test('garg-linear comes within a twentieth of the variance of labels at the last of eleven points', async () => {
  const { end, seconds } = await train('garg-linear', { 'evaluate.prompts': 1280 });
  const measured = errors(end, 11);
  console.log(`${seconds.toFixed(0)} s`, measured.map((error) => error.toFixed(3)).join(' '));
  expect(measured[10]!).toBeLessThan(0.25);
});
