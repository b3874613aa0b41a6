import { type Matrix, matrix } from '../../src/core/linalg.ts';
import { RandomStream } from '../../src/core/random.ts';

/** Independent N(0, 1) numbers, the same for the same seed. */
export const gaussian = (rows: number, columns: number, seed = 0): Matrix =>
  matrix(rows, columns, RandomStream.named(seed, 'prompts').fillGaussian(new Float64Array(rows * columns)));

export const scaled = ({ rows, columns, data }: Matrix, factor: number): Matrix =>
  matrix(
    rows,
    columns,
    data.map((value) => factor * value),
  );

/** Classes ±1 that overlap: the sign of the first feature, flipped for every fourth example. */
export const noisySigns = (x: Matrix): Float64Array =>
  Float64Array.from({ length: x.rows }, (_, i) => Math.sign(x.data[i * x.columns]!) * (i % 4 === 3 ? -1 : 1));
