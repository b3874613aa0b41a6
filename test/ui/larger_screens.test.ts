import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headGrid } from '../../src/ui/panels/common/geometry.ts';
import { update } from '../../src/ui/run/update.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { attentionCells } from './attention_cells.ts';
import { modelAt, utf8 } from './fake_model.ts';

/** Terminals as people have them, each larger than the one before. */
const terminals = [
  [80, 24],
  [100, 30],
  [120, 40],
  [160, 50],
  [200, 60],
  [250, 80],
] as const;

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

describe.each(Object.entries(families))('a larger terminal shows no less of the attention of %s', (_, sizes) => {
  it.each([undefined, 'heads', 'head'])('with panel %s alone', (zoomed) => {
    const model = modelAt(500, { sizes, environment: { ...utf8, COLORTERM: 'truecolor' } });
    const chosen = { ...model, view: { ...model.view, zoomed, ...(zoomed && { focus: zoomed }) } };
    const cells = terminals.map(([columns, rows]) =>
      attentionCells(update(chosen, { type: 'resized', size: { columns, rows } }).model),
    );
    expect(cells).toEqual(cells.toSorted((a, b) => a - b));
    expect(cells[0]).toBeGreaterThan(0);
  });

  it('in a panel of its own, whatever its size', () => {
    const { layers = 1, heads, queries = 32, tokens = 8 } = sizes as { heads: number } & Record<string, number>;
    const look = chooseLook(utf8);
    const pixels = (columns: number, rows: number) => {
      const grid = headGrid({ rows: queries, columns: tokens }, { layers, heads }, { columns, rows }, look);
      return grid.tiles ? 1 : Math.min(queries, 2 * grid.thumbnail.rows) * Math.min(tokens, grid.thumbnail.columns);
    };
    const [length, more] = [fc.integer({ min: 6, max: 250 }), fc.integer({ min: 0, max: 60 })];
    fc.assert(
      fc.property(length, length, more, more, (columns, rows, wider, higher) => {
        expect(pixels(columns + wider, rows + higher)).toBeGreaterThanOrEqual(pixels(columns, rows));
      }),
    );
  });
});
