import { expect, test, vi } from 'vitest';
import { train } from './train.ts';

// Training takes a while where other jobs share the cores.
vi.setConfig({ testTimeout: 240_000 });

test('a decoder learns linear functions of two numbers in context, much better than averaging', async () => {
  const { start, end, expected } = await train('garg-linear-small', {
    'task.dim': 2,
    'task.points': 6,
    'train.steps': 700,
    'evaluate.prompts': 1280,
  });
  expect(expected['baseline/averaging/error_last']).toBeCloseTo(1.2, 10);
  expect(start['error_last']!.mean!).toBeGreaterThan(1.5);
  expect(end['error_last']!.mean!).toBeLessThan(0.9);
  // Without an example nothing can be known, and after one only what least squares says.
  expect(end['error_at/0']!.mean!).toBeGreaterThan(1.7);
  expect(end['error_at/1']!.mean!).toBeGreaterThan(0.8);
  console.log(Array.from({ length: 6 }, (_, i) => end[`error_at/${i}`]!.mean!.toFixed(3)).join(' '));
});
