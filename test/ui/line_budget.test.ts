import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineBudget } from '../../src/ui/screen/line_budget.ts';

const sizes = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 20, maxLength: 60 });

it('sends no more in the long run than the line carries, whatever frames and keys come', () => {
  fc.assert(
    fc.property(sizes, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (frames, keys) => {
      const line = new LineBudget(8000);
      let [now, sent] = [0, 0];
      for (const [index, bytes] of frames.entries()) {
        now = Math.max(now, line.frameAt(keys[index]!));
        // What was sent before has been carried, but for the second that keys may run ahead.
        expect(sent).toBeLessThanOrEqual(8 * (now + 1000) + 1e-6);
        line.spend(now, bytes);
        sent += bytes;
      }
    }),
  );
});

it('lets keys go ahead of frames, and spaces pictures so that other frames go between them', () => {
  const line = new LineBudget(8000);
  expect(line.takesPicture(100)).toBe(true);
  line.spend(100, 16_000);
  expect([line.frameAt(true), line.frameAt(false)]).toEqual([1100, 2100]);
  expect(line.pictureAt).toBeGreaterThan(3000);
  expect([line.takesPicture(3000), line.takesPicture(line.pictureAt)]).toEqual([false, true]);
});

it('never waits where the line is as fast as one likes', () => {
  const line = new LineBudget(Number.POSITIVE_INFINITY);
  expect(line.takesPicture(100)).toBe(true);
  line.spend(100, 1e9);
  expect([line.frameAt(false), line.pictureAt]).toEqual([100, 100]);
});
