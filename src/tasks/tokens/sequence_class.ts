import type { RandomStream } from '../../core/random.ts';
import { DrawingError, written } from '../drawing_error.ts';

/** Sequences of symbols that a model learns to continue, each by a rule that its first symbols show. */
export interface SequenceClass {
  /** Symbols, V: 0 … V − 1. */
  readonly vocabulary: number;
  /** Symbols shown, T. */
  readonly length: number;
  /** Draws one sequence of `count` = T + 1 symbols. */
  draw(stream: RandomStream, count: number): ArrayLike<number>;
  /** Symbols before a key that have to be the last ones of a query for it to match; 1 unless given. */
  readonly order?: number;
  /** Predictors without training, by name: the share of every symbol [V] to come next, given those seen so far. */
  readonly predictors?: Readonly<Record<string, Predictor>>;
}

type Predictor = (seen: Uint16Array) => ArrayLike<number>;

/** All but the last symbol of each sequence are shown, and all but the first asked for. */
export interface DrawnSymbols {
  readonly count: number;
  /** [prompt, token]. */
  readonly shown: Uint16Array;
  /** The symbol after each [prompt, token]. */
  readonly next: Uint16Array;
}

/**
 * Draws sequences one after the other, so that more of them leave the first ones as they are.
 * @throws DrawingError for what is no sequence of so many symbols
 */
export function drawSymbols(source: SequenceClass, count: number, stream: RandomStream): DrawnSymbols {
  const { length, vocabulary } = source;
  const [shown, next] = [new Uint16Array(count * length), new Uint16Array(count * length)];
  for (let p = 0; p < count; p++) {
    const symbols = source.draw(stream, length + 1);
    if (symbols?.length !== length + 1) {
      const what = `sequence ${p} has ${symbols?.length ?? 'no'} symbols`;
      throw new DrawingError({ what, expected: `${length + 1}, one more than task.length` });
    }
    for (let t = 0; t <= length; t++) {
      const symbol = symbols[t]!;
      if (!(Number.isInteger(symbol) && symbol >= 0 && symbol < vocabulary)) {
        const what = `symbol ${t} of sequence ${p} is ${written(symbol)}`;
        throw new DrawingError({ what, expected: `a whole number from 0 to ${vocabulary - 1}` });
      }
      if (t < length) shown[p * length + t] = symbol;
      if (t > 0) next[p * length + t - 1] = symbol;
    }
  }
  return { count, shown, next };
}

/**
 * log q of a predictor at every position [prompt, token, symbol].
 * @throws DrawingError where it gives no shares, or none to the symbol that came, as its loss is infinite there
 */
export function logShares(
  { vocabulary, length }: SequenceClass,
  { count, shown, next }: DrawnSymbols,
  [name, predict]: readonly [string, Predictor],
): Float64Array {
  const logs = new Float64Array(count * length * vocabulary);
  for (let at = 0; at < count * length; at++) {
    const first = at - (at % length);
    const shares = predict(shown.slice(first, at + 1));
    const where = `predictor ${name} after ${at - first + 1} symbols of sequence ${first / length}`;
    if (!areShares(shares, vocabulary)) {
      const what = `${where} gives ${written(shares)}`;
      throw new DrawingError({ what, expected: `${vocabulary} shares, none below 0, of sum 1` });
    }
    if (shares[next[at]!] === 0) {
      const what = `${where} gives no share to the symbol that came`;
      throw new DrawingError({ what, expected: 'more than 0, as its loss is infinite else' });
    }
    for (let l = 0; l < vocabulary; l++) logs[at * vocabulary + l] = Math.log(shares[l]!);
  }
  return logs;
}

/** How far shares may be from summing to 1. */
const slack = 1e-6;

function areShares(shares: ArrayLike<number> | undefined, count: number): shares is ArrayLike<number> {
  if (shares?.length !== count) return false;
  const all = Array.from(shares);
  return all.every((share) => share >= 0) && Math.abs(all.reduce((sum, share) => sum + share, 0) - 1) <= slack;
}
