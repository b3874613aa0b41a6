import { concat, type SymbolicTensor } from '../../graph/symbolic.ts';

/** Where among the tokens the queries and keys of a layer stand. */
export interface Places {
  readonly queries: readonly number[];
  readonly keys: readonly number[];
}

/** The first pair of entries turns by 1 radian a place, the last by little more than one over this. */
const base = 10_000;

/**
 * Queries or keys x [n, place, width] with entries j and j + width/2, as a complex number, turned by place · 10000^(−2j/width), so that a
 * product of a query with a key depends on their places through the distance alone. Su et al. 2021, arXiv 2104.09864.
 */
export function rotated(x: SymbolicTensor, places: readonly number[]): SymbolicTensor {
  const [, place, width] = x.shape;
  const half = width!.size / 2;
  const turns = (of: (angle: number) => number) =>
    x.recorder.constant(
      [place!, width!],
      places.flatMap((t) => Array.from({ length: width!.size }, (_, j) => of(t * base ** (-(j % half) / half)))),
    );
  const turned = concat([x.slice(2, half, 2 * half).neg(), x.slice(2, 0, half)], 2);
  return x.mul(turns(Math.cos)).add(turned.reshape(x.shape).mul(turns(Math.sin)));
}
