import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAnsi } from '../../src/plot/ansi.ts';
import type { ColourDepth, Style } from '../../src/plot/style.ts';
import { type Line, span, toPlain } from '../../src/plot/text.ts';

const shown = (line: Line, depth: ColourDepth) => toAnsi([line], { depth }).replaceAll('\x1b', '␛');

describe('colour depths', () => {
  it.each([
    ['truecolor', '␛[38;2;255;107;74mx␛[0m'],
    ['256', '␛[38;5;203mx␛[0m'],
    ['16', '␛[91mx␛[0m'],
    ['none', 'x'],
  ] as const)('%s', (depth, expected) => {
    expect(shown([span('x', { fg: 'alert' })], depth)).toBe(expected);
  });

  it('keeps bold and strike-through without colours', () => {
    expect(shown([span('x', { fg: 'pruned', bold: true, strike: true })], 'none')).toBe('␛[1;9mx␛[0m');
  });

  it('mixes weak colours with the background where it can', () => {
    expect(shown([span('x', { fg: 0xffffff, dim: true })], 'truecolor')).toBe('␛[38;2;125;125;125mx␛[0m');
    expect(shown([span('x', { fg: 'alert', dim: true })], '16')).toBe('␛[2;91mx␛[0m');
  });

  it('finds grey and cube colours of the 256 exactly', () => {
    expect(shown([span('x', { fg: 0x5fafd7 })], '256')).toBe('␛[38;5;74mx␛[0m');
    expect(shown([span('x', { bg: 0x808080 })], '256')).toBe('␛[48;5;244mx␛[0m');
    expect(shown([span('x', { bg: 0xff0000 })], '16')).toBe('␛[101mx␛[0m');
  });

  it('has another dress for light backgrounds', () => {
    expect(toAnsi([[span('x', { fg: 'focus' })]], { depth: '16', theme: 'light' })).toBe('\x1b[30mx\x1b[0m');
  });
});

describe('few bytes', () => {
  it('says nothing for plain text and twice the same pen', () => {
    expect(shown([span('a'), span('b', {})], '256')).toBe('ab');
    expect(shown([span('a', { fg: 1 }), span('b', { fg: 1 })], '256')).toBe('␛[38;5;16mab␛[0m');
  });

  it('does not dress spaces', () => {
    expect(shown([span('a', { fg: 'alert' }), span('  '), span('b', { fg: 'alert' })], '16')).toBe('␛[91ma  b␛[0m');
    expect(shown([span(' ', { fg: 'alert' })], '16')).toBe(' ');
    expect(shown([span(' ', { bg: 'alert' })], '16')).toBe('␛[101m ␛[0m');
    expect(shown([span(' ', { underline: true })], 'none')).toBe('␛[4m ␛[0m');
  });

  it('takes bold away without losing dim', () => {
    const line = [span('a', { bold: true, fg: 'alert' }), span('b', { dim: true, fg: 'alert' })];
    expect(shown(line, '16')).toBe('␛[1;91ma␛[22;2mb␛[0m');
  });
});

/** What a terminal makes of SGR sequences: the pen under every letter. */
function penOfEveryLetter(text: string): string[] {
  let pen: Record<string, string> = {};
  const letters: string[] = [];
  const offs: Record<string, readonly string[]> = { '22': ['1', '2'], '24': ['4'], '27': ['7'], '29': ['9'] };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what reads them
  for (const [, codes, letter] of text.matchAll(/\x1b\[([\d;]*)m|([^\x1b])/g)) {
    if (letter !== undefined) letters.push(`${letter}${Object.entries(pen).sort().join('|')}`);
    const list = codes?.split(';') ?? [];
    while (list.length > 0) {
      const code = list.shift()!;
      if (code === '0') pen = {};
      else if (code === '39' || code === '49') delete pen[code === '39' ? 'fg' : 'bg'];
      else if (code === '38' || code === '48') pen[code === '38' ? 'fg' : 'bg'] = list.splice(0, 2).join(';');
      else if (offs[code]) for (const off of offs[code]) delete pen[off];
      else pen[code] = 'on';
    }
  }
  return letters;
}

describe('any sequence of spans', () => {
  const style: fc.Arbitrary<Style> = fc.record(
    {
      fg: fc.constantFrom(0xff0000, 0x00ff00),
      bg: fc.constantFrom(0x0000ff, 0xffff00),
      bold: fc.boolean(),
      dim: fc.boolean(),
      underline: fc.boolean(),
      inverse: fc.boolean(),
      strike: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  it('shows every letter as if it were drawn alone, and ends plain', () => {
    const letters = fc.array(fc.record({ text: fc.constantFrom('a', 'bc'), style }), { maxLength: 8 });
    fc.assert(
      fc.property(letters, (line) => {
        const together = toAnsi([line], { depth: '256' });
        const alone = line.map((part) => toAnsi([[part]], { depth: '256' })).join('');
        expect(penOfEveryLetter(`${together}.`)).toEqual(penOfEveryLetter(`${alone}.`));
        expect(together.length).toBeLessThanOrEqual(alone.length);
        expect(
          penOfEveryLetter(together)
            .map(([letter]) => letter)
            .join(''),
        ).toBe(toPlain([line]));
      }),
    );
  });
});
