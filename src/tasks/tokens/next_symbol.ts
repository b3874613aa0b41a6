import { z } from 'zod';
import type { RandomStream } from '../../core/random.ts';
import { hostTensor } from '../../core/tensor.ts';
import type { Task } from '../contract.ts';
import { samePrefix } from './match.ts';
import { letterOf, oneHot, symbolsTensor } from './symbols.ts';
import { tokenTraining } from './training.ts';

/** Settings of tasks that ask for every next symbol; each gives its own defaults. */
export const nextSymbolSettings = {
  vocabulary: z.int().min(2).max(1000).describe('Symbols, V'),
  length: (least: number) =>
    z.int().min(least).max(10_000).describe('Symbols shown, T; after each the next one is asked for'),
};

/** Sequences of symbols [prompt, token], and the symbol after each. */
interface NextSymbols {
  readonly count: number;
  readonly shown: Uint16Array;
  readonly next: Uint16Array;
}

interface NextSymbolTask {
  readonly vocabulary: number;
  readonly length: number;
  /** Symbols before a key that have to be the last ones of a query for it to match. */
  readonly order: number;
  /** Of training, for update number `step`. */
  draw(stream: RandomStream, count: number, step: number): NextSymbols;
  readonly probe: NextSymbols;
}

/** The parts of a task that asks for the next symbol after every one: cross-entropy at every position, in nats. */
export function nextSymbolParts({
  vocabulary,
  length,
  order,
  draw,
  probe,
}: NextSymbolTask): Pick<Task, 'sequence' | 'theory' | 'training' | 'probe'> {
  return {
    sequence: {
      width: vocabulary,
      length,
      align: 'start',
      readout: (tokens) => Array.from({ length: tokens }, (_, t) => t),
      outputs: vocabulary,
      sameSymbols: true,
      match: ({ tokens }) => samePrefix(tokens!, order),
    },
    theory: { uniform_loss: Math.log(vocabulary) },
    training: tokenTraining(
      { length, width: vocabulary, readOut: length, outputs: vocabulary },
      (stream, count, step) => {
        const { shown, next } = draw(stream, count, step);
        return { tokens: oneHot(shown, vocabulary), target: oneHot(next, vocabulary) };
      },
    ),
    probe: {
      inputs: { tokens: hostTensor([probe.count, length, vocabulary], oneHot(probe.shown, vocabulary)) },
      references: { symbols: symbolsTensor(probe.count, Array.from(probe.shown, letterOf)) },
    },
  };
}
