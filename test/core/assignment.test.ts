import { expect, test } from 'vitest';
import { bestAssignment } from '../../src/core/assignment.ts';
import { RandomStream } from '../../src/core/random.ts';

/** The largest total of any assignment, by trying all. */
function bruteForce(worth: Float64Array, rows: number, columns: number): number {
  const place = (row: number, taken: ReadonlySet<number>): number => {
    if (row === rows) return 0;
    let best = Number.NEGATIVE_INFINITY;
    for (let column = 0; column < columns; column++) {
      if (taken.has(column)) continue;
      best = Math.max(best, worth[row * columns + column]! + place(row + 1, new Set([...taken, column])));
    }
    return best;
  };
  return place(0, new Set());
}

test('no other assignment is worth more', () => {
  const stream = RandomStream.named(0, 'task');
  for (let trial = 0; trial < 200; trial++) {
    const rows = 1 + stream.integer(5);
    const columns = rows + stream.integer(3);
    const worth = Float64Array.from({ length: rows * columns }, () => stream.gaussian());
    const chosen = bestAssignment(worth, rows, columns);
    expect(new Set(chosen).size).toBe(rows);
    const total = chosen.reduce((sum, column, row) => sum + worth[row * columns + column]!, 0);
    expect(total).toBeCloseTo(bruteForce(worth, rows, columns), 10);
  }
});

test('a large one is quick, and more rows than columns are refused', () => {
  const stream = RandomStream.named(0, 'task');
  const worth = Float64Array.from({ length: 128 * 128 }, () => stream.uniform());
  expect(new Set(bestAssignment(worth, 128, 128)).size).toBe(128);
  expect(() => bestAssignment([1, 2], 2, 1)).toThrow(RangeError);
});
