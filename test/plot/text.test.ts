import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { visible } from '../../src/core/visible.ts';
import { breakLine, fitLine, fitText, lineWidth, span, textWidth, toPlain } from '../../src/plot/text.ts';
import { toAscii } from '../../src/plot/to_ascii.ts';

describe('text in cells', () => {
  it('pads and cuts', () => {
    expect(fitText('heads', 8)).toBe('heads   ');
    expect(fitText('heads', 8, 'right')).toBe('   heads');
    expect(fitText('heads', 8, 'center')).toBe(' heads  ');
    expect(fitText('heads', 4)).toBe('hea…');
    expect(fitText('heads', 0)).toBe('');
    expect(fitText('层层层', 4)).toBe('层… ');
  });

  it('breaks a line at the last space before the width, whichever span it lies in', () => {
    const line = [span(' ✕ ', { bold: true }), span('ab cd'), span(' ef')];
    expect(breakLine(line, 11)).toEqual([line, []]);
    expect(breakLine(line, 10)).toEqual([line.slice(0, 2), [span('ef')]]);
    expect(breakLine(line, 8)).toEqual([line.slice(0, 2), [span('ef')]]);
    expect(breakLine(line, 7)).toEqual([
      [line[0], span('ab')],
      [span('cd'), span(' ef')],
    ]);
    expect(breakLine([span(' abcdef')], 3)).toEqual([[span(' abcdef')], []]);
  });

  it('cuts a line inside a span or between two', () => {
    const line = [span('ab', { bold: true }), span('cd')];
    expect(fitLine(line, 3)).toEqual([span('ab', { bold: true }), span('…')]);
    expect(fitLine(line, 2)).toEqual([span('a…', { bold: true })]);
    expect(toPlain([fitLine(line, 6, 'right')])).toBe('  abcd');
  });

  it('is always exactly as wide as asked', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 4 });
    fc.assert(
      fc.property(texts, fc.nat(20), (parts, width) => {
        const printable = parts.map((part) => part.replace(/\p{C}/gu, ''));
        expect(
          lineWidth(
            fitLine(
              printable.map((part) => span(part)),
              width,
            ),
          ),
        ).toBe(width);
        // As it comes to the terminal: letters that show nothing are told by a sign.
        expect(stringWidth(visible(fitText(printable.join(''), width)))).toBe(width);
      }),
    );
  });

  it('knows the width of every symbol that we draw with', () => {
    for (const symbol of '╭╮╰╯─│┊┄▁▂▃▄▅▆▇█▏▎▍▌▋▊▉░▒▓▀●◆▲■▸✕…–⁰¹²³⁻⣿α′×±→↵·') {
      expect([symbol, textWidth(symbol)]).toEqual([symbol, stringWidth(symbol)]);
    }
  });
});

describe('plain symbols', () => {
  it('replaces cell for cell', () => {
    const lines = [[span('╭─ 10⁻² ┤ 10⁰ ▸ α′ – ● █▁ ✕ … ☃', { bold: true })]];
    expect(toAscii(lines)).toEqual([[span("+- 1e-2 + 1e0 > a' - * #_ x ~ ?", { bold: true })]]);
  });

  it('says what would be misread symbol by symbol', () => {
    const lines = [
      [
        span('a · b 0.12 ± 0.034'),
        span('3.3σ 0.05✓'),
        span(' query ↓ attends to key →'),
        span('└ '),
        span('‖ paused, now'),
      ],
    ];
    const plain = toAscii(lines);
    expect(toPlain(plain)).toBe('a | b 0.12 +-0.0343.3z 0.05V query rows, key columns `-paused, now  ');
    expect(plain.map(lineWidth)).toEqual(lines.map(lineWidth));
  });

  it('marks the best by no sign of a run, and says what marks it', () => {
    const marked = toPlain(toAscii([[span('0.05 ± 0.01 ✓'), span(' ●◆▲ '), span(' ✓ best '), span('✓ done')]]));
    expect(marked).toBe('0.05 +-0.01 V *o+  V best done  ');
  });

  it('names keys that do what arrows do, and no other keys', () => {
    expect(toPlain(toAscii([[span(' ← ↓ ↑ → ', { bold: true }), span('move, as a → b')]]))).toBe(
      ' h j k l move, as a > b',
    );
  });
});
