import { UserError } from '../../core/errors.ts';
import { dot, type Matrix, matrix, matrixOf, multiply, transpose } from '../../core/linalg.ts';
import type { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';

export const outOfDomainFamilies = ['pairs', 'difference'] as const;
export type OutOfDomainFamily = (typeof outOfDomainFamilies)[number];

/** What the fixed parts of the task are drawn from; named as in the configuration. */
export interface PatternSettings {
  readonly relevant: number;
  readonly irrelevant: number;
  readonly out_of_domain: number;
  readonly pattern_norm: number;
  readonly label_dim: number;
  readonly basis: 'axes' | 'rotated';
  readonly s1: number;
  readonly ood_family: OutOfDomainFamily;
}

type Fixed = Readonly<Record<string, HostTensor>>;

/** Patterns μ that one pattern μ′ of a family is made of. */
const partsOf = { pairs: 2, difference: 3 } as const satisfies Record<OutOfDomainFamily, number>;

/** How many patterns μ′ of a family stay orthogonal: each takes patterns μ of its own. */
export function mostOutOfDomain(family: OutOfDomainFamily, relevant: number): number {
  return Math.floor(relevant / partsOf[family]);
}

/**
 * Orthogonal patterns of norm β in as many dimensions as there are patterns, `relevant` [M1, d_X] and `irrelevant`
 * [M2, d_X], `out_of_domain` [M1′, d_X], and the unit vector `label_embedding` [d_Y]: Li et al. 2024, section 3. Rounded to
 * float32, so that a snapshot holds exactly what was trained on.
 */
export function drawPatterns(settings: PatternSettings, stream: RandomStream): Fixed {
  const { relevant: M1, irrelevant: M2, pattern_norm: norm, label_dim: labelDim, basis } = settings;
  const width = M1 + M2;
  const directions = basis === 'axes' ? identity(width) : orthonormalRows(width, stream);
  const scaled = Float32Array.from(directions.data, (value) => norm * value);
  const relevant = hostTensor([M1, width], scaled.slice(0, M1 * width));
  const embedding = basis === 'axes' ? identity(labelDim) : unitRow(labelDim, stream);
  return {
    relevant,
    irrelevant: hostTensor([M2, width], scaled.slice(M1 * width)),
    ...outOfDomain(settings, matrixOf(relevant)),
    label_embedding: hostTensor([labelDim], Float32Array.from(embedding.data.subarray(0, labelDim))),
  };
}

/**
 * The fixed parts of a snapshot. Its patterns μ′ are kept while they have the S1 and family asked for, else made anew from
 * its patterns μ, so that one snapshot can be measured at several S1.
 * @throws UserError when one is missing or does not have the sizes of the configuration
 */
export function givenPatterns(settings: PatternSettings, fixed: Fixed): Fixed {
  const { relevant: M1, irrelevant: M2, out_of_domain: count, label_dim: labelDim } = settings;
  const width = M1 + M2;
  const relevant = take(fixed, 'relevant', [M1, width]);
  const known = fixed['out_of_domain'];
  const isKept = known?.shape.join() === [count, width].join() && fits(settings, matrixOf(known), matrixOf(relevant));
  return {
    relevant,
    irrelevant: take(fixed, 'irrelevant', [M2, width]),
    ...(isKept ? { out_of_domain: known! } : outOfDomain(settings, matrixOf(relevant))),
    label_embedding: take(fixed, 'label_embedding', [labelDim]),
  };
}

function take(fixed: Fixed, name: string, shape: readonly number[]): HostTensor {
  const tensor = fixed[name];
  if (tensor?.shape.join() === shape.join()) return tensor;
  throw new UserError({
    what: `task/${name} ${tensor ? `has shape [${tensor.shape.join(', ')}]` : 'is missing'}`,
    expected: `shape [${shape.join(', ')}]`,
  });
}

/** How far a sum of coefficients may be from the S1 asked for, and a coefficient from 0, to count as that. */
const tolerance = 1e-3;

function fits({ s1, ood_family: family }: PatternSettings, patterns: Matrix, relevant: Matrix): boolean {
  const others = outOfDomainFamilies.filter((name) => name !== family).map((name) => partsOf[name]);
  const squared = dot(relevant.data.subarray(0, relevant.columns), relevant.data.subarray(0, relevant.columns));
  const products = multiply(patterns, transpose(relevant)).data;
  return Array.from({ length: patterns.rows }, (_, j) => {
    const coefficients = products.subarray(j * relevant.rows, (j + 1) * relevant.rows).map((value) => value / squared);
    const parts = coefficients.filter((value) => Math.abs(value) > tolerance).length;
    const sum = coefficients.reduce((total, value) => total + value, 0);
    return Math.abs(sum - s1) < tolerance && !others.some((count) => count === parts);
  }).every((fit) => fit);
}

/**
 * μ′_j from patterns of its own, with unit-norm coefficients that sum to S1: c₁ μ_{2j} + c₂ μ_{2j+1} with
 * c₁, c₂ = (S1 ± √(2 − S1²))/2, or c (μ_{3j} − μ_{3j+1}) + S1 μ_{3j+2} with c = √((1 − S1²)/2). The paper gives S1 only.
 */
function outOfDomain({ out_of_domain: count, s1, ood_family: family }: PatternSettings, relevant: Matrix): Fixed {
  if (count === 0) return {};
  const root = Math.sqrt(Math.max(0, 2 - s1 * s1));
  const apart = Math.sqrt(Math.max(0, 1 - s1 * s1) / 2);
  const coefficients = family === 'pairs' ? [(s1 + root) / 2, (s1 - root) / 2] : [apart, -apart, s1];
  const { columns } = relevant;
  const patterns = new Float32Array(count * columns);
  for (let j = 0; j < count; j++) {
    for (let i = 0; i < columns; i++) {
      let sum = 0;
      coefficients.forEach((coefficient, part) => {
        sum += coefficient * relevant.data[(j * coefficients.length + part) * columns + i]!;
      });
      patterns[j * columns + i] = sum;
    }
  }
  return { out_of_domain: hostTensor([count, columns], patterns) };
}

function identity(size: number): Matrix {
  const result = matrix(size, size);
  for (let i = 0; i < size; i++) result.data[i * size + i] = 1;
  return result;
}

function unitRow(size: number, stream: RandomStream): Matrix {
  const row = matrix(1, size, stream.fillGaussian(new Float64Array(size)));
  normalise(row.data);
  return row;
}

/** A basis of uniformly random orientation: Gaussian rows, each made orthogonal to those before it, twice over. */
function orthonormalRows(size: number, stream: RandomStream): Matrix {
  const basis = matrix(size, size, stream.fillGaussian(new Float64Array(size * size)));
  const row = (i: number) => basis.data.subarray(i * size, (i + 1) * size);
  for (let i = 0; i < size; i++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const [own, other] = [row(i), row(j)];
        const along = dot(own, other);
        for (let k = 0; k < size; k++) own[k]! -= along * other[k]!;
      }
    }
    normalise(row(i));
  }
  return basis;
}

function normalise(vector: Float64Array): void {
  const norm = Math.sqrt(dot(vector, vector));
  for (let i = 0; i < vector.length; i++) vector[i]! /= norm;
}
