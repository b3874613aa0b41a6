import type { Matrix } from './heatmap.ts';

/** Ends of the scale, few enough that it seldom changes. */
const scaleEnds = [0.01, 0.015, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
/** Share of the entries that may lie beyond the scale, lest one of them takes the colours from all others. */
const beyond = 0.01;
/** Entries looked at to find the end of the scale. */
const sample = 20_000;

/** The end of one scale for all the matrices: a round number that at most one entry in a hundred exceeds. */
export function sharedScale(matrices: readonly Matrix[]): number {
  const total = matrices.reduce((sum, { data }) => sum + data.length, 0);
  const stride = Math.max(1, Math.floor(total / sample)) | 1;
  const exceeding = new Uint32Array(scaleEnds.length);
  let looked = 0;
  for (const { data } of matrices) {
    for (let index = 0; index < data.length; index += stride) {
      const value = data[index]!;
      looked += 1;
      for (let end = 0; end < scaleEnds.length && value > scaleEnds[end]!; end++) exceeding[end]! += 1;
    }
  }
  return scaleEnds.find((_, index) => exceeding[index]! <= beyond * looked) ?? 1;
}
