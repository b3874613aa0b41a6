import { entries, GraphError } from './shape.ts';
import { concat, type SymbolicTensor } from './symbolic.ts';
import type { Shape } from './types.ts';

export interface ParameterSpec {
  readonly name: string;
  readonly shape: Shape;
  /** Stays at its start value while the others are trained. */
  readonly fixed?: boolean;
  /** Factors on its learning rate, 1 unless given: under optimizers that are adaptive, and under those that are not. */
  readonly rate?: Readonly<Record<'adaptive' | 'plain', number>>;
}

/** Where each parameter stands in the flat vector θ [P], in the order given. */
export interface ParameterLayout {
  /** P. */
  readonly size: number;
  readonly parameters: readonly (ParameterSpec & { readonly start: number; readonly end: number })[];
}

export function layoutOf(specs: readonly ParameterSpec[]): ParameterLayout {
  let size = 0;
  const parameters = specs.map((spec) => {
    const start = size;
    size += entries(spec.shape);
    return { ...spec, start, end: size };
  });
  return { size, parameters };
}

/** θ [P] → the numbers of every parameter, still in a row. */
export function partsOf(layout: ParameterLayout, flat: SymbolicTensor): Record<string, SymbolicTensor> {
  return Object.fromEntries(layout.parameters.map(({ name, start, end }) => [name, flat.slice(0, start, end)]));
}

/** What `partsOf` gives → every parameter in its own shape. */
export function shaped(
  layout: ParameterLayout,
  parts: Readonly<Record<string, SymbolicTensor>>,
): Record<string, SymbolicTensor> {
  return Object.fromEntries(layout.parameters.map(({ name, shape }) => [name, named(parts, name).reshape(shape)]));
}

/** θ [P] → every parameter in its own shape. */
export function unpack(layout: ParameterLayout, flat: SymbolicTensor): Record<string, SymbolicTensor> {
  return shaped(layout, partsOf(layout, flat));
}

/**
 * Every parameter's tensor (usually its gradient) → one vector [P].
 * @throws GraphError when one is missing.
 */
export function pack(layout: ParameterLayout, tensors: Readonly<Record<string, SymbolicTensor>>): SymbolicTensor {
  const flat = layout.parameters.map(({ name, start, end }) =>
    named(tensors, name).reshape([{ name: 'parameter', size: end - start }]),
  );
  return concat(flat, 0);
}

/**
 * Numbers of every parameter, row-major → θ [P].
 * @throws GraphError when one is missing or of another length.
 */
export function packNumbers(
  layout: ParameterLayout,
  numbers: Readonly<Record<string, ArrayLike<number>>>,
): Float64Array<ArrayBuffer> {
  const flat = new Float64Array(layout.size);
  for (const { name, start, end } of layout.parameters) {
    const values = named(numbers, name);
    if (values.length !== end - start) {
      throw new GraphError(`parameter "${name}" has ${end - start} numbers, got ${values.length}`);
    }
    flat.set(values, start);
  }
  return flat;
}

/** θ [P] → the numbers of every parameter, as views on θ. */
export function unpackNumbers<T extends Float32Array | Float64Array>(
  layout: ParameterLayout,
  flat: T,
): Record<string, T> {
  return Object.fromEntries(layout.parameters.map(({ name, start, end }) => [name, flat.subarray(start, end) as T]));
}

function named<T>(values: Readonly<Record<string, T>>, name: string): T {
  const value = values[name];
  if (value === undefined) throw new GraphError(`parameter "${name}" is missing`);
  return value;
}
