import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { drawBeams } from '../../src/plot/beams.ts';
import { toPlain } from '../../src/plot/text.ts';
import type { EventBody } from '../../src/protocol/events.ts';
import { correlation } from '../../src/ui/panels/common/alike.ts';
import { drawSkyline } from '../../src/ui/panels/pruning/skyline.ts';
import { filmWith } from '../../src/ui/state/film.ts';
import { withPicture } from '../../src/ui/state/past.ts';
import { keyTo, modelAt, press, rowsOn, utf8 } from './fake_model.ts';
import { ablation, activations, pruned, sizes } from './fake_source.ts';

const environment = { ...utf8, NO_COLOR: '1' };

it('keeps pictures of a run evenly apart on a log scale, and none of what is done again', () => {
  const steps = Array.from({ length: 500 }, (_, i) => 4 * i);
  const film = steps.reduce<ReturnType<typeof filmWith>>((kept, step) => filmWith(kept, activations(step)), []);
  const kept = film.map(({ step }) => step);
  expect(kept).toHaveLength(8);
  expect(kept[0]).toBe(0);
  expect(kept.at(-1)).toBe(1996);
  // No stretch is more than a few times as long as another.
  const apart = kept.slice(1).map((step, i) => Math.log((step + 1) / (kept[i]! + 1)));
  expect(Math.max(...apart) / Math.min(...apart)).toBeLessThan(8);
  expect(filmWith(film, activations(100)).every(({ step }) => step <= 100)).toBe(true);
});

it('shows an enlarged head over the run', () => {
  const start = modelAt(500, { columns: 200, rows: 60, environment });
  const seen = [1, 10, 100, 500].reduce((model, step) => withPicture(model, activations(step)), start);
  const drawn = rowsOn(press(seen, keyTo('head'), 'enter').model).join('\n');
  for (const step of [1, 10, 100, 500]) expect(drawn).toMatch(new RegExp(`step ${step}\\b`));
  // Beside the others, as many as there is room for: the first, one between and the last.
  const among = rowsOn(press(seen, keyTo('head')).model).join('\n');
  for (const step of [1, 100]) expect(among).toMatch(new RegExp(`step ${step}\\b`));
  expect(among).not.toContain('step 10 ');
});

it('colours patterns of many keys by how many times an even spread they are, until a person asks for weights', () => {
  const shownAt = (tokens: number, ...keys: string[]): string => {
    const sizes = { layers: 1, heads: 2, tokens, queries: tokens };
    const start = modelAt(500, { columns: 200, rows: 60, environment: utf8, sizes });
    return stripVTControlCharacters(rowsOn(press(start, keyTo('head'), ...keys).model).join('\n'));
  };
  expect(shownAt(47)).toMatch(/ weight 0 .* × even/s);
  expect(shownAt(48)).toMatch(/ × even 0 .* weights/s);
  expect(shownAt(48, '%')).toMatch(/ weight 0 /);
  expect(shownAt(47, '%')).toMatch(/ × even 0 /);
});

it('shows no fewer steps of an enlarged head on a wider screen, where its pattern shows no more', () => {
  const tokens = { layers: 1, heads: 2, tokens: 64, queries: 64 };
  const film = [1, 10, 100, 500].map((step) => activations(step, tokens));
  const drawnAt = (columns: number, rows: number): string => {
    const start = modelAt(500, { columns, rows, environment: utf8, sizes: tokens });
    const seen = film.reduce((model, frame) => withPicture(model, frame), start);
    return stripVTControlCharacters(rowsOn(press(seen, keyTo('head'), 'enter').model).join('\n'));
  };
  let before = 0;
  for (let columns = 80; columns <= 260; columns += 9) {
    const drawn = drawnAt(columns, 60);
    const count = [1, 10, 100, 500].filter((step) => drawn.includes(` step ${step} `)).length;
    expect(count, `${columns} columns`).toBeGreaterThanOrEqual(before);
    before = count;
  }
  expect(before).toBe(4);
  // Of a pattern with an entry for each of so many keys, the list says how many it leaves out.
  expect(drawnAt(200, 40)).toMatch(/ \d+ more keys/);
});

it('shows what weights alone tell of an enlarged head, under its pattern, and asks for that there only', () => {
  const start = modelAt(500, { columns: 120, rows: 40, environment });
  const { step, tensors } = activations(501);
  const singular = {
    shape: [1, 6, 2],
    data: Float32Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 4 : 3)),
  };
  const readings = {
    qk_singular: singular,
    update_ratio: { shape: [1], data: Float32Array.of(0.00125) },
    gradient_norm: { shape: [1], data: Float32Array.of(0.5) },
  };
  const shown = press(withPicture(start, { step, tensors: { ...tensors, ...readings } }), keyTo('head'));
  expect(rowsOn(shown.model).join('\n')).not.toContain('effective rank');
  const { model, effects } = press(shown.model, 'enter');
  expect(effects).toContainEqual(
    expect.objectContaining({ type: 'request', request: expect.objectContaining({ type: 'watch', weights: true }) }),
  );
  const rows = rowsOn(model);
  // Of each head 4 and 3: (9 + 16)² / (81 + 256) = 1.85.
  expect(rows.find((row) => row.includes('W_Q W_Kᵀ'))).toContain(
    'largest singular value 4.00  effective rank 1.85 of 2',
  );
  expect(rows.join('\n')).toContain('L0  norm of the gradient 0.500  an update changes it by 0.00125 of its size');
  expect(rows.join('\n')).not.toContain('W_V W_O');
});

it('shows all parts of an enlarged pruning board as a skyline', () => {
  const model = modelAt(500, { columns: 120, rows: 40, environment, more: [ablation(480, sizes)] });
  const drawn = rowsOn(press(model, keyTo('pruning'), 'enter').model).join('\n');
  expect(drawn).toMatch(/L0H0 +1 +2 +3/);
  expect(drawn).toMatch(/██/);
  const tower = (address: string, share: number) => ({ address, share, style: {}, foot: '·' });
  const lines = toPlain(
    drawSkyline([tower('L0H0', 1), tower('L0H1', 0.5), tower('L1H0', Number.NaN)], { columns: 26, rows: 6 }),
  );
  expect(lines.split('\n').map((row) => row.trimEnd())).toEqual([
    ' ██████',
    ' ██████',
    ' ██████ ██████',
    ' ██████ ██████',
    '   ·      ·        ·',
    ' L0H0   1        L1H0',
  ]);
  const labelled = toPlain(
    drawSkyline(
      [
        { ...tower('L0H0', 1), label: '+2' },
        { ...tower('L0N0', 0.5), label: '+1' },
      ],
      {
        columns: 12,
        rows: 6,
      },
    ),
  );
  expect(labelled.split('\n').map((row) => row.trimEnd())).toEqual([
    ' +2',
    ' ███   +1',
    ' ███   ▄▄▄',
    ' ███   ███',
    '  ·     ·',
    ' L0H0  L0N0',
  ]);
  expect(
    drawSkyline(
      Array.from({ length: 90 }, (_, i) => tower(`L0H${i}`, 1)),
      { columns: 60, rows: 9 },
    ),
  ).toEqual([]);
});

/** Rows inside the border of a panel that fills the screen which show nothing. */
const blankRows = (drawn: readonly string[]): number =>
  drawn.filter((row) => /^│ *│$/.test(stripVTControlCharacters(row))).length;

it('fills the screen with every curve of the run where the numbers leave room', () => {
  const model = modelAt(500, { columns: 200, rows: 60, environment });
  const drawn = rowsOn(press(model, keyTo('run'), 'enter').model);
  const text = drawn.join('\n');
  expect(text).toContain('every curve over the run');
  const { curves, metrics } = model.run;
  for (const name of curves.keys()) expect(text.split(metrics.title(name)).length).toBeGreaterThan(1);
  // Each in a chart with axes of its own.
  expect(text.match(/ step +0 /g)).toHaveLength(curves.size);
  expect(blankRows(drawn)).toBeLessThan(6);
  expect(
    rowsOn(press(modelAt(500, { columns: 80, rows: 24, environment }), keyTo('run'), 'enter').model).join(),
  ).not.toContain('every curve');
});

it('shows under the parts of an enlarged board what pruning did, and whether size tells what a part is worth', () => {
  const more = [ablation(480, sizes), pruned(['-L0H1'])];
  const values = { in_domain_inference_loss: { mean: 0.9, stderr: 0.01, n: 200 } };
  const intact = { in_domain_inference_loss: { mean: 0.3, stderr: 0.01, n: 200 } };
  const after = [510, 520].map((step) => ({ type: 'evaluated', step, values, intact }) as const);
  const model = modelAt(500, { columns: 200, rows: 60, environment, more: [...more, ...after] });
  const drawn = rowsOn(press(model, keyTo('pruning'), 'enter').model);
  const text = drawn.join('\n');
  expect(text).toContain('what pruning did to it');
  expect(text).toContain('pruned L0H1 (probe)');
  expect(text).toContain('◇');
  expect(text).toContain('heads by magnitude → and by what is lost without them ↑');
  expect(blankRows(drawn)).toBeLessThan(8);
});

it('draws attention as arcs that end where it goes, none where there is none', () => {
  const shape = { width: 20, height: 4, glyphs: 'ascii', depth: 'none', map: 'viridis', from: 18 } as const;
  const rows = toPlain(
    drawBeams({
      ...shape,
      beams: [
        { x: 2, share: 1 },
        { x: 10, share: 0 },
      ],
    }),
  ).split('\n');
  expect(rows[0]!.trim()[0]).toBe('o');
  expect(rows[0]!.indexOf('o')).toBe(2);
  expect(rows[0]!.lastIndexOf('o')).toBe(18);
  expect(rows.at(-1)).toContain('oooo');
  expect(toPlain(drawBeams({ ...shape, beams: [{ x: 10, share: 0 }] })).trim()).toBe('');
});

it('says of an enlarged board how high its towers are, and nothing where no part is worth anything', () => {
  const line = (deltas: (delta: number) => number): EventBody => {
    const measured = ablation(480, sizes);
    if (measured.type !== 'ledger') throw new Error('no line of the board');
    return { ...measured, entries: measured.entries.map((one) => ({ ...one, delta: deltas(one.delta) })) };
  };
  const caption = (event: EventBody) => {
    const model = modelAt(500, { columns: 120, rows: 40, environment, more: [event] });
    return rowsOn(press(model, keyTo('pruning'), 'enter').model).find((row) => row.includes('part by part'));
  };
  expect(caption(line((delta) => delta))).toMatch(/part by part · highest of heads \+\d\.\d+ /);
  expect(caption(line((delta) => -1 - delta))).toMatch(/in-domain: what it changes by, part by part +│$/);
});

it('draws the curve that runs are judged by under a board of which nothing was measured, and no empty skyline', () => {
  const model = modelAt(500, { columns: 200, rows: 60, environment });
  const drawn = rowsOn(press(model, keyTo('pruning'), 'enter').model);
  expect(drawn.join('\n')).toContain('what pruning did to it');
  expect(drawn.join('\n')).not.toMatch(/L0H0 +1 +2 +3/);
  expect(drawn.findIndex((row) => row.includes('heads L0 by magnitude'))).toBe(2);
});

it('fills what a panel leaves free with what more there is to know', () => {
  const start = modelAt(500, { columns: 200, rows: 60, environment, sizes: { heads: 8, queries: 32 } });
  const enlarged = (panel: 'heads' | 'head' | 'weights' | 'mixing') =>
    rowsOn(press(start, keyTo(panel), 'enter').model);
  const expected = {
    heads: ['correlation of patterns: 1 does the same'],
    head: ['largest weight of each query', 'mean entropy of the heads of L0'],
    weights: ['weights of H0, token by token', 'correlation of weights: 1 does the same, −1 the opposite'],
    mixing: ['how far the row of each query is off'],
  };
  for (const [panel, texts] of Object.entries(expected)) {
    const drawn = enlarged(panel as keyof typeof expected);
    for (const text of texts) expect(drawn.join('\n')).toContain(text);
    if (panel !== 'mixing') expect(blankRows(drawn), panel).toBeLessThan(12);
  }
});

it('correlates patterns by their shape, not by their size, and leaves masked entries out', () => {
  const pattern = [0.1, 0.7, 0.2, Number.NaN];
  expect(correlation(pattern, pattern)).toBeCloseTo(1);
  expect(correlation(pattern, [0.2, 1.4, 0.4, 9])).toBeCloseTo(1);
  expect(correlation(pattern, [-0.1, -0.7, -0.2, 0])).toBeCloseTo(-1);
  expect(correlation([1, 0, 1, 0], [1, 1, 0, 0])).toBeCloseTo(0);
  expect(correlation([0.5, 0.5], [0.3, 0.7])).toBeNaN();
});

it('uses the width of the screen where there is nothing beside', () => {
  const model = modelAt(500, { columns: 200, rows: 60, environment, sizes: { heads: 4, queries: 12, tokens: 12 } });
  const rowsUnder = (panel: string, title: string): string[] => {
    const rows = rowsOn(press(model, keyTo(panel), 'enter').model).map((row) =>
      stripVTControlCharacters(row).replace(/│ *$/, '').trimEnd(),
    );
    const at = rows.findIndex((row) => row.includes(title));
    expect(at).toBeGreaterThan(0);
    return rows.slice(at + 1, at + 14);
  };
  const widest = (rows: readonly string[]) =>
    Math.max(...rows.filter((row) => /^│/.test(row)).map((row) => row.length));
  const queries = rowsUnder('head', 'largest weight of each query');
  expect(widest(queries)).toBeGreaterThan(140);
  expect(queries.join('\n')).toMatch(/ 0 {9,}1 {9,}2 /);
  expect(widest(rowsUnder('pruning', 'what pruning did to it'))).toBeGreaterThan(180);
});
