import type { Matrix } from './heatmap.ts';
import { resample } from './resample.ts';

/** The matrix with rows and columns exchanged. */
export function transposed(matrix: Matrix): Matrix {
  const data = new Float32Array(matrix.data.length);
  for (let row = 0; row < matrix.rows; row++) {
    for (let column = 0; column < matrix.columns; column++) {
      data[column * matrix.rows + row] = matrix.data[row * matrix.columns + column]!;
    }
  }
  return { rows: matrix.columns, columns: matrix.rows, data };
}

/** The matrix in at most `rows` × `columns` entries, each the mean of what it stands for. */
export function shrunk(matrix: Matrix, rows: number, columns: number): Matrix {
  if (matrix.rows <= rows && matrix.columns <= columns) return matrix;
  const size = { width: Math.min(columns, matrix.columns), height: Math.min(rows, matrix.rows) };
  return { rows: size.height, columns: size.width, data: resample(matrix, size) };
}
