import assert from 'node:assert/strict';
import { until } from '../cli/program.ts';
import { spawnInTerminal, TerminalSession } from '../cli/terminal.ts';
import { requireNoBlunder } from './checks.ts';
import { patience } from './common.ts';
import { childrenOf, wordsOf } from './processes.ts';

/**
 * A shell as people come back to: it survives the signals that its terminal sends, and tells afterwards how the program
 * ended and in what mode the terminal is.
 */
const script = `
trap : INT QUIT HUP TERM TSTP USR1 USR2
before=$(stty -g)
"$@"
status=$?
trap '' INT QUIT TSTP
printf '\\nended=%s before=%s after=%s.\\n' "$status" "$before" "$(stty -g)"
read -r seen
`;

const report = /ended=(\d+) before=([0-9a-f:]+) after=([0-9a-f:]+)\./;

/** Modes that a terminal is in from the start; all others are off. */
const initially: ReadonlySet<number> = new Set([7, 25]);

/** A program in a pseudo-terminal that belongs to a shell, as a person's does. */
export class Shell extends TerminalSession {
  readonly what: string;
  /** Nothing can give this terminal back: it was closed, or its program was killed. */
  isLost = false;

  constructor(command: readonly string[], folder: string, environment: NodeJS.ProcessEnv, columns = 120, rows = 40) {
    super(spawnInTerminal(['sh', '-c', script, 'sh', ...command], folder, environment, columns, rows));
    this.what = command.slice(2).join(' ');
  }

  /** Number of the program's own process; waits until the shell has started it. */
  async program(): Promise<number> {
    let found: number | undefined;
    await until(
      () => {
        // `stty` comes first.
        found = childrenOf(this.pid).find((pid) => pid > 0 && isProgram(pid));
        return found !== undefined || this.hasEnded;
      },
      patience,
      2,
    );
    assert(found !== undefined, `it ended before it was seen:\n${this.text}`);
    return found;
  }

  get hasEnded(): boolean {
    return report.test(this.raw);
  }

  /** Waits for the end of the program; @returns its exit status as a shell has it: 128 + the signal that killed it */
  async ended(): Promise<number> {
    await until(() => this.hasEnded, patience, 5).catch(() => {
      throw new Error(`${this.what} does not end; its screen shows:\n${this.text}`);
    });
    // The shell waits for this: of a terminal that is closed at once the last words may never be read.
    this.press('\n');
    await this.settled();
    return Number(report.exec(this.raw)![1]);
  }

  /** The terminal is as it was before the program: no alternate screen, cursor shown, no mode left on, echo and lines back. */
  async requireRestored(): Promise<void> {
    await this.ended();
    const on = [...this.modes]
      .filter(([mode, isOn]) => isOn !== initially.has(mode))
      .map(([mode, isOn]) => `?${mode} ${isOn ? 'on' : 'off'}`);
    assert.deepEqual(on, [], `modes of the terminal that ${this.what} left`);
    const [, , before, after] = report.exec(this.raw)!;
    assert.equal(after, before, `the line settings (stty) after ${this.what}`);
    requireNoBlunder(this.text, this.what);
  }
}

/** Not yet the shell's own copy that is about to become it. */
function isProgram(pid: number): boolean {
  return wordsOf(pid)[1]?.endsWith('/main.js') ?? false;
}
