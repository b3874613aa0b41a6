import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesSeen, headGrid } from '../../src/ui/panels/common/geometry.ts';
import { update } from '../../src/ui/run/update.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { attentionCells } from './attention_cells.ts';
import { modelAt, utf8 } from './fake_model.ts';

/** Terminals from the smallest up, in steps that begin elsewhere in every run. */
const seed = Number(process.env['INCLINE_SEED'] ?? Date.now() % 1e6);
const along = (first: number, last: number, step: number) =>
  [
    first,
    ...Array.from({ length: 1 + Math.floor((last - first) / step) }, (_, at) => first + (seed % step) + at * step),
  ].filter((length) => length <= last);
const [widths, heights] = [along(60, 200, 9), along(18, 60, 4)];

const families = {
  'yang-quick': { heads: 8 },
  'yang-quick, 64 heads': { heads: 64 },
  'yang-fig2a': { heads: 64, queries: 200, tokens: 30 },
  'yang-fig2b-small': { layers: 4, heads: 4, queries: 40, tokens: 40, neurons: 64 },
  'li-quick': { heads: 1, queries: 1, tokens: 20, prompts: 16, neurons: 64 },
  'li-decoder': { layers: 3, heads: 2, queries: 21, tokens: 21, neurons: 256 },
  'garg-linear-small': { layers: 3, heads: 4, queries: 15, tokens: 15, neurons: 64 },
  'garg-linear-full': { layers: 12, heads: 8, queries: 81, tokens: 81, neurons: 1024 },
};

describe.each(Object.entries(families))(`no larger terminal shows less of %s, INCLINE_SEED=${seed}`, (_, sizes) => {
  const model = modelAt(500, { sizes, environment: { ...utf8, COLORTERM: 'truecolor' } });

  it.each([undefined, 'heads', 'head'])('with panel %s alone', (zoomed) => {
    const chosen = { ...model, view: { ...model.view, zoomed, ...(zoomed && { focus: zoomed }) } };
    const [wide, high] = zoomed
      ? [
          [60, 80, 120, 200],
          [18, 24, 40, 60],
        ]
      : [widths, heights];
    const cells = high.map((rows) =>
      wide.map((columns) => attentionCells(update(chosen, { type: 'resized', size: { columns, rows } }).model)),
    );
    const lost = cells.flatMap((row, y) =>
      row.flatMap((one, x) => {
        const before = Math.max(cells[y - 1]?.[x] ?? 0, row[x - 1] ?? 0);
        return one < before ? [`${wide[x]} × ${high[y]}: ${one} of ${before}`] : [];
      }),
    );
    expect(lost).toEqual([]);
    expect(cells.at(-1)!.at(-1)).toBeGreaterThan(0);
  });

  it('in a panel of its own, whatever its size', () => {
    const { layers = 1, heads, queries = 32, tokens = 8 } = sizes as { heads: number } & Record<string, number>;
    const look = chooseLook(utf8);
    const pixels = (columns: number, rows: number) => {
      const pattern = { rows: queries, columns: tokens };
      const grid = headGrid(pattern, { layers, heads }, { columns, rows }, look);
      return grid.tiles ? 1 : entriesSeen(pattern, grid.thumbnail, look);
    };
    const [length, more] = [fc.integer({ min: 6, max: 250 }), fc.integer({ min: 0, max: 60 })];
    fc.assert(
      fc.property(length, length, more, more, (columns, rows, wider, higher) => {
        expect(pixels(columns + wider, rows + higher)).toBeGreaterThanOrEqual(pixels(columns, rows));
      }),
    );
  });
});
