import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAnsi } from '../../src/plot/ansi.ts';
import { colourLevels, colourMapNames, mapColour } from '../../src/plot/colourmap.ts';
import {
  drawHeatmap,
  drawScale,
  drawTile,
  type HeatmapOptions,
  heatmapLayout,
  type Matrix,
  pooling,
} from '../../src/plot/heatmap.ts';
import { lineWidth, toPlain } from '../../src/plot/text.ts';

const nan = Number.NaN;
const matrix: Matrix = {
  rows: 4,
  columns: 3,
  data: Float32Array.from([0, 0.2, 0.4, 0.6, 0.8, 1, nan, 0.5, 0.5, 0, 0, 1]),
};
const options: HeatmapOptions = { width: 4, height: 2, min: 0, max: 1, map: 'viridis', depth: 'truecolor' };

describe('tile', () => {
  const size = { width: 9, height: 3, min: 0, max: 1, map: 'viridis' } as const;
  const drawn = (value: number, depth: HeatmapOptions['depth']) =>
    toPlain(drawTile(value, { ...size, depth })).split('\n');

  it('is a bar under its number where colours are few or none', () => {
    expect(drawn(0.5, 'none')).toEqual(['.50      ', '████▌░░░░', '         ']);
    expect(drawn(1, '16')).toEqual(['1.00     ', '█████████', '         ']);
    expect(drawTile(1, { ...size, depth: '16' })[1]![0]!.style?.fg).toBeDefined();
    expect(toPlain(drawTile(0.5, { ...size, width: 8, height: 1, depth: 'none' }))).toBe('.50 ██░░');
    expect(toPlain(drawTile(0.5, { ...size, width: 3, height: 1, depth: 'none' }))).toBe('.50');
  });

  it('is of its colour otherwise', () => {
    expect(drawn(0.5, 'truecolor')).toEqual(['         ', '   .50   ', '         ']);
    expect(drawTile(0.5, { ...size, depth: '256' })[0]![0]!.style?.bg).toBe(mapColour('viridis', 0.5));
  });
});

describe('heatmap', () => {
  it.each([
    [
      'truecolor',
      '␛[38;2;68;1;84;48;2;34;167;133m▀␛[38;2;66;65;134;48;2;127;211;78m▀␛[38;2;41;121;142;48;2;253;231;37m▀␛[0m \n' +
        '␛[38;2;68;1;84m▄␛[38;2;32;146;140;48;2;68;1;84m▀␛[48;2;253;231;37m▀␛[0m ',
    ],
    [
      '256',
      '␛[38;5;53;48;5;36m▀␛[38;5;24;48;5;113m▀␛[38;5;30;48;5;220m▀␛[0m \n␛[38;5;53m▄␛[38;5;30;48;5;53m▀␛[48;5;220m▀␛[0m ',
    ],
    ['16', '␛[33m▒␛[93m▓█ ␛[0m\n␛[94m·␛[33m▒␛[93m█ ␛[0m'],
    ['none', '▒▓█ \n·▒█ '],
  ] as const)('at %s', (depth, expected) => {
    expect(toAnsi(drawHeatmap(matrix, { ...options, depth }), { depth }).replaceAll('\x1b', '␛')).toBe(expected);
  });

  it('paints whole cells where half blocks cannot be shown and colours can', () => {
    const drawn = drawHeatmap(matrix, { ...options, width: 3, height: 4, glyphs: 'ascii' });
    expect(toPlain(drawn)).toBe(['   ', '   ', '   ', '   '].join('\n'));
    expect(drawn[1]!.map(({ style }) => style?.bg)).toEqual([0.6, 0.8, 1].map((share) => mapColour('viridis', share)));
  });

  it('has a plain dress with entries two cells wide', () => {
    const plain = { ...options, width: 7, height: 5, glyphs: 'ascii', depth: 'none' } as const;
    expect(toPlain(drawHeatmap(matrix, plain)).split('\n')).toEqual([
      '..--== ',
      '**##@@ ',
      '  ++++ ',
      '....@@ ',
      '       ',
    ]);
  });

  it('enlarges by whole numbers, and brings entries together where there are more of them than pixels', () => {
    const shape = { width: 20, height: 8, depth: '256' } as const;
    expect(heatmapLayout(4, 3, shape)).toMatchObject({ width: 18, height: 8, pooled: { rows: 1, columns: 1 } });
    expect(heatmapLayout(4, 3, { ...shape, depth: 'none' })).toMatchObject({ width: 18, height: 8 });
    expect(heatmapLayout(4, 3, shape).cellOf(3, 2)).toEqual({ x: 12, y: 6 });
    expect(heatmapLayout(64, 30, shape)).toMatchObject({ width: 20, height: 8, pooled: { rows: 4, columns: 2 } });
    expect(heatmapLayout(64, 30, shape).cellOf(13, 10)).toEqual({ x: 6, y: 1 });
    expect([heatmapLayout(64, 30, shape), heatmapLayout(4, 3, shape)].map(pooling)).toEqual(['largest of 4 × 2', '']);
  });

  it('shows the largest of entries that share a cell, whatever its sign, and passes over what is not there', () => {
    const wide: Matrix = { rows: 1, columns: 8, data: Float32Array.from([0.6, 0.2, 0, 1, nan, nan, 0, 0]) };
    const drawn = (map: 'viridis' | 'diverging', matrix: Matrix, min = 0) =>
      toPlain(drawHeatmap(matrix, { ...options, min, width: 4, height: 1, depth: 'none', map }));
    expect(drawn('viridis', wide)).toBe('▒█ ·');
    expect(drawn('diverging', { ...wide, data: wide.data.map((value) => -value) }, -1)).toBe('=≡ ·');
  });

  it('keeps a pattern sharp at any size: every one of its rows shows its one key', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 70 }), (width, height) => {
        const data = Float32Array.from({ length: 64 * 32 }, (_, at) => Number(at % 32 === Math.floor(at / 32) % 32));
        const drawn = drawHeatmap({ rows: 64, columns: 32, data }, { ...options, width, height, depth: 'none' });
        expect(
          toPlain(drawn)
            .split('\n')
            .filter((row) => row.trim() !== '' && !row.includes('█')),
        ).toEqual([]);
      }),
    );
  });

  it('draws equal entries as one run', () => {
    const flat: Matrix = { rows: 2, columns: 8, data: new Float32Array(16).fill(0.5) };
    expect(drawHeatmap(flat, { ...options, width: 8, height: 1 })).toHaveLength(1);
    expect(drawHeatmap(flat, { ...options, width: 8, height: 1 })[0]).toHaveLength(1);
  });

  it('marks the cursor: brackets on large entries, else the focus colour or a cross', () => {
    const cursor = { row: 1, column: 1 };
    const large = drawHeatmap(matrix, { ...options, width: 12, height: 8, cursor });
    expect(
      toPlain(large)
        .split('\n')
        .map((row) => row.replace(/[▀▄]/g, ' ')),
    ).toEqual([...['            ', '            ', '    [  ]    '], ...new Array(5).fill('            ')]);
    const small = drawHeatmap(matrix, { ...options, cursor });
    expect(small[0]![1]).toEqual({ text: '▀', style: { fg: mapColour('viridis', 0.2), bg: 'focus' } });
    expect(toPlain(drawHeatmap(matrix, { ...options, depth: 'none', cursor: { row: 0, column: 0 } }))[0]).toBe('✕');
  });

  it('has exactly the size asked for', () => {
    const size = fc.integer({ min: 0, max: 40 });
    const some = fc.record({ rows: size, columns: size, width: size, height: size });
    const looks = fc.record({
      depth: fc.constantFrom('none' as const, '256' as const),
      glyphs: fc.constantFrom('unicode' as const, 'ascii' as const),
      map: fc.constantFrom(...colourMapNames),
    });
    fc.assert(
      fc.property(some, looks, ({ rows, columns, width, height }, look) => {
        const data = Float32Array.from({ length: rows * columns }, (_, index) => Math.sin(index));
        const cursor = { row: Math.max(0, rows - 1), column: 0 };
        const lines = drawHeatmap({ rows, columns, data }, { width, height, min: -1, max: 1, cursor, ...look });
        expect(lines.map(lineWidth)).toEqual(new Array(height).fill(width));
      }),
    );
  });
});

describe('colours', () => {
  const luminance = (rgb: number) => 0.2126 * (rgb >> 16) + 0.7152 * ((rgb >> 8) & 255) + 0.0722 * (rgb & 255);
  const ramp = (map: (typeof colourMapNames)[number]) =>
    Array.from({ length: colourLevels }, (_, level) => luminance(mapColour(map, level / (colourLevels - 1))));

  it.each(['viridis', 'cividis', 'grey'] as const)('%s brightens all the way', (map) => {
    expect(ramp(map).every((value, index, all) => index === 0 || value > all[index - 1]!)).toBe(true);
  });

  it('is darkest at zero when it diverges', () => {
    // On paper the other way round.
    expect(luminance(mapColour('diverging_light', 0.5))).toBeGreaterThan(0.8 * luminance(0xffffff));
    const zero = mapColour('diverging', 0.5);
    expect(zero).toBe(0x1c1c1c);
    for (const share of [0, 0.2, 0.4, 0.45, 0.55, 0.6, 0.8, 1]) {
      expect(luminance(mapColour('diverging', share))).toBeGreaterThan(luminance(zero));
    }
  });

  it('shows both ends in its legend', () => {
    const scale = { width: 40, min: 0, max: 0.412, map: 'viridis', depth: 'none' } as const;
    expect(toPlain([drawScale(scale)])).toBe('      0 ···░░░░░░▒▒▒▒▒▒▓▓▓▓▓▓███ 0.412  ');
    expect(toPlain([drawScale({ ...scale, unit: 'weight' })])).toMatch(/^ weight 0 ·+░+▒+▓+█+ 0.412 *$/);
    for (let width = 0; width < 30; width++)
      expect(lineWidth(drawScale({ ...scale, width, depth: '256' }))).toBe(width);
  });
});
