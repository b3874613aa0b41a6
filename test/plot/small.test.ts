import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawPanel } from '../../src/plot/panel.ts';
import { bar, sparkline } from '../../src/plot/sparkline.ts';
import { span, textWidth, toPlain } from '../../src/plot/text.ts';

describe('sparkline and bar', () => {
  it('scales between the extremes, leaves gaps blank, keeps peaks', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 10)).toBe('▁▂▃▄▅▆▇█  ');
    expect(sparkline([0, Number.NaN, 1], 3)).toBe('▁ █');
    expect(sparkline([0, 0, 0, 9, 0, 0], 3)).toBe('▁█▁');
    expect(sparkline([0.5], 1, { min: 0, max: 1 })).toBe('▅');
    expect(sparkline([], 2)).toBe('  ');
    expect(sparkline([0, 1, 2, 3, 4, 5, 6], 7, {}, 7)).toBe('▁▂▃▄▅▆▇');
  });

  it('is exact to an eighth', () => {
    expect([0, 0.5, 0.54, 1, 2, Number.NaN].map((share) => bar(share, 4))).toEqual([
      '    ',
      '██  ',
      '██▏ ',
      '████',
      '████',
      '    ',
    ]);
  });
});

describe('panel', () => {
  const body = [[span('body')]];
  it('frames', () => {
    const options = { width: 24, height: 4, title: 'error', detail: 'log y', footer: 'y log', body };
    expect(toPlain(drawPanel(options)).split('\n')).toEqual([
      '╭─ error ────── log y ─╮',
      '│body                  │',
      '│                      │',
      '╰────────────── y log ─╯',
    ]);
    expect(toPlain(drawPanel({ ...options, focused: true, glyphs: 'ascii' })).split('\n')).toEqual([
      '+> error ------ log y -+',
      '|body                  |',
      '|                      |',
      '+-------------- y log -+',
    ]);
  });

  it('cuts the detail before the title', () => {
    const top = (width: number) =>
      toPlain(drawPanel({ width, height: 2, title: 'error', detail: 'logarithmic', body: [] })).split('\n')[0];
    expect([top(18), top(14), top(9)]).toEqual(['╭─ error ─ log… ─╮', '╭─ error ────╮', '╭─ er… ─╮']);
  });

  it('has exactly the size asked for', () => {
    const text = fc.string({ maxLength: 30 });
    fc.assert(
      fc.property(fc.nat(40), fc.nat(8), text, text, text, (width, height, title, detail, footer) => {
        const lines = toPlain(drawPanel({ width, height, title, detail, footer, body }));
        expect(height === 0 ? [] : lines.split('\n').map(textWidth)).toEqual(new Array(height).fill(width));
      }),
    );
  });
});
