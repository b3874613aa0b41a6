import type { HostTensor } from '../../../../src/core/tensor.ts';
import type { SymbolicTensor } from '../../../../src/graph/symbolic.ts';

/** One use of a primitive, with the result worked out without the graph. */
export interface PrimitiveCase {
  readonly title: string;
  readonly inputs: readonly HostTensor[];
  readonly build: (inputs: readonly SymbolicTensor[]) => SymbolicTensor;
  readonly expected: HostTensor;
}

export const title = (...shapes: readonly (readonly number[])[]) => shapes.map((shape) => `[${shape}]`).join(' ');
