import type { RandomStream } from '../../core/random.ts';

/** Prompts x₁ y₁ z₁ … x_n y_n of one task (a, b) each, z = a x + b y modulo p, every z to be predicted. */
export interface Sums {
  readonly count: number;
  /** n. */
  readonly triples: number;
  /** p. */
  readonly modulus: number;
  /** x and y [prompt, triple, 2]. */
  readonly pairs: Uint16Array;
  /** z [prompt, triple]. */
  readonly sums: Uint16Array;
}

/** A task is a p + b. */
export const coefficients = (task: number, modulus: number): readonly [number, number] => [
  Math.floor(task / modulus),
  task % modulus,
];

/** Draws prompts one after the other, of the tasks given, so that more of them leave the first ones as they are. */
export function drawSums(
  tasks: ArrayLike<number>,
  { count, triples, modulus }: Pick<Sums, 'count' | 'triples' | 'modulus'>,
  stream: RandomStream,
): Sums {
  const pairs = new Uint16Array(2 * count * triples);
  const sums = new Uint16Array(count * triples);
  for (let p = 0; p < count; p++) {
    const [a, b] = coefficients(tasks[stream.integer(tasks.length)]!, modulus);
    for (let at = p * triples; at < (p + 1) * triples; at++) {
      const [x, y] = [stream.integer(modulus), stream.integer(modulus)];
      pairs.set([x, y], 2 * at);
      sums[at] = (a * x + b * y) % modulus;
    }
  }
  return { count, triples, modulus, pairs, sums };
}

/** Tokens of a prompt: the last sum, which nothing follows, is left out. */
export const tokenCount = (triples: number): number => 3 * triples - 1;

/** x₁ y₁ z₁ x₂ … y_n [prompt, token]. */
export function shownOf({ count, triples, pairs, sums }: Sums): Uint16Array {
  const length = tokenCount(triples);
  return Uint16Array.from({ length: count * length }, (_, i) => {
    const [p, t] = [Math.floor(i / length), i % length];
    const triple = p * triples + Math.floor(t / 3);
    return t % 3 === 2 ? sums[triple]! : pairs[2 * triple + (t % 3)]!;
  });
}
