/** One axis of a symbolic tensor: a name for messages and a length. */
export interface Axis {
  readonly name: string;
  readonly size: number;
}

export type Shape = readonly Axis[];

/** What each primitive carries besides its inputs. Axes are counted from 0; negative ones are never stored. */
export interface Attributes {
  /** A value fed at every run. */
  input: { readonly name: string };
  /** Row-major numbers; engines round them to their own precision. A name is for files that people look at. */
  constant: { readonly data: Float64Array; readonly name?: string };

  neg: Nothing;
  exp: Nothing;
  log: Nothing;
  sqrt: Nothing;
  reciprocal: Nothing;
  tanh: Nothing;
  sigmoid: Nothing;
  /** log(1 + e^x), without overflow. */
  softplus: Nothing;
  relu: Nothing;
  /** 1 where x > 0, else 0. */
  step: Nothing;

  /** Two inputs, broadcast as in numpy. */
  add: Nothing;
  sub: Nothing;
  mul: Nothing;
  div: Nothing;
  minimum: Nothing;
  maximum: Nothing;

  /** [..., i, j] · [..., j, k] → [..., i, k]; leading axes broadcast; both have rank ≥ 2. */
  matmul: Nothing;
  /** Sum over `axes` (ascending), which stay with size 1 when `keep`. */
  reduce_sum: { readonly axes: readonly number[]; readonly keep: boolean };
  /** Over `axis`. */
  softmax: { readonly axis: number };
  /** Over the last axis: (x − mean) / √(variance + epsilon), biased variance. */
  layer_norm: { readonly epsilon: number };
  /** Over the last axis, which becomes 1: 1 / √(variance + epsilon). Shares the work of `layer_norm` of the same input. */
  inverse_deviation: { readonly epsilon: number };
  /** Over the last axis, which becomes 1: log Σ e^x, without overflow. */
  log_sum_exp: Nothing;

  reshape: Nothing;
  /** Output axis i is input axis `permutation[i]`. */
  transpose: { readonly permutation: readonly number[] };
  /** Entries start ≤ i < end of `axis`. */
  slice: { readonly axis: number; readonly start: number; readonly end: number };
  /** Zeros before and after, along `axis`. */
  pad: { readonly axis: number; readonly before: number; readonly after: number };
  /** All inputs joined along `axis`. */
  concat: { readonly axis: number };
  /** Repeats axes of size 1 (and adds leading ones) up to the node's own shape. */
  expand: Nothing;
}

type Nothing = Readonly<Record<never, never>>;

export type Op = keyof Attributes;

/** One recorded operation. `inputs` are positions in `Graph.nodes`, always smaller than the node's own. */
export type Node = {
  [O in Op]: {
    readonly op: O;
    readonly inputs: readonly number[];
    readonly attributes: Attributes[O];
    readonly shape: Shape;
  };
}[Op];

/** A recorded computation: plain data, executed by an engine. Nodes stand in an order in which they can be run. */
export interface Graph {
  readonly nodes: readonly Node[];
  /** Name → position of the `input` node. */
  readonly inputs: Readonly<Record<string, number>>;
  /** Name → position of the node whose value is returned. */
  readonly outputs: Readonly<Record<string, number>>;
}

export const lengths = (shape: Shape): number[] => shape.map((axis) => axis.size);
