import type { Instruction, Loop, Nest } from './loops.ts';
import type { View } from './views.ts';

/** What is read or written in a nest: for each of its axes, in the order of memory, the distance between neighbours. */
type Strides = readonly number[];

interface Draft {
  readonly lengths: readonly number[];
  readonly operands: readonly Strides[];
  readonly summed?: readonly number[];
  readonly instructions: readonly Instruction[];
  readonly stores: Nest['stores'];
  readonly sum?: NonNullable<Nest['sum']>;
}

/**
 * Orders the loops of a nest: axes through which all operands go in one stride are one loop, summed loops are innermost.
 * A sum along the last axis keeps that axis to itself, whatever the operands: four numbers of it are added at a time, and the
 * order of a sum must not depend on what else its loops compute.
 */
export function nestOf({ lengths, operands, summed = [], ...work }: Draft): Nest {
  const loops: Loop[] = [];
  for (const [axis, length] of lengths.entries()) {
    if (length === 1) continue;
    const loop = { length, strides: operands.map((strides) => strides[axis]!), isSummed: summed.includes(axis) };
    const outer = loops.at(-1);
    const isOwn = loop.isSummed && lengths.slice(axis + 1).every((rest) => rest === 1);
    const joins =
      !isOwn &&
      outer?.isSummed === loop.isSummed &&
      outer.strides.every((stride, i) => stride === loop.strides[i]! * length);
    if (joins) loops.splice(-1, 1, { ...loop, length: outer.length * length });
    else loops.push(loop);
  }
  const last = loops.at(-1);
  const ordered = [...loops.filter((loop) => !loop.isSummed), ...loops.filter((loop) => loop.isSummed)];
  const isVector = last?.strides.every((stride) => stride === 0 || stride === 1) && writesRows(last, work);
  return { loops: ordered, vector: last && isVector ? ordered.indexOf(last) : -1, ...work };
}

/** Whether all that is written at every index lies side by side along a loop. */
function writesRows({ strides, isSummed }: Loop, { stores, sum }: Pick<Draft, 'stores' | 'sum'>): boolean {
  return (
    stores.every(({ operand }) => strides[operand] === 1) &&
    (sum === undefined || isSummed || strides[sum.operand] === 1)
  );
}

/** Copies numbers from one layout to another of the same lengths. */
export const copyNest = (from: View, to: View): Nest =>
  nestOf({
    lengths: from.lengths,
    operands: [from.strides, to.strides],
    instructions: [{ op: 'load', operand: 0 }],
    stores: [{ instruction: 0, operand: 1 }],
  });

/** Writes zeros. */
export const zeroNest = (to: View): Nest =>
  nestOf({
    lengths: to.lengths,
    operands: [to.strides],
    instructions: [{ op: 'constant', value: 0 }],
    stores: [{ instruction: 0, operand: 0 }],
  });
