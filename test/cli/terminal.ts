import { createRequire } from 'node:module';
import type { IPty } from '@lydell/node-pty';
import type { Terminal as HeadlessTerminal } from '@xterm/headless';
import type { SeenCell } from '../../src/plot/screen_glyphs.ts';
import { cellsOf } from '../pictures/cells.ts';
import { program, until } from './program.ts';

const require = createRequire(import.meta.url);
const { spawn } = require('@lydell/node-pty') as typeof import('@lydell/node-pty');
const { Terminal } = require('@xterm/headless') as { Terminal: typeof HeadlessTerminal };

/** What the terminal says that it can show. */
export type ColourDepth = 'truecolour' | '256' | 'none';

const promises: Readonly<Record<ColourDepth, NodeJS.ProcessEnv>> = {
  truecolour: { COLORTERM: 'truecolor' },
  '256': {},
  none: { NO_COLOR: '1' },
};

/** Starts the built program in a real pseudo-terminal. */
export function spawnTerminal(
  folder: string,
  environment: NodeJS.ProcessEnv,
  words: readonly string[],
  columns: number,
  rows: number,
  colours: ColourDepth = '256',
): IPty {
  return spawnInTerminal([process.execPath, program, ...words], folder, environment, columns, rows, colours);
}

/** Starts any command in a real pseudo-terminal. */
export function spawnInTerminal(
  [file, ...words]: readonly [string, ...string[]],
  folder: string,
  environment: NodeJS.ProcessEnv,
  columns = 120,
  rows = 40,
  colours: ColourDepth = '256',
): IPty {
  const { CI: _, NO_COLOR: __, COLORTERM: ___, ...env } = environment;
  return spawn(file, words, {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd: folder,
    env: { ...env, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...promises[colours] } as Record<string, string>,
  });
}

const clearing = new RegExp(`${String.fromCharCode(27)}(?:\\[[23]J|c)`, 'g');

/** A program in a real pseudo-terminal, read through a real terminal emulator. */
export class TerminalSession {
  readonly started = performance.now();
  /** Everything the program wrote, as it wrote it. */
  raw = '';
  /** How many bytes that was. */
  bytes = 0;
  exitCode: number | undefined;
  /** The private modes of the terminal that were ever set or reset, by number, and how they stand. */
  readonly modes = new Map<number, boolean>();
  readonly #pty: IPty;
  readonly #terminal: HeadlessTerminal;

  constructor(pty: IPty) {
    this.#terminal = new Terminal({ cols: pty.cols, rows: pty.rows, allowProposedApi: true });
    this.#pty = pty;
    for (const [final, on] of [
      ['h', true],
      ['l', false],
    ] as const) {
      this.#terminal.parser.registerCsiHandler({ prefix: '?', final }, (parameters) => {
        for (const mode of parameters) this.modes.set(Number(mode), on);
        return false;
      });
    }
    this.#pty.onData((data) => {
      this.raw += data;
      this.bytes += Buffer.byteLength(data);
      this.#terminal.write(data);
    });
    this.#pty.onExit(({ exitCode }) => {
      this.exitCode = exitCode;
    });
  }

  /** The built program with these words, at 120 × 40 unless another size is given. */
  static open(
    folder: string,
    environment: NodeJS.ProcessEnv,
    words: readonly string[],
    columns = 120,
    rows = 40,
  ): TerminalSession {
    return new TerminalSession(spawnTerminal(folder, environment, words, columns, rows));
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Rows as a person sees them. */
  get rows(): string[] {
    const buffer = this.#terminal.buffer.active;
    return Array.from({ length: this.#terminal.rows }, (_, row) =>
      (buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    );
  }

  /** The same with colours. */
  get cells(): SeenCell[][] {
    return cellsOf(this.#terminal);
  }

  get text(): string {
    return this.rows.join('\n');
  }

  /** How often the whole display or the scrollback was erased, or the terminal reset. */
  get clears(): number {
    return this.raw.match(clearing)?.length ?? 0;
  }

  /** The step in the top line; NaN while there is none. */
  get step(): number {
    return Number(/step +([\d ]+?) \//.exec(this.rows[0]!)?.[1]?.replaceAll(' ', '') ?? Number.NaN);
  }

  /** Waits until the emulator has taken in all that was written. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#terminal.write('', resolve));
  }

  press(keys: string): void {
    this.#pty.write(keys);
  }

  /** Waits for text on the screen; returns the milliseconds since the program was started. */
  async see(pattern: RegExp, patience = 15_000): Promise<number> {
    await until(() => pattern.test(this.text), patience).catch(() => {
      throw new Error(`${pattern} did not appear; the screen shows:\n${this.text}`);
    });
    return performance.now() - this.started;
  }

  async exit(): Promise<number> {
    await until(() => this.exitCode !== undefined);
    return this.exitCode!;
  }

  /** Tells the program that its terminal is closed, as a dropped connection does. */
  hangUp(): void {
    this.#pty.kill('SIGHUP');
  }

  /** Closes the terminal itself: what is read from it or written to it fails from here on. */
  close(): void {
    (this.#pty as IPty & { destroy(): void }).destroy();
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** Reads nothing more that the program sends, until `resume`. */
  pause(): void {
    this.#pty.pause();
  }

  resume(): void {
    this.#pty.resume();
  }

  kill(): void {
    if (this.exitCode === undefined) this.#pty.kill('SIGKILL');
  }
}
