import { UserError } from '../../core/errors.ts';
import { type Matrix, matrix, multiply, rowRange, singularValues, transpose } from '../../core/linalg.ts';
import type { RandomStream } from '../../core/random.ts';

/** Where held-out prompts may come from (Garg et al. 2022, section 4). */
export const shiftNames = [
  'none',
  'quadrants',
  'orthogonal',
  'overlapping',
  'half_subspace',
  'skewed',
  'scale_x',
  'scale_y',
  'noisy',
] as const;

export type ShiftName = (typeof shiftNames)[number];

/** How prompts differ from those of training. Inputs of a prompt are [point * feature]. */
export interface Shift {
  /** Inputs of the examples, from those drawn from N(0, I). */
  inputs?(drawn: Float64Array, stream: RandomStream): Float64Array;
  /** What is asked for after 0, 1, … examples, from the same numbers, where it is not the input that comes next. */
  queries?(drawn: Float64Array, stream: RandomStream): Float64Array;
  readonly labelFactor: number;
  /** Standard deviation of the noise on labels, before the factor; the task's own unless given. */
  readonly noise?: number;
  /** How many of the positions 0, 1, … mean something; all unless given. */
  readonly positions?: number;
}

export const unshifted: Shift = { labelFactor: 1 };

interface ShiftSettings {
  readonly dim: number;
  readonly points: number;
  /** Mean square of a label. */
  readonly power: number;
  readonly factor: number;
}

/** @throws UserError when the shift needs more dimensions than there are */
export function shiftOf(name: ShiftName, settings: ShiftSettings, stream: RandomStream): Shift {
  const { dim, points, power, factor } = settings;
  switch (name) {
    case 'none':
      return unshifted;
    case 'quadrants':
      return { labelFactor: 1, inputs: (drawn, random) => oneQuadrant(drawn, dim, random), queries: (drawn) => drawn };
    case 'orthogonal':
      return { labelFactor: 1, queries: (drawn) => orthogonalQueries(drawn, dim), positions: Math.min(dim, points) };
    case 'overlapping':
      return { labelFactor: 1, queries: (drawn, random) => repeatedQueries(drawn, dim, random) };
    case 'half_subspace': {
      if (dim < 2) throw new UserError({ what: 'task.shift is half_subspace', expected: 'task.dim of at least 2' });
      return transformed(dim, (i) => (i < Math.floor(dim / 2) ? 1 : 0), stream);
    }
    case 'skewed':
      return transformed(dim, (i) => 1 / (i + 1), stream);
    case 'scale_x':
      return { labelFactor: 1, inputs: (drawn) => drawn.map((value) => factor * value) };
    case 'scale_y':
      return { labelFactor: factor };
    case 'noisy':
      return { labelFactor: Math.sqrt(power / (power + 1)), noise: 1 };
  }
}

/** Every input of the prompt with the same random signs. */
function oneQuadrant(drawn: Float64Array, dim: number, stream: RandomStream): Float64Array {
  const signs = Float64Array.from({ length: dim }, () => (stream.uniform() < 0.5 ? -1 : 1));
  return drawn.map((value, j) => signs[j % dim]! * Math.abs(value));
}

/** After i examples the part of the next input that is orthogonal to all of them, of length √d; 0 where i ≥ d. */
function orthogonalQueries(drawn: Float64Array, dim: number): Float64Array {
  const points = drawn.length / dim;
  const inputs = matrix(points, dim, drawn);
  const queries = new Float64Array(drawn.length);
  // Gram–Schmidt, twice over, which is enough for orthogonality to rounding.
  const basis = matrix(Math.min(points, dim), dim);
  for (let i = 0; i < basis.rows; i++) {
    const rest = Float64Array.from(rowRange(inputs, i, i + 1).data);
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < i; k++) {
        const direction = rowRange(basis, k, k + 1).data;
        const along = rest.reduce((sum, value, j) => sum + value * direction[j]!, 0);
        for (let j = 0; j < dim; j++) rest[j]! -= along * direction[j]!;
      }
    }
    const norm = Math.sqrt(rest.reduce((sum, value) => sum + value * value, 0));
    for (let j = 0; j < dim; j++) {
      basis.data[i * dim + j] = rest[j]! / norm;
      queries[i * dim + j] = (Math.sqrt(dim) * rest[j]!) / norm;
    }
  }
  return queries;
}

/** After i ≥ 1 examples the input of one of them. */
function repeatedQueries(drawn: Float64Array, dim: number, stream: RandomStream): Float64Array {
  const queries = Float64Array.from(drawn);
  for (let i = 1; i < drawn.length / dim; i++) {
    const again = stream.integer(i);
    queries.set(drawn.subarray(again * dim, (again + 1) * dim), i * dim);
  }
  return queries;
}

/** Inputs U diag(s) Uᵀ x in a random basis U, drawn once, with s scaled so that inputs keep their mean square length d. */
function transformed(dim: number, stretchOf: (i: number) => number, stream: RandomStream): Shift {
  const basis = singularValues(matrix(dim, dim, stream.fillGaussian(new Float64Array(dim * dim)))).left;
  const values = Float64Array.from({ length: dim }, (_, i) => stretchOf(i));
  const scale = Math.sqrt(dim / values.reduce((sum, value) => sum + value * value, 0));
  const stretched = basis.data.map((value, entry) => scale * values[entry % dim]! * value);
  const map: Matrix = multiply(matrix(dim, dim, stretched), transpose(basis));
  return { labelFactor: 1, inputs: (drawn) => multiply(matrix(drawn.length / dim, dim, drawn), map).data };
}
