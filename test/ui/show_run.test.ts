import { EventEmitter } from 'node:events';
import type { ReadStream, WriteStream } from 'node:tty';
import { Terminal } from '@xterm/headless';
import { expect, it, vi } from 'vitest';
import { showRun } from '../../src/ui/run/show_run.tsx';
import { utf8 } from './fake_model.ts';
import { FakeSource, measured, patterns, started } from './fake_source.ts';

class Keyboard extends EventEmitter {
  readonly isTTY = true;
  raw = false;
  #waiting: string | null = null;
  setRawMode(raw: boolean) {
    this.raw = raw;
    return this;
  }
  setEncoding() {}
  ref() {}
  unref() {}
  read() {
    const text = this.#waiting;
    this.#waiting = null;
    return text;
  }
  press(text: string) {
    this.#waiting = text;
    this.emit('readable');
  }
}

class Display extends EventEmitter {
  readonly isTTY = true;
  readonly writable = true;
  readonly writableNeedDrain = false;
  readonly terminal = new Terminal({ cols: 120, rows: 40, allowProposedApi: true });
  sent = '';
  get columns() {
    return this.terminal.cols;
  }
  get rows() {
    return this.terminal.rows;
  }
  write(text: string) {
    this.sent += text;
    this.terminal.write(text);
    return true;
  }
  resize(columns: number, rows: number) {
    this.terminal.resize(columns, rows);
    process.emit('SIGWINCH', 'SIGWINCH');
  }
  get alternate() {
    return this.terminal.buffer.active.type === 'alternate';
  }
  get lines() {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.rows }, (_, y) => active.getLine(y)!.translateToString(true));
  }
}

const signals = ['SIGHUP', 'SIGTERM', 'SIGINT', 'SIGTSTP', 'SIGCONT', 'exit'] as const;
const listeners = () => signals.map((name) => process.listenerCount(name as 'exit'));
const patience = { timeout: 10_000 };
const settle = () => new Promise((resolve) => setTimeout(resolve, 250));

async function open() {
  const [source, keyboard, display] = [new FakeSource(), new Keyboard(), new Display()];
  let hungUp = 0;
  const before = listeners();
  const result = showRun({
    source,
    environment: utf8,
    stdin: keyboard as unknown as ReadStream,
    stdout: display as unknown as WriteStream,
    onHangup: () => {
      hungUp += 1;
    },
  });
  source.emit(started(), ...measured(0), ...measured(10));
  source.probe(patterns(10));
  await settle();
  return { source, keyboard, display, result, before, hungUp: () => hungUp };
}

it('takes the terminal, follows keys and sizes, and gives everything back', async () => {
  const { keyboard, display, result, before, source } = await open();
  expect([display.alternate, keyboard.raw]).toEqual([true, true]);
  await vi.waitFor(() => expect(display.lines[0]).toContain('yang-quick-20261103-141502'), patience);
  await vi.waitFor(() => expect(display.lines.at(-1)).toContain('space pause'), patience);
  // The last row is full, and nothing has scrolled.
  expect(display.lines[0]).toContain('yang-quick-20261103-141502');
  display.resize(80, 24);
  await vi.waitFor(() => expect(display.lines.at(-1)).toContain('q leave'), patience);
  keyboard.press('q');
  keyboard.press('d');
  const { choice, state } = await result;
  expect(choice).toBe('detach');
  expect(state.run).toBe('yang-quick-20261103-141502');
  await vi.waitFor(() => expect([display.alternate, keyboard.raw]).toEqual([false, false]), patience);
  expect(display.sent.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
  expect(listeners()).toEqual(before);
  const length = display.sent.length;
  source.emit(...measured(20));
  await settle();
  expect(display.sent).toHaveLength(length);
});

it('detaches on the first SIGTERM', async () => {
  const { display, result, source } = await open();
  process.emit('SIGTERM', 'SIGTERM');
  expect((await result).choice).toBe('detach');
  expect(source.asked).toBeUndefined();
  await vi.waitFor(() => expect(display.alternate).toBe(false), patience);
});

it('ends at once when the terminal goes, asking nothing of the trainer', async () => {
  const { keyboard, display, source, hungUp } = await open();
  keyboard.emit('end');
  expect(hungUp()).toBe(1);
  await vi.waitFor(() => expect(display.alternate).toBe(false), patience);
  expect(source.asked).toBeUndefined();
});

it('never clears the scrollback', async () => {
  const { display, result, keyboard } = await open();
  display.resize(100, 30);
  await settle();
  display.resize(60, 17);
  await vi.waitFor(() => expect(display.lines.join(' ')).toContain('60 × 18'), patience);
  keyboard.press('q');
  keyboard.press('d');
  await result;
  expect(display.sent).not.toContain('\x1b[3J');
});

it('draws everything anew in a terminal that was small for a moment and is as large as before', async () => {
  const { display, result, keyboard } = await open();
  await settle();
  const { cols, rows } = display.terminal;
  display.terminal.resize(1, 1);
  display.terminal.resize(cols, rows);
  const length = display.sent.length;
  process.emit('SIGWINCH', 'SIGWINCH');
  await vi.waitFor(() => expect(display.lines.join(' ')).toContain('steps/s'), patience);
  // Once.
  await settle();
  expect(display.sent.slice(length).split('steps/s')).toHaveLength(2);
  keyboard.press('q');
  keyboard.press('d');
  await result;
});

it('keeps keys until the run has said what it is, and then takes them in their order', async () => {
  const [source, keyboard, display] = [new FakeSource(), new Keyboard(), new Display()];
  const result = showRun({
    source,
    environment: utf8,
    stdin: keyboard as unknown as ReadStream,
    stdout: display as unknown as WriteStream,
  });
  const bottom = () => display.lines.join('\n');
  await settle();
  keyboard.press('6?');
  keyboard.press('zoom');
  source.emit(started(), ...measured(0));
  await settle();
  expect(bottom()).not.toMatch(/▸ 6|search/);
  source.probe(patterns(10));
  await vi.waitFor(() => expect(bottom()).toContain('search zoom'), patience);
  keyboard.press('\x1b');
  await vi.waitFor(() => expect(bottom()).toContain('q leave'), patience);
  expect(bottom()).not.toContain('this run has panels');
  keyboard.press('q');
  keyboard.press('d');
  expect((await result).choice).toBe('detach');
});
