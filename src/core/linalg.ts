import {
  type AbstractMatrix,
  CholeskyDecomposition,
  Matrix as MlMatrix,
  QrDecomposition,
  SingularValueDecomposition,
  WrapperMatrix1D,
} from 'ml-matrix';
import type { HostTensor } from './tensor.ts';

/** A real matrix in float64, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** @throws RangeError when the data do not fill the matrix. */
export function matrix(rows: number, columns: number, data: Float64Array = new Float64Array(rows * columns)): Matrix {
  if (data.length !== rows * columns) {
    throw new RangeError(`a ${rows} × ${columns} matrix needs ${rows * columns} numbers, got ${data.length}`);
  }
  return { rows, columns, data };
}

/** The numbers of a two-axis tensor. @throws RangeError for any other number of axes. */
export function matrixOf(tensor: HostTensor): Matrix {
  const [rows, columns] = tensor.shape;
  if (rows === undefined || columns === undefined || tensor.shape.length !== 2) {
    throw new RangeError(`expected a matrix, got shape [${tensor.shape.join(', ')}]`);
  }
  return matrix(rows, columns, Float64Array.from(tensor.data));
}

/** Rows start ≤ i < end, sharing memory with `a`. */
export function rowRange(a: Matrix, start: number, end: number): Matrix {
  return matrix(end - start, a.columns, a.data.subarray(start * a.columns, end * a.columns));
}

export function transpose(a: Matrix): Matrix {
  const result = matrix(a.columns, a.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++) result.data[j * a.rows + i] = a.data[i * a.columns + j]!;
  }
  return result;
}

/** a · b. @throws RangeError when the inner lengths differ. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows)
    throw new RangeError(`cannot multiply ${a.rows} × ${a.columns} by ${b.rows} × ${b.columns}`);
  const result = matrix(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    // A part of the array for every row would cost more than a short row.
    const target = i * b.columns;
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[i * a.columns + k]!;
      const source = k * b.columns;
      for (let j = 0; j < b.columns; j++) result.data[target + j]! += factor * b.data[source + j]!;
    }
  }
  return result;
}

/** a · v [rows]. @throws RangeError when the lengths differ. */
export function multiplyVector(a: Matrix, v: Float64Array): Float64Array {
  return multiply(a, matrix(v.length, 1, v)).data;
}

/** Σ uᵢvᵢ of vectors of one length. */
export function dot(u: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += u[i]! * v[i]!;
  return sum;
}

/** a − b. @throws RangeError when the sizes differ. */
export function subtract(a: Matrix, b: Matrix): Matrix {
  if (a.rows !== b.rows || a.columns !== b.columns) throw new RangeError('cannot subtract matrices of different sizes');
  const result = matrix(a.rows, a.columns);
  for (let i = 0; i < result.data.length; i++) result.data[i] = a.data[i]! - b.data[i]!;
  return result;
}

/** ‖u − v‖² of every row u of a and v of b [row of a, row of b], from the differences, so that near rows lose no digits. */
export function squaredDistances(a: Matrix, b: Matrix): Matrix {
  const result = matrix(a.rows, b.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      let sum = 0;
      for (let k = 0; k < a.columns; k++) {
        const difference = a.data[i * a.columns + k]! - b.data[j * b.columns + k]!;
        sum += difference * difference;
      }
      result.data[i * b.rows + j] = sum;
    }
  }
  return result;
}

/** Sum of the squares of all entries, ‖a‖²_F. */
export function squaredNorm(a: Matrix): number {
  let sum = 0;
  for (const value of a.data) sum += value * value;
  return sum;
}

/** Column sums, 1ᵀa, as a matrix of one row. */
export function columnSums(a: Matrix): Matrix {
  return multiply(matrix(1, a.rows, new Float64Array(a.rows).fill(1)), a);
}

/** Upper triangular R [n, n] with RᵀR = aᵀa, by Householder QR of a [rows ≥ n, n]; a need not have full rank. */
export function triangularFactor(a: Matrix): Matrix {
  return fromLibrary(new QrDecomposition(toLibrary(a)).upperTriangularMatrix);
}

/** a = left · diag(values) · rightᵀ with r = min(rows, columns) singular values, largest first. */
export function singularValues(a: Matrix): { left: Matrix; values: Float64Array; right: Matrix } {
  const decomposition = new SingularValueDecomposition(toLibrary(a), { autoTranspose: true });
  return {
    left: fromLibrary(decomposition.leftSingularVectors),
    values: Float64Array.from(decomposition.diagonal),
    right: fromLibrary(decomposition.rightSingularVectors),
  };
}

/** a⁻¹v for a symmetric, positive definite a, by its Cholesky factor. @throws Error for any other a. */
export function solvePositiveDefinite(a: Matrix, v: Float64Array): Float64Array {
  const factor = new CholeskyDecomposition(toLibrary(a));
  if (!factor.isPositiveDefinite()) throw new RangeError('the matrix is not positive definite');
  return fromLibrary(factor.solve(MlMatrix.columnVector(v))).data;
}

function toLibrary(a: Matrix): MlMatrix {
  return new MlMatrix(new WrapperMatrix1D(a.data, { rows: a.rows }));
}

function fromLibrary(a: AbstractMatrix): Matrix {
  return matrix(a.rows, a.columns, Float64Array.from(a.to1DArray()));
}
