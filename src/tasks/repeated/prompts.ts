import type { RandomStream } from '../../core/random.ts';

/** Sequences of a random segment that is repeated; all but the last symbol are shown, and all but the first asked for. */
export interface Repeats {
  readonly count: number;
  /** Symbols shown, T. */
  readonly length: number;
  readonly vocabulary: number;
  /** [prompt, token]. */
  readonly shown: Uint16Array;
  /** The symbol after each [prompt, token]. */
  readonly next: Uint16Array;
  /** Symbols of the segment, S [prompt]. */
  readonly periods: Uint16Array;
}

interface RepeatSource {
  readonly length: number;
  readonly vocabulary: number;
  /** Least and most symbols of a segment; every number between is as likely. */
  readonly periods: readonly [number, number];
}

/** Draws sequences one after the other, so that more of them leave the first ones as they are. */
export function drawRepeats(source: RepeatSource, count: number, stream: RandomStream): Repeats {
  const {
    length,
    vocabulary,
    periods: [least, most],
  } = source;
  const [shown, next] = [new Uint16Array(count * length), new Uint16Array(count * length)];
  const periods = Uint16Array.from({ length: count }, (_, p) => {
    const period = least + stream.integer(most - least + 1);
    const segment = Uint16Array.from({ length: period }, () => stream.integer(vocabulary));
    for (let t = 0; t < length; t++) {
      shown[p * length + t] = segment[t % period]!;
      next[p * length + t] = segment[(t + 1) % period]!;
    }
    return period;
  });
  return { count, length, vocabulary, shown, next, periods };
}
