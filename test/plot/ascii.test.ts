import { describe, expect, it } from 'vitest';
import { Series } from '../../src/core/series.ts';
import { plainChart } from '../../src/plot/ascii.ts';

function seriesOf(values: readonly (number | null)[]): Series {
  const series = new Series();
  values.forEach((value, index) => {
    series.push((index + 1) * 50, value);
  });
  return series;
}

const unseen = seriesOf([0.08, 0.04, 0.4 / 15, null, 0.016, 0.4 / 30, 0.4 / 35, 0.01]);

describe('plain chart', () => {
  it('draws over logarithms with honest labels, joins sparse points, breaks at gaps', () => {
    const series = [{ label: 'unseen', view: unseen.view() }];
    expect(plainChart({ series, width: 50, height: 7, scale: 'log' })).toEqual([
      '  0.0800 ┤─╮',
      '  0.0476 ┤╰────╮',
      '  0.0283 ┤     ╰─────',
      '  0.0168 ┤                      ───────╮',
      '  0.0100 ┤                            ╰──────────',
      '    step  50                                   400',
    ]);
  });

  it('labels the value that a row stands for', () => {
    const series = [{ label: 'line', view: seriesOf([0, 1, 2, 3, 4]).view() }];
    const rows = plainChart({ series, width: 15, height: 7, scale: 'linear', glyphs: 'ascii' });
    expect(rows.slice(0, 5).map((row) => Number(row.slice(0, 8)))).toEqual([4, 3, 2, 1, 0]);
    expect(rows.join('\n')).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('draws several curves with a letter each', () => {
    const series = [
      { label: 'training', view: seriesOf([1, 1, 1]).view() },
      { label: 'unseen', view: seriesOf([2, 2, 2]).view() },
    ];
    const rows = plainChart({ series, width: 20, height: 6, scale: 'linear' });
    expect(rows.map((row) => row.slice(10))).toEqual([
      'bbbbbbbbbb',
      '',
      'aaaaaaaaaa',
      '50     150',
      'a training   b unseen',
    ]);
  });

  it('says when there is nothing', () => {
    expect(plainChart({ series: [], width: 40, height: 8, scale: 'log' })).toEqual(['no values to draw']);
    const series = [{ label: 'gap', view: seriesOf([-1, null]).view() }];
    expect(plainChart({ series, width: 40, height: 8, scale: 'log' })).toEqual(['no values to draw']);
  });

  it('draws one value', () => {
    const series = [{ label: 'one', view: seriesOf([3]).view() }];
    expect(plainChart({ series, width: 20, height: 7, scale: 'log' }).join('\n')).toContain('3.00 ┤─');
  });
});
