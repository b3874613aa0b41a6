import { describe, expect, it } from 'vitest';
import { transposed } from '../../src/plot/matrix.ts';
import { sharedScale } from '../../src/plot/shared_scale.ts';
import { sharpness } from '../../src/runs/patterns.ts';
import { headGrid, headsInRow, placeOf } from '../../src/ui/panels/common/geometry.ts';
import { entropyOfRow, meanEntropy, patternsOf, received } from '../../src/ui/state/pattern.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { utf8 } from './fake_model.ts';

const matrix = (rows: number, columns: number, values: readonly number[]) => ({
  rows,
  columns,
  data: Float32Array.from(values),
});

describe('attention patterns', () => {
  it('takes each head of each layer from [P, L, H, Tq, Tk]', () => {
    const data = Float32Array.from({ length: 2 * 3 * 4 * 5 }, (_, index) => index);
    const patterns = patternsOf({ step: 7, tensors: { attention: { shape: [1, 2, 3, 4, 5], data } } })!;
    expect([patterns.layers, patterns.heads, patterns.rows, patterns.columns]).toEqual([2, 3, 4, 5]);
    // Layer 1, head 2 is the sixth block of 20.
    expect(patterns.matrix(5).data[0]).toBe(100);
    expect(patterns.matrix(5).data[19]).toBe(119);
  });

  it('takes the prompt that is asked for, the last one beyond it', () => {
    const data = Float32Array.from({ length: 3 * 2 * 4 }, (_, index) => index);
    const frame = { step: 0, tensors: { attention: { shape: [3, 1, 2, 2, 2], data } } };
    expect([0, 1, 2, 9].map((prompt) => patternsOf(frame, prompt)!.matrix(1).data[0])).toEqual([4, 12, 20, 20]);
    expect(patternsOf(frame)!.prompts).toBe(3);
    expect(patternsOf(frame, 'mean')!.matrix(1).data[0]).toBeCloseTo(12, 4);
  });

  it('stacks prompts as rows where a prompt has one query', () => {
    const data = Float32Array.from({ length: 3 * 2 * 1 * 4 }, (_, index) => index);
    const patterns = patternsOf({ step: 0, tensors: { attention: { shape: [3, 1, 2, 1, 4], data } } })!;
    expect([patterns.rows, patterns.columns]).toEqual([3, 4]);
    expect([...patterns.matrix(1).data]).toEqual([4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23]);
  });

  it('refuses frames without attention or with too few numbers', () => {
    expect(patternsOf(undefined)).toBeUndefined();
    expect(patternsOf({ step: 0, tensors: {} })).toBeUndefined();
    const short = { shape: [1, 1, 1, 2, 2], data: new Float32Array(3) };
    expect(patternsOf({ step: 0, tensors: { attention: short } })).toBeUndefined();
  });

  it('measures entropy: ln n for even attention, 0 for all on one', () => {
    const pattern = matrix(2, 4, [0.25, 0.25, 0.25, 0.25, 0, 1, 0, 0]);
    expect(entropyOfRow(pattern, 0)).toBeCloseTo(Math.log(4), 6);
    expect(entropyOfRow(pattern, 1)).toBe(0);
    expect(meanEntropy(pattern)).toBeCloseTo(Math.log(4) / 2, 6);
    expect([...received(pattern)]).toEqual([0.125, 0.625, 0.125, 0.125]);
  });

  it('exchanges rows and columns', () => {
    expect([...transposed(matrix(2, 3, [1, 2, 3, 4, 5, 6])).data]).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it('leaves out what the model forbids: later tokens, or keys without a label', () => {
    const data = Float32Array.from([1, 0, 0, 0.5, 0.5, 0, 0.2, 0.3, 0.5]);
    const frame = { step: 0, tensors: { attention: { shape: [1, 1, 1, 3, 3], data } } };
    const causal = patternsOf(frame, 0, { causal: true })!.matrix(0);
    expect([...causal.data].map(Number.isNaN)).toEqual([false, true, true, false, false, true, false, false, false]);
    expect([...received(causal)].map((share) => Number(share.toFixed(3)))).toEqual([0.567, 0.4, 0.5]);
    const labelled = patternsOf(frame, 0, { attendable: 2 })!.matrix(0);
    expect([...labelled.data].map(Number.isNaN)).toEqual([false, false, true, false, false, true, false, false, true]);
  });

  it('calls a head sharp when each query looks at one key, apart from queries with no choice', () => {
    expect(sharpness(matrix(2, 4, [0.25, 0.25, 0.25, 0.25, 0, 1, 0, 0]))).toBe(0.625);
    expect(sharpness(matrix(2, 2, [1, Number.NaN, 0.5, 0.5]))).toBe(0.5);
  });

  it('ends the shared scale at a round number that few rows exceed, and says when one does', () => {
    const even = matrix(10, 10, new Array<number>(100).fill(0.1));
    expect(sharedScale([even])).toEqual({ end: 0.1, exceeded: false });
    expect(sharedScale([even, matrix(1, 4, [1, 0, 0, 0])])).toEqual({ end: 1, exceeded: false });
    const outlier = matrix(200, 10, [1, ...new Array<number>(1999).fill(0.1)]);
    expect(sharedScale([outlier])).toEqual({ end: 0.1, exceeded: true });
    expect(sharedScale([even, matrix(1, 2, [1, Number.NaN])])).toEqual({ end: 0.1, exceeded: false });
  });
});

describe('room for patterns', () => {
  const look = chooseLook({ ...utf8, COLORTERM: 'truecolor' });

  it('shows all heads without averaging where they fit, as in the default run at 120 × 40', () => {
    const grid = headGrid({ rows: 32, columns: 8 }, { layers: 1, heads: 6 }, { columns: 53, rows: 17 }, look);
    expect(grid).toMatchObject({ across: 6, tiles: false, thumbnail: { columns: 8, rows: 16 } });
  });

  it('never makes the grid larger than the panel', () => {
    for (const heads of [1, 2, 6, 8, 32, 64, 256]) {
      for (const [columns, rows] of [
        [53, 17],
        [77, 5],
        [90, 29],
      ] as const) {
        const grid = headGrid({ rows: 200, columns: 30 }, { layers: 1, heads }, { columns, rows }, look);
        expect(grid.across * grid.pitch.columns).toBeLessThanOrEqual(columns + 1);
        expect(grid.down * grid.pitch.rows).toBeLessThanOrEqual(rows);
        expect(grid.thumbnail.columns * grid.thumbnail.rows).toBeGreaterThan(0);
      }
    }
  });

  it('begins a row of its own with every layer, and finds every head where it stands', () => {
    for (const count of [
      { layers: 4, heads: 4 },
      { layers: 4, heads: 8 },
      { layers: 3, heads: 64 },
    ]) {
      const grid = headGrid({ rows: 40, columns: 40 }, count, { columns: 53, rows: 25 }, look);
      expect(grid.margin + grid.across * grid.pitch.columns).toBeLessThanOrEqual(54);
      for (let index = 0; index < count.layers * count.heads; index++) {
        const { row, column } = placeOf(grid, count, index);
        expect(headsInRow(grid, count, row)[column]).toBe(index);
        if (index % count.heads === 0) expect(column).toBe(0);
      }
      expect(headsInRow(grid, count, -1)).toEqual([]);
      expect(headsInRow(grid, count, count.layers * grid.rowsOfLayer)).toEqual([]);
    }
  });

  it('lets few keys have cells of their own before the queries have', () => {
    const grid = headGrid({ rows: 32, columns: 8 }, { layers: 1, heads: 8 }, { columns: 53, rows: 17 }, look);
    expect(grid).toMatchObject({ across: 4, tiles: false, thumbnail: { columns: 8, rows: 7 } });
    // Many keys share cells anyway.
    const many = headGrid({ rows: 15, columns: 15 }, { layers: 3, heads: 4 }, { columns: 55, rows: 19 }, look);
    expect(many).toMatchObject({ across: 4, tiles: false });
  });

  it('has the names of tiles beside them where all heads are in view so', () => {
    const grid = headGrid({ rows: 21, columns: 21 }, { layers: 3, heads: 2 }, { columns: 77, rows: 5 }, look);
    expect(grid).toMatchObject({ tiles: true, beside: 8, down: 3, pitch: { rows: 1 } });
    const roomy = headGrid({ rows: 99, columns: 99 }, { layers: 3, heads: 2 }, { columns: 77, rows: 9 }, look);
    expect(roomy).toMatchObject({ tiles: true, beside: 0, down: 3 });
  });

  it('draws a tile a head where a pattern would have fewer than a quarter of its entries', () => {
    const at = (columns: number, rows: number) =>
      headGrid({ rows: 32, columns: 8 }, { layers: 1, heads: 64 }, { columns, rows }, look);
    expect(at(53, 17)).toMatchObject({ tiles: true, across: 8, down: 8 });
    expect(at(160, 50)).toMatchObject({ tiles: false, down: 4 });
  });
});
