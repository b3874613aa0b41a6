import { hostTensor } from '../../src/core/tensor.ts';
import type { Sequence, Task } from '../../src/tasks/contract.ts';
import { representationRegression } from '../../src/tasks/representation_regression.ts';
import { contextOf } from '../tasks/context.ts';

/** A task of which a model uses only how its prompts are shown: `sequence`, and the shape of the probe's. */
export function sequenceTask(sequence: Sequence): Task {
  const other = representationRegression.create(representationRegression.schema.parse({}), contextOf(0));
  const { width, length } = sequence;
  const tokens = hostTensor([1, length, width], new Float32Array(length * width));
  return { ...other, sequence, probe: { inputs: { tokens }, references: {} } };
}

/** Prompts of so many symbols, one-hot, each of which predicts the next. */
export const symbolSequence = (symbols: number, length: number): Sequence => ({
  width: symbols,
  length,
  align: 'start',
  readout: (count) => Array.from({ length: count }, (_, t) => t),
  outputs: symbols,
  sameSymbols: true,
});
