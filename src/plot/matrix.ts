import type { Matrix } from './heatmap.ts';

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
