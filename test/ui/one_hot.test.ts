import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mapColour } from '../../src/plot/colourmap.ts';
import { compareFigure } from '../../src/runs/compare/figure.ts';
import { drawCompare } from '../../src/ui/compare/draw.ts';
import { initialCompare } from '../../src/ui/compare/model.ts';
import { update } from '../../src/ui/run/update.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { comparedRun } from '../runs/compare/fake_runs.ts';
import { keyTo, modelAt, press, rowsOn, utf8 } from './fake_model.ts';
import { patterns } from './fake_source.ts';
import { rowText } from './row_text.ts';

/** Heads of which every query looks at one key, and at another one than its neighbours. */
function oneHot(heads: number, queries = 32, tokens = 8) {
  const { shape, data } = patterns(0, { heads, queries, tokens }).tensors['attention']!;
  const looksAt = (row: number) => (row * 5 + Math.floor(row / queries)) % tokens;
  const sharp = data.map((_, at) => Number(at % tokens === looksAt(Math.floor(at / tokens))));
  return { step: 500, tensors: { attention: { shape, data: sharp } } };
}

function screenWith(heads: number, queries = 32) {
  const environment = { ...utf8, NO_COLOR: '1' };
  const model = modelAt(500, { environment, sizes: { heads, queries } });
  return update(model, { type: 'probe', frame: oneHot(heads, queries) }).model;
}

/** What stands inside the panel that fills the right column from its title to its foot. */
function panelOf(model: ReturnType<typeof screenWith>, title: RegExp): string {
  const rows = rowsOn(model).map((row) => row.slice(Math.max(0, row.length - 56)));
  const top = rows.findIndex((row) => title.test(row));
  return rows
    .slice(
      top,
      rows.findIndex((row, at) => at > top && /╰/.test(row)),
    )
    .join('\n');
}

const halfTones = /[░▒▓]/;

describe('heads of which every query looks at one key', () => {
  it('are a tile of 1.00 each where 64 of them share the grid at 120 × 40', () => {
    const grid = panelOf(screenWith(64), / 2 heads/);
    expect(grid.match(/1\.00█/g)).toHaveLength(64);
    expect(grid.match(/1\.00/g)).toHaveLength(64 + 1);
    expect(grid).toContain('mean over queries of the largest weight');
  });

  it('are black and white in the grid, however many queries share a cell', () => {
    for (const queries of [32, 40]) {
      const [title, ...body] = panelOf(screenWith(8, queries), / 2 heads/).split('\n');
      expect(title).toContain('query ↓ attends to key →');
      expect(body.slice(0, -1).join('')).toMatch(/█/);
      expect(body.slice(0, -1).filter((row) => halfTones.test(row))).toEqual([]);
      expect(body.at(-1)).toMatch(queries === 32 ? / largest of 4 × 1/ : / largest of 3 × 2/);
    }
  });

  it('have the scale of the grid and its orientation when one of them is selected and fills the screen', () => {
    const { model } = press(screenWith(8), keyTo('heads'), 'enter', 'enter');
    const rows = rowsOn(model);
    expect(rows.slice(1, -3).filter((row) => /[░▒▓]/.test(row))).toHaveLength(1);
    expect(rows.join('\n')).toMatch(/query ↓ attends to key → +┏ query 8–31[\s\S]*├ given 0–7 ─*┤/);
    expect(rows.join('\n')).toMatch(/weight 0 .* 1\.00/);
  });

  const runs = () =>
    [4, 8].map((heads) => {
      const run = comparedRun(`h${heads}`, { heads, loss: 1, batch: 1 });
      const config = { ...run.state.config, task: { ...run.state.config.task, prompt_examples: 8 } };
      return { ...run, state: { ...run.state, config }, frame: oneHot(heads) };
    });

  it('are black and white where runs are compared', () => {
    const model = initialCompare(runs(), { columns: 160, rows: 60 }, chooseLook({ ...utf8, NO_COLOR: '1' }));
    const rows = drawCompare(model).map((row) => rowText(row, model.look));
    const heads = rows.slice(rows.findIndex((row) => row.includes('─ heads ')) + 1);
    const scale = heads.findIndex((row) => row.includes('query ↓ attends to key →'));
    expect(heads.slice(0, scale).join('')).toMatch(/█/);
    expect(heads.slice(0, scale).filter((row) => halfTones.test(row))).toEqual([]);
    expect(heads[scale]).toMatch(/1\.00 .*largest of \d/);
  });

  it('are of two colours in the exported figure', () => {
    const figure = compareFigure(runs());
    const images = [...figure.matchAll(/base64,([^"]+)"/g)].map(([, data]) => coloursIn(Buffer.from(data!, 'base64')));
    const [none, all] = [mapColour('viridis', 0), mapColour('viridis', 1)];
    const heads = images.slice(0, -1);
    expect(heads).toHaveLength(4 + 8);
    expect(heads.filter((colours) => [...colours].some((one) => one !== none && one !== all))).toEqual([]);
    expect(figure).toContain('query ↓ attends to key →');
    expect(figure).toContain('rows: given 0–7, query 8–31');
  });
});

/** Colours of an unfiltered PNG of eight bits a channel. */
function coloursIn(png: Buffer): Set<number> {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const rows = inflateSync(png.subarray(png.indexOf('IDAT') + 4, png.indexOf('IEND') - 8));
  const colours = new Set<number>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) colours.add(rows.readUIntBE(y * (1 + 3 * width) + 1 + 3 * x, 3));
  }
  return colours;
}
