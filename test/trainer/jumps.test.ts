import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { JumpWatch } from '../../src/trainer/loop/jumps.ts';

/** Updates at which a loss jumps, for a loss given by update. */
function jumps(updates: number, loss: (update: number) => number): number[] {
  const watch = new JumpWatch();
  return Array.from({ length: updates }, (_, i) => i + 1).filter((update) => watch.push(loss(update)));
}

const noise = RandomStream.named(1, 'train');
const noisy = (level: number) => level * Math.exp(0.2 * noise.gaussian());

test('steady descent, a power law and noise are no jumps', () => {
  expect(jumps(5000, (n) => Math.exp(-n / 500))).toEqual([]);
  expect(jumps(5000, (n) => 1 / n)).toEqual([]);
  expect(jumps(20_000, (n) => noisy(1 + 100 / n))).toEqual([]);
});

test('a fall and a rise are seen within a few updates, each once', () => {
  const found = jumps(3000, (n) => noisy(n <= 1000 ? 1 : n <= 2000 ? 0.05 : 0.6));
  expect(found).toHaveLength(2);
  expect(found[0]).toBeGreaterThan(1000);
  expect(found[0]).toBeLessThan(1030);
  expect(found[1]).toBeGreaterThan(2000);
  expect(found[1]).toBeLessThan(2030);
});

test('gaps are passed over', () => {
  expect(jumps(500, (n) => (n % 7 === 0 ? Number.NaN : 1))).toEqual([]);
});
