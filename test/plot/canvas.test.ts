import { describe, expect, it } from 'vitest';
import { Canvas, type Ink } from '../../src/plot/canvas.ts';
import { toPlain } from '../../src/plot/text.ts';

const low: Ink = { style: { fg: 'theory' }, symbol: '-', layer: 0 };
const high: Ink = { style: { fg: 'training' }, symbol: '*', layer: 1 };

describe('canvas', () => {
  it('draws a line, and nothing outside', () => {
    const canvas = new Canvas(2, 2);
    canvas.line(0, 7, 3, 0, low);
    canvas.dot(4, 0, low);
    canvas.dot(0, -1, low);
    canvas.dot(Number.NaN, 0, low);
    expect(toPlain(canvas.toLines())).toBe(' ⡜\n⡜ ');
  });

  it('puts every dot in its place', () => {
    const canvas = new Canvas(1, 1);
    const seen = [0, 1].flatMap((x) =>
      [0, 1, 2, 3].map((y) => {
        const single = new Canvas(1, 1);
        single.dot(x, y, low);
        canvas.dot(x, y, low);
        return toPlain(single.toLines());
      }),
    );
    expect(seen.join('')).toBe('⠁⠂⠄⡀⠈⠐⠠⢀');
    expect(toPlain(canvas.toLines())).toBe('⣿');
  });

  it('lets the higher layer have a cell, whichever came first, and adds up within a layer', () => {
    const canvas = new Canvas(1, 1);
    canvas.dot(0, 0, high);
    canvas.dot(1, 0, low);
    expect(canvas.toLines()).toEqual([[{ text: '⠁', style: { fg: 'training' } }]]);
    canvas.dot(1, 0, { ...high, style: { fg: 'alert' } });
    expect(canvas.toLines()).toEqual([[{ text: '⠉', style: { fg: 'alert' } }]]);
  });

  it('shows inks that take turns one column each where they share cells, and the one with most dots elsewhere', () => {
    const [one, two] = [high, { ...high, style: { fg: 'alert' }, symbol: 'o' } as const].map((ink) => ({
      ...ink,
      takesTurns: true,
    })) as [Ink, Ink];
    const canvas = new Canvas(5, 1);
    canvas.line(0, 0, 9, 0, one);
    canvas.line(0, 0, 7, 0, two);
    for (const y of [1, 2, 3]) canvas.line(6, y, 7, y, one);
    expect(canvas.toLines()[0]!.map(({ text, style }) => [text, style?.fg])).toEqual([
      ['⠉', 'training'],
      ['⠉', 'alert'],
      ['⠉⣿⠉', 'training'],
    ]);
  });

  it('writes over dots and behind them', () => {
    const canvas = new Canvas(4, 1);
    for (let x = 0; x < 8; x += 2) canvas.dot(x, 1, low);
    canvas.writeBehind(0, 0, 'ab', {});
    canvas.write(2, 0, 'cde', {});
    expect(toPlain(canvas.toLines())).toBe('⠂⠂cd');
    expect([
      canvas.isFree(0, 0, 2, 0),
      canvas.isFree(0, 0, 2, -1),
      canvas.isFree(1, 0, 2, 0),
      canvas.isFree(3, 0, 2, 9),
    ]).toEqual([true, false, false, false]);
  });

  it('shades halves of cells behind dots and letters; colours that overlap mix', () => {
    const canvas = new Canvas(4, 1);
    canvas.shade(0, 0, 0x111111);
    for (const half of [0, 1]) canvas.shade(1, half, 0x222222);
    canvas.shade(2, 1, 0x333333);
    canvas.dot(4, 0, low);
    for (const colour of [0x444444, 0x555555]) canvas.shade(3, 0, colour);
    canvas.shade(4, 0, 0x666666);
    expect(canvas.toLines()[0]).toEqual([
      { text: '▀', style: { fg: 0x111111 } },
      { text: ' ', style: { bg: 0x222222 } },
      { text: '⠁', style: { ...low.style, bg: 0x333333 } },
      { text: '▀', style: { fg: 0x4d4d4d } },
    ]);
  });

  it('has a plain dress', () => {
    const canvas = new Canvas(3, 1, 'ascii');
    for (let x = 0; x < 6; x += 2) canvas.dot(x, 2, low);
    canvas.line(2, 0, 3, 3, high);
    expect(toPlain(canvas.toLines())).toBe('-*-');
  });
});
