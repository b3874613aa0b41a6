import { layoutOf, type ParameterLayout, type ParameterSpec } from './parameters.ts';
import { concat, type SymbolicTensor } from './symbolic.ts';

/** Entries from which splitting θ and joining it again takes longer than some twenty more operations on short vectors. */
const longFrom = 1 << 16;

/** Parameters in a row that the optimizer updates as one vector: entries start ≤ i < end of θ. */
export interface Segment {
  /** Of its own parameters, counted from its start. */
  readonly layout: ParameterLayout;
  readonly start: number;
  readonly end: number;
}

/**
 * θ in few segments: all of it, as every operation costs time of its own; but a parameter that is long and more than half of θ
 * is alone, as copying it into a vector and out of it costs more.
 */
export function segmentsOf(specs: readonly ParameterSpec[]): Segment[] {
  const { size, parameters } = layoutOf(specs);
  const groups: ParameterSpec[][] = [];
  let open = false;
  for (const [i, { start, end }] of parameters.entries()) {
    const isAlone = end - start >= longFrom && 2 * (end - start) > size;
    if (open && !isAlone) groups.at(-1)!.push(specs[i]!);
    else groups.push([specs[i]!]);
    open = !isAlone;
  }
  let start = 0;
  return groups.map((group) => {
    const layout = layoutOf(group);
    start += layout.size;
    return { layout, start: start - layout.size, end: start };
  });
}

/** A vector [P] → its segments. */
export const cut = (segments: readonly Segment[], vector: SymbolicTensor): SymbolicTensor[] =>
  segments.map(({ start, end }) => vector.slice(0, start, end));

/** Segments → the vector [P]. */
export const joined = (parts: readonly SymbolicTensor[]): SymbolicTensor => concat(parts, 0);
