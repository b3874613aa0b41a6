import { type Matrix, matrix, multiply, singularValues, transpose, triangularFactor } from '../../core/linalg.ts';
import { type HostTensor, hostTensor, sizeOf } from '../../core/tensor.ts';
import { layoutOf, unpackNumbers } from '../../graph/parameters.ts';
import { lengths } from '../../graph/types.ts';
import type { Holding, Model } from '../../models/contract.ts';

type Numbers = Readonly<Record<string, Float32Array | Float64Array>>;

/**
 * Read-outs of weights alone, for models whose heads say which of theirs are queries, keys, values and outputs: `qk_singular` and
 * `ov_singular` [L, H, k], the singular values of W_Q W_Kᵀ and W_V W_O of every head, the largest first (Elhage et al. 2021), and
 * `update_ratio` [L], ‖Δθ‖ / ‖θ‖ of a layer's parameters, mean over the latest updates.
 * @param before the parameters `updates` updates ago; undefined where that is not known
 */
export function weightReadings(
  model: Model,
  theta: Float32Array | Float64Array,
  before?: { readonly theta: Float32Array | Float64Array; readonly updates: number },
): Readonly<Record<string, HostTensor>> {
  const { layers, heads } = model.facts;
  const numbers: Numbers = unpackNumbers(layoutOf(model.parameters), theta);
  const parts = Array.from({ length: layers * heads }, (_, at) =>
    model.holdings({ layer: Math.floor(at / heads), head: at % heads }),
  );
  const spectra = (of: (holdings: readonly Holding[]) => Float64Array | undefined): HostTensor | undefined => {
    const all = parts.map(of);
    const count = all[0]?.length ?? 0;
    if (count === 0 || all.some((values) => values?.length !== count)) return undefined;
    return hostTensor([layers, heads, count], Float32Array.from(all.flatMap((values) => [...values!])));
  };
  const factor = (holdings: readonly Holding[], is: (holding: Holding) => boolean) =>
    factorOf(model, numbers, holdings.find(is));
  const product = (a: Matrix | undefined, b: Matrix | undefined) => a && b && singularValuesOf(a, b);
  const qk = spectra((holdings) => {
    const whole = holdings.find(({ role }) => role === 'pattern');
    const isApart = holdings.some(({ role }) => role === 'queries');
    if (whole && !isApart) return sliceValues(model, numbers, whole);
    return product(
      factor(holdings, ({ role }) => role === 'queries'),
      factor(holdings, ({ role }) => role === 'keys'),
    );
  });
  const ov = spectra((holdings) =>
    product(
      factor(holdings, ({ role }) => role === 'values'),
      factor(holdings, ({ output }) => output === true),
    ),
  );
  return {
    ...(qk && { qk_singular: qk }),
    ...(ov && { ov_singular: ov }),
    ...(before && { update_ratio: updateRatios(model, theta, before) }),
  };
}

const shapeOf = (model: Model, name: string): number[] =>
  lengths(model.parameters.find((parameter) => parameter.name === name)!.shape);

/** What a head holds of a matrix, with the axis of the head last: [other, k]. */
function factorOf(model: Model, numbers: Numbers, holding: Holding | undefined): Matrix | undefined {
  if (!holding) return undefined;
  const shape = shapeOf(model, holding.parameter);
  if (shape.length !== 2) return undefined;
  const [rows, columns] = shape as [number, number];
  const all = matrix(rows, columns, Float64Array.from(numbers[holding.parameter]!));
  const { data, columns: width } = holding.axis === 1 ? all : transpose(all);
  const k = holding.to - holding.from;
  const held = matrix(data.length / width, k);
  for (let row = 0; row < held.rows; row++) {
    held.data.set(data.subarray(row * width + holding.from, row * width + holding.to), row * k);
  }
  return held;
}

/** Of A Bᵀ, by the triangular factors of both: k numbers, or fewer where the matrices have fewer rows. */
function singularValuesOf(a: Matrix, b: Matrix): Float64Array {
  const isTall = ({ rows, columns }: Matrix) => rows >= columns;
  const small = isTall(a) && isTall(b) ? [triangularFactor(a), triangularFactor(b)] : [a, b];
  return singularValues(multiply(small[0]!, transpose(small[1]!))).values;
}

/** Of one slice along the first axis, a matrix of its own. */
function sliceValues(model: Model, numbers: Numbers, { parameter, from }: Holding): Float64Array {
  const [, rows, columns] = shapeOf(model, parameter) as [number, number, number];
  const size = sizeOf([rows, columns]);
  const data = Float64Array.from(numbers[parameter]!.subarray(from * size, (from + 1) * size));
  return singularValues(matrix(rows, columns, data)).values;
}

function updateRatios(
  model: Model,
  theta: Float32Array | Float64Array,
  before: { readonly theta: Float32Array | Float64Array; readonly updates: number },
): HostTensor {
  const sizes = layerNorms(model, theta).data;
  const changes = layerNorms(
    model,
    theta.map((value, at) => value - before.theta[at]!),
  ).data;
  return hostTensor(
    [sizes.length],
    changes.map((change, layer) => change / sizes[layer]! / before.updates),
  );
}

/** Euclidean norms [L] of numbers for θ [P], layer by layer; of a model whose parameters name no layers all count as its one. */
export function layerNorms(
  { facts: { layers, loops = 1 }, parameters }: Model,
  numbers: ArrayLike<number>,
): HostTensor {
  const own = layers / loops;
  const isLayered = parameters.some(({ name }) => name.startsWith('layers.'));
  const norms = Array.from({ length: layers }, (_, layer) => {
    let sum = 0;
    for (const { name, start, end } of layoutOf(parameters).parameters) {
      if (isLayered && !name.startsWith(`layers.${layer % own}.`)) continue;
      for (let at = start; at < end; at++) sum += numbers[at]! * numbers[at]!;
    }
    return Math.sqrt(sum);
  });
  return hostTensor([layers], Float32Array.from(norms));
}
