import { Terminal } from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Line } from '../../src/plot/text.ts';
import { FrameOutput } from '../../src/ui/terminal/frame_output.ts';

const columns = 12;
const rows = 4;

function screen() {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
  const waiting = new Set<() => void>();
  const sent: string[] = [];
  const stdout = {
    writableNeedDrain: false,
    write(text: string) {
      sent.push(text);
      terminal.write(text);
      return true;
    },
    once(_event: 'drain', listener: () => void) {
      waiting.add(listener);
    },
  };
  const settle = () => new Promise<void>((resolve) => terminal.write('', resolve));
  const drain = () => {
    stdout.writableNeedDrain = false;
    const told = [...waiting];
    waiting.clear();
    for (const listener of told) listener();
  };
  return { terminal, stdout, sent, settle, output: new FrameOutput(stdout), waiting, drain };
}

/** Symbol, colours and attributes of every cell. */
function cells(terminal: Terminal): string[] {
  const buffer = terminal.buffer.active;
  return Array.from({ length: rows * columns }, (_, index) => {
    const cell = buffer.getLine(Math.floor(index / columns))!.getCell(index % columns)!;
    const look = [cell.getFgColorMode(), cell.getFgColor(), cell.getBgColorMode(), cell.getBgColor()];
    const attributes = [cell.isBold(), cell.isDim(), cell.isInverse(), cell.isStrikethrough(), cell.isUnderline()];
    return [cell.getChars() || ' ', ...look, ...attributes.map(Boolean)].join(' ');
  });
}

const plainly = { depth: 'none', theme: 'dark', glyphs: 'unicode' } as const;
const show = (output: FrameOutput, rows: readonly string[]) =>
  output.show(
    rows.map((text) => [[{ text }]]),
    plainly,
  );

const colour = fc.constantFrom(undefined, 0x440154, 0x21918c, 'training' as const, 'hint' as const);
const style = fc.record({
  fg: colour,
  bg: colour,
  bold: fc.boolean(),
  dim: fc.boolean(),
  inverse: fc.boolean(),
  strike: fc.boolean(),
});
const span = fc.record({ text: fc.stringMatching(/^[a-c ▀⣿│×]{0,6}$/u), style });
const frames = fc.array(fc.array(fc.array(span, { maxLength: 2 }), { maxLength: rows }), {
  minLength: 2,
  maxLength: 5,
});

describe('sending frames', () => {
  it('shows, after any frames, what the last one shows on a fresh terminal', async () => {
    await fc.assert(
      fc.asyncProperty(frames, fc.constantFrom('16', '256', 'truecolor'), async (sequence, depth) => {
        const paint = { depth, theme: 'dark', glyphs: 'unicode' } as const;
        // A frame has a row at least.
        const all = sequence.map((lines) => (lines.length > 0 ? lines : [[]]).map((line) => [line as Line]));
        const followed = screen();
        for (const rows of all) followed.output.show(rows, paint);
        const fresh = screen();
        fresh.output.show(all.at(-1)!, paint);
        await Promise.all([followed.settle(), fresh.settle()]);
        expect(cells(followed.terminal)).toEqual(cells(fresh.terminal));
      }),
      { numRuns: 150 },
    );
  });

  it('shows the text itself, wide symbols too', async () => {
    const { terminal, output, settle } = screen();
    show(output, ['abc', '漢字 d', '']);
    show(output, ['abd', '漢 字d', '']);
    await settle();
    const row = (y: number) => terminal.buffer.active.getLine(y)!.translateToString(true);
    expect([row(0), row(1)]).toEqual(['abd', '漢 字d']);
  });

  it('sends a few bytes for a changed digit, and nothing for the same frame', () => {
    const { output, sent } = screen();
    show(output, ['step 1', 'loss 0.5']);
    const before = output.bytes;
    show(output, ['step 2', 'loss 0.5']);
    expect(output.bytes - before).toBeLessThan(30);
    const count = sent.length;
    show(output, ['step 2', 'loss 0.5']);
    expect(sent).toHaveLength(count);
  });

  it('keeps only the newest frame while the terminal does not keep up', async () => {
    const { terminal, output, stdout, sent, settle, drain } = screen();
    show(output, ['first']);
    stdout.writableNeedDrain = true;
    for (let step = 0; step < 50; step++) show(output, [`step ${step}`]);
    expect(sent).toHaveLength(1);
    drain();
    await settle();
    expect(sent).toHaveLength(2);
    expect(terminal.buffer.active.getLine(0)!.translateToString(true)).toBe('step 49');
  });

  it('sends no frame that waited while the terminal changed: the next one stands alone', async () => {
    const { terminal, output, stdout, sent, settle, waiting, drain } = screen();
    show(output, ['small']);
    for (let change = 0; change < 20; change++) {
      stdout.writableNeedDrain = true;
      show(
        output,
        Array.from({ length: 9 }, () => 'large'.repeat(9)),
      );
      terminal.resize(columns, rows - (change % 2));
      output.invalidate();
    }
    expect(waiting.size).toBe(1);
    drain();
    expect(sent).toHaveLength(1);
    show(output, ['small']);
    await settle();
    const shown = Array.from({ length: terminal.rows }, (_, y) =>
      terminal.buffer.active.getLine(y)!.translateToString(true),
    );
    expect(shown).toEqual(['small', '', '']);
  });

  it('sends nothing once closed, and all anew when reopened', () => {
    const { output, sent } = screen();
    show(output, ['a']);
    output.close();
    show(output, ['b']);
    expect(sent).toHaveLength(1);
    output.reopen();
    show(output, ['a']);
    expect(sent).toHaveLength(2);
    expect(sent.at(-1)).toContain('\x1b[1;1H\x1b[Ka');
  });

  it('covers all that was there when it begins anew, without clearing the screen', async () => {
    const { terminal, output, sent, settle } = screen();
    for (let y = 1; y <= rows; y++) terminal.write(`\x1b[${y};1H${'#'.repeat(columns)}`);
    show(output, ['ab', '', 'c'.repeat(columns)]);
    await settle();
    expect(sent.join('')).not.toContain('[2J');
    expect(
      cells(terminal)
        .map((cell) => cell[0])
        .join('')
        .trim()
        .split(/ +/),
    ).toEqual(['ab', 'c'.repeat(columns)]);
  });
});
