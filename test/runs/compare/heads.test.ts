import { expect, test } from 'vitest';
import { RandomStream } from '../../../src/core/random.ts';
import { headTable } from '../../../src/runs/compare/head_table.ts';
import { matchHeads, similarity } from '../../../src/runs/compare/heads.ts';
import type { HeadPatterns } from '../../../src/runs/patterns.ts';

/** Random patterns whose rows sum to 1. */
function random(heads: number, over: Partial<HeadPatterns> = {}, seed = 0): HeadPatterns {
  const { prompts = 1, layers = 1, queries = 5, keys = 4 } = over;
  const stream = RandomStream.named(seed, 'task');
  const data = new Float32Array(prompts * layers * heads * queries * keys);
  for (let row = 0; row < data.length / keys; row++) {
    const weights = Array.from({ length: keys }, () => Math.exp(3 * stream.gaussian()));
    const sum = weights.reduce((a, b) => a + b, 0);
    data.set(
      weights.map((weight) => weight / sum),
      row * keys,
    );
  }
  return { prompts, layers, heads, queries, keys, data };
}

/** The heads of `a` in another order, counted through the layers. */
function reordered(a: HeadPatterns, order: readonly number[]): HeadPatterns {
  const size = a.queries * a.keys;
  const data = new Float32Array(a.prompts * order.length * size);
  for (let p = 0; p < a.prompts; p++) {
    order.forEach((head, i) => {
      const from = (p * a.layers * a.heads + head) * size;
      data.set(a.data.subarray(from, from + size), (p * order.length + i) * size);
    });
  }
  return { ...a, heads: order.length / a.layers, data };
}

test('similarity is 1 for the same pattern, 0 for patterns that never meet, and symmetric', () => {
  const one: HeadPatterns = { prompts: 1, layers: 1, heads: 2, queries: 1, keys: 2, data: Float32Array.of(1, 0, 0, 1) };
  expect(similarity(one, 0, one, 0)).toBe(1);
  expect(similarity(one, 0, one, 1)).toBe(0);
  const [a, b] = [random(3), random(3, {}, 1)];
  expect(similarity(a, 0, b, 2)).toBeCloseTo(similarity(b, 2, a, 0), 12);
});

test('heads that were shuffled, or of which some were left out, are found again', () => {
  const a = random(6, { prompts: 2 });
  const order = [4, 1, 5, 0, 3, 2];
  const shuffled = matchHeads(a, reordered(a, order));
  expect(shuffled.map(({ counterpart }) => order[counterpart])).toEqual([0, 1, 2, 3, 4, 5]);
  expect(shuffled.every(({ similarity: alike }) => alike === 1)).toBe(true);
  const fewer = matchHeads(a, reordered(a, [5, 2]));
  expect(fewer).toEqual([
    { head: 2, counterpart: 1, similarity: 1 },
    { head: 5, counterpart: 0, similarity: 1 },
  ]);
});

test('heads of a layer are matched within it; patterns of other sizes not at all', () => {
  const a = random(2, { layers: 2 });
  // Layers exchanged: the best match of every head lies in the other layer, where it may not be sought.
  const swapped = matchHeads(a, reordered(a, [2, 3, 0, 1]));
  expect(swapped.every(({ head, counterpart }) => head < 2 === counterpart < 2)).toBe(true);
  expect(matchHeads(a, random(2, { layers: 2, keys: 3 }))).toEqual([]);
});

test('a table puts matched heads into columns of the run with the most', () => {
  const a = random(5);
  const table = headTable([reordered(a, [3, 1]), undefined, a, random(2, { keys: 7 })])!;
  expect(table).toMatchObject({ reference: 2, columns: 5, matched: [true, false, true, false] });
  expect(table.rows[0]).toEqual([
    undefined,
    { head: 1, similarity: 1 },
    undefined,
    { head: 0, similarity: 1 },
    undefined,
  ]);
  expect(table.rows[1]).toBeUndefined();
  expect(table.rows[3]).toEqual([{ head: 0 }, { head: 1 }]);
  expect(headTable([undefined, undefined])).toBeUndefined();
});
