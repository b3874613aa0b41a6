/** A direction in which something moves: columns to the right, rows down. */
interface Move {
  readonly right: number;
  readonly down: number;
}

/** What the arrow keys, and the letters that stand for them, do. */
export const moves: Readonly<Record<string, Move>> = {
  left: { right: -1, down: 0 },
  right: { right: 1, down: 0 },
  up: { right: 0, down: -1 },
  down: { right: 0, down: 1 },
  h: { right: -1, down: 0 },
  l: { right: 1, down: 0 },
  k: { right: 0, down: -1 },
  j: { right: 0, down: 1 },
};

export const arrows: readonly string[] = Object.keys(moves);

export function within(value: number, length: number): number {
  return Math.max(0, Math.min(length - 1, value));
}
