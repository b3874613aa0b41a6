import assert from 'node:assert/strict';
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { until } from '../cli/program.ts';
import { requireNoBlunder, requireOneLine, requirePlain, statuses } from './checks.ts';
import { patience } from './common.ts';

export interface ProgramOptions {
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Words of another program that starts it. */
  readonly before?: readonly string[];
  readonly stdio?: StdioOptions;
}

/** The built program without a terminal. */
export class Program {
  out = '';
  err = '';
  /** Its exit status, or the name of the signal that killed it; undefined while it runs. */
  status: number | NodeJS.Signals | undefined;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #what: string;

  constructor(command: readonly string[], cwd: string, environment: NodeJS.ProcessEnv, options: ProgramOptions) {
    this.#what = command.slice(2).join(' ');
    this.#child = spawn(command[0]!, command.slice(1), {
      cwd,
      env: environment,
      stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.out += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.err += text;
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        this.status = code ?? signal!;
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get child(): ChildProcess {
    return this.#child;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (this.status === undefined) this.#child.kill(signal);
  }

  /** Waits until it has written something. */
  async says(pattern: RegExp): Promise<void> {
    await until(() => pattern.test(this.out) || this.status !== undefined, patience, 2);
    assert(pattern.test(this.out), `${this.#what} ended before it said ${pattern}: ${this.out}${this.err}`);
  }

  /** It has ended in a way that is documented, and says nothing that commands a terminal or that nobody should see. */
  async requireSound(): Promise<void> {
    await until(() => this.status !== undefined, patience).catch(() => {
      throw new Error(`${this.#what} does not end: ${this.out.slice(-500)}${this.err.slice(-500)}`);
    });
    for (const text of [this.out, this.err]) {
      requireNoBlunder(text, this.#what);
      requirePlain(text, this.#what);
    }
    if (this.status === 'SIGKILL') return;
    const known = Object.values<unknown>(statuses).includes(this.status);
    assert(known, `${this.#what} ended with ${this.status}: ${this.err.slice(-500)}`);
    if (this.status === statuses.userError) requireOneLine(this.err);
  }
}
