import { bestAssignment } from '../../core/assignment.ts';
import type { HeadPatterns } from '../patterns.ts';

/** A head, counted through the layers, its counterpart and how alike the two are, 0 … 1. */
export interface HeadMatch {
  readonly head: number;
  readonly counterpart: number;
  readonly similarity: number;
}

/** Whether the patterns of two runs are of one size, so that they can be laid over each other. */
export function areAlike(a: HeadPatterns, b: HeadPatterns): boolean {
  return a.queries === b.queries && a.keys === b.keys;
}

/**
 * How alike two heads attend: 1 − the mean over queries and prompts of the total variation ½ Σ |p − q| between their
 * patterns; 1 for the same pattern, 0 when they never look at the same place.
 */
export function similarity(a: HeadPatterns, head: number, b: HeadPatterns, other: number): number {
  const prompts = Math.min(a.prompts, b.prompts);
  const size = a.queries * a.keys;
  let distance = 0;
  for (let prompt = 0; prompt < prompts; prompt++) {
    const left = (prompt * a.layers * a.heads + head) * size;
    const right = (prompt * b.layers * b.heads + other) * size;
    for (let i = 0; i < size; i++) distance += Math.abs(a.data[left + i]! - b.data[right + i]!);
  }
  return 1 - distance / (2 * prompts * a.queries);
}

/**
 * For every head of `a` the head of `b` it is matched with, one to one, so that the similarities add up to the most; heads
 * that `b` has no counterpart for are left out. Heads of a layer are matched within it where both have as many layers.
 * @returns nothing when the patterns are of different sizes
 */
export function matchHeads(a: HeadPatterns, b: HeadPatterns): HeadMatch[] {
  if (!areAlike(a, b)) return [];
  const inLayer = a.layers === b.layers;
  const groups = inLayer ? a.layers : 1;
  const [ofA, ofB] = [(a.layers * a.heads) / groups, (b.layers * b.heads) / groups];
  return Array.from({ length: groups }, (_, group) => matchGroup(a, group * ofA, ofA, b, group * ofB, ofB)).flat();
}

function matchGroup(
  a: HeadPatterns,
  firstA: number,
  countA: number,
  b: HeadPatterns,
  firstB: number,
  countB: number,
): HeadMatch[] {
  const [rows, columns] = [Math.min(countA, countB), Math.max(countA, countB)];
  const worth = new Float64Array(rows * columns);
  const isTurned = countA > countB;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = isTurned ? [column, row] : [row, column];
      worth[row * columns + column] = similarity(a, firstA + x, b, firstB + y);
    }
  }
  const matches = bestAssignment(worth, rows, columns).map((column, row): HeadMatch => {
    const [x, y] = isTurned ? [column, row] : [row, column];
    return { head: firstA + x, counterpart: firstB + y, similarity: worth[row * columns + column]! };
  });
  return matches.sort((one, other) => one.head - other.head);
}
