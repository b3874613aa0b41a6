import type { Operation, SymbolicTensor } from '../tensor.ts';
import type { Attributes, Shape } from '../types.ts';

/** All that the graph knows about one op. Engines add how it is computed. */
export interface Primitive<O extends Operation> {
  /**
   * Shape of the result. `target` is the shape asked for, where the op does not determine it.
   * @throws GraphError naming the axes that do not fit.
   */
  shape(inputs: readonly Shape[], attributes: Attributes[O], target: Shape): Shape;
  /** An equal tensor that is cheaper than a new node of this op, when there is one. `shape` is the result's. */
  simplify?(inputs: readonly SymbolicTensor[], attributes: Attributes[O], shape: Shape): SymbolicTensor | undefined;
  /** Gradient with respect to input `position`, of that input's lengths; undefined where it is zero everywhere. */
  gradient(position: number, use: Use<O>): SymbolicTensor | undefined;
}

/** One node of the op, as its gradient rule sees it. */
export interface Use<O extends Operation> {
  readonly inputs: readonly SymbolicTensor[];
  readonly attributes: Attributes[O];
  readonly output: SymbolicTensor;
  /** Gradient of the loss with respect to `output`. */
  readonly upstream: SymbolicTensor;
}

export type Primitives<O extends Operation> = { readonly [K in O]: Primitive<K> };
