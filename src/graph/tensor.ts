import { axisIndex } from './shape.ts';
import type { Attributes, Node, Op, Shape } from './types.ts';

/** The ops that compute something from inputs. */
export type Operation = Exclude<Op, 'input' | 'constant'>;

/** The derivative of a tensor, entry by entry, with respect to one of which each entry is a function of one entry. */
export interface Derivative {
  readonly source: SymbolicTensor;
  readonly derivative: SymbolicTensor;
}

/** What a tensor uses of the recorder that it belongs to. */
export interface Recording {
  readonly nodes: readonly Node[];
  /** Position of a node → its derivative, where one is known that is shorter than what the chain rule gives. */
  readonly derivatives: Map<number, Derivative>;
  /** Positions of nodes that no gradient goes through. */
  readonly detached: Set<number>;
  constant(shape: Shape, data: ArrayLike<number>): SymbolicTensor;
  scalar(value: number): SymbolicTensor;
  /** `target` is the shape asked for, where the op does not determine it. */
  record<O extends Operation>(
    op: O,
    inputs: readonly SymbolicTensor[],
    attributes: Attributes[O],
    target?: Shape,
  ): SymbolicTensor;
}

export type AxisReference = number | string;

/**
 * A value that will be known when the graph runs. Methods record one node each, or a few, and check shapes at once;
 * an equal node recorded before is used again. Axis names serve messages and look-up only: lengths decide what fits.
 */
export class SymbolicTensor {
  readonly recorder: Recording;
  /** Position of its node in `recorder.nodes`. */
  readonly id: number;
  readonly shape: Shape;

  constructor(recorder: Recording, id: number, shape: Shape) {
    this.recorder = recorder;
    this.id = id;
    this.shape = shape;
  }

  get node(): Node {
    return this.recorder.nodes[this.id]!;
  }

  /** The tensors that its node was computed from. */
  get sources(): SymbolicTensor[] {
    return this.node.inputs.map((id) => new SymbolicTensor(this.recorder, id, this.recorder.nodes[id]!.shape));
  }

  neg(): SymbolicTensor {
    return this.recorder.record('neg', [this], {});
  }
  exp(): SymbolicTensor {
    return this.recorder.record('exp', [this], {});
  }
  log(): SymbolicTensor {
    return this.recorder.record('log', [this], {});
  }
  sqrt(): SymbolicTensor {
    return this.recorder.record('sqrt', [this], {});
  }
  reciprocal(): SymbolicTensor {
    return this.recorder.record('reciprocal', [this], {});
  }
  tanh(): SymbolicTensor {
    return this.recorder.record('tanh', [this], {});
  }
  sigmoid(): SymbolicTensor {
    return this.recorder.record('sigmoid', [this], {});
  }
  /** log(1 + e^x), without overflow. */
  softplus(): SymbolicTensor {
    return this.recorder.record('softplus', [this], {});
  }
  relu(): SymbolicTensor {
    return this.recorder.record('relu', [this], {});
  }
  /** 1 where x > 0, else 0; its gradient is 0. */
  step(): SymbolicTensor {
    return this.recorder.record('step', [this], {});
  }

  add(other: SymbolicTensor | number): SymbolicTensor {
    return this.recorder.record('add', [this, this.#operand(other)], {});
  }
  sub(other: SymbolicTensor | number): SymbolicTensor {
    return this.recorder.record('sub', [this, this.#operand(other)], {});
  }
  mul(other: SymbolicTensor | number): SymbolicTensor {
    return this.recorder.record('mul', [this, this.#operand(other)], {});
  }
  div(other: SymbolicTensor | number): SymbolicTensor {
    return this.recorder.record('div', [this, this.#operand(other)], {});
  }
  minimum(other: SymbolicTensor | number): SymbolicTensor {
    return this.recorder.record('minimum', [this, this.#operand(other)], {});
  }
  maximum(other: SymbolicTensor | number): SymbolicTensor {
    return this.recorder.record('maximum', [this, this.#operand(other)], {});
  }

  /** [..., i, j] · [..., j, k] → [..., i, k]; leading axes broadcast. */
  matmul(right: SymbolicTensor): SymbolicTensor {
    return this.recorder.record('matmul', [this, right], {});
  }

  /** Sum over `axes`, over all when none are given. */
  sum(axes?: AxisReference | readonly AxisReference[], options: { readonly keep?: boolean } = {}): SymbolicTensor {
    return this.recorder.record('reduce_sum', [this], { axes: this.#axes(axes), keep: options.keep ?? false });
  }
  /** Mean over `axes`, over all when none are given. */
  mean(axes?: AxisReference | readonly AxisReference[], options: { readonly keep?: boolean } = {}): SymbolicTensor {
    const count = this.#axes(axes).reduce((product, axis) => product * this.shape[axis]!.size, 1);
    return this.sum(axes, options).mul(1 / count);
  }
  /** Over `axis`, the last one unless given. */
  softmax(axis: AxisReference = -1): SymbolicTensor {
    return this.recorder.record('softmax', [this], { axis: axisIndex('softmax', this.shape, axis) });
  }
  /** (x − mean) / √(variance + epsilon) over the last axis, biased variance, without gain and bias. */
  layerNorm(epsilon = 1e-5): SymbolicTensor {
    return this.recorder.record('layer_norm', [this], { epsilon });
  }
  /** 1 / √(variance + epsilon) over the last axis, which becomes 1. */
  inverseDeviation(epsilon = 1e-5): SymbolicTensor {
    return this.recorder.record('inverse_deviation', [this], { epsilon });
  }
  /** log Σ e^x over the last axis, which becomes 1, without overflow. */
  logSumExp(): SymbolicTensor {
    return this.recorder.record('log_sum_exp', [this], {});
  }

  /** The same numbers in row-major order under another shape; also the way to rename axes, which costs nothing. */
  reshape(shape: Shape): SymbolicTensor {
    return this.recorder.record('reshape', [this], {}, shape);
  }
  /** Axis i of the result is axis `permutation[i]`, by name or number. */
  transpose(permutation: readonly AxisReference[]): SymbolicTensor {
    const numbers = permutation.map((axis) => axisIndex('transpose', this.shape, axis));
    return this.recorder.record('transpose', [this], { permutation: numbers });
  }
  /** Swaps the last two axes. */
  transposed(): SymbolicTensor {
    const rank = this.shape.length;
    return this.transpose(this.shape.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i)));
  }
  /** Entries start ≤ i < end along `axis`. */
  slice(axis: AxisReference, start: number, end: number): SymbolicTensor {
    return this.recorder.record('slice', [this], { axis: axisIndex('slice', this.shape, axis), start, end });
  }
  /** Zeros before and after, along `axis`. */
  pad(axis: AxisReference, before: number, after: number): SymbolicTensor {
    return this.recorder.record('pad', [this], { axis: axisIndex('pad', this.shape, axis), before, after });
  }
  /** Repeats axes of size 1, and adds leading ones, up to `shape`. */
  expand(shape: Shape): SymbolicTensor {
    return this.recorder.record('expand', [this], {}, shape);
  }

  square(): SymbolicTensor {
    return this.mul(this);
  }
  /**
   * Gaussian error linear unit in the tanh form, y = x/2 · (1 + tanh u) = x s, s = sigmoid(2u), u = √(2/π) (x + 0.044715 x³).
   * Hendrycks and Gimpel 2016, section 2. y' = s + (y − y s) 2u'.
   */
  gelu(): SymbolicTensor {
    const first = 2 * Math.sqrt(2 / Math.PI);
    const third = first * 0.044715;
    const square = this.square();
    const s = square.mul(third).add(first).mul(this).sigmoid();
    const y = s.mul(this);
    const derivative = y
      .sub(y.mul(s))
      .mul(square.mul(3 * third).add(first))
      .add(s);
    this.recorder.derivatives.set(y.id, { source: this, derivative });
    return y;
  }

  /** Sigmoid linear unit y = x s, s = sigmoid(x). Hendrycks and Gimpel 2016. y' = s + y − y s. */
  silu(): SymbolicTensor {
    const s = this.sigmoid();
    const y = this.mul(s);
    this.recorder.derivatives.set(y.id, { source: this, derivative: y.sub(y.mul(s)).add(s) });
    return y;
  }

  /** The same numbers, through which no gradient goes. */
  withoutGradient(): SymbolicTensor {
    // A node of its own: the tensor may have a gradient where it is used directly.
    const same = this.neg().neg();
    this.recorder.detached.add(same.id);
    return same;
  }

  #operand(value: SymbolicTensor | number): SymbolicTensor {
    return typeof value === 'number' ? this.recorder.scalar(value) : value;
  }

  /** Axis numbers, ascending and without repetition. */
  #axes(axes: AxisReference | readonly AxisReference[] = this.shape.map((_, i) => i)): number[] {
    const list = typeof axes === 'object' ? axes : [axes];
    return [...new Set(list.map((axis) => axisIndex('sum', this.shape, axis)))].sort((a, b) => a - b);
  }
}
