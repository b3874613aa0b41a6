import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { busyWord } from '../core/errors.ts';
import { budgetOf } from './extend.ts';
import { presetWord } from './kept_preset.ts';
import type { Cell, SweepRecord } from './record.ts';

/** How a process that trained a cell ended. */
export interface CellExit {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last line that it said on standard error; empty for none. */
  readonly lastWords: string;
  /** Whether it was refused because another process trains the run, if only for a moment more. */
  readonly isRefused?: boolean;
}

/** A process that trains one cell. */
export interface CellProcess {
  readonly pid: number;
  readonly exit: Promise<CellExit>;
  /** Lets it finish its step, save and end; told twice, it ends at once. */
  tell(): void;
}

export interface CellProgram {
  /** Path of the program's entry file. */
  readonly program: string;
  /** Further words of its command line, for plugins. */
  readonly words: readonly string[];
  /** Added to the niceness of the cells, 0 to 19. */
  readonly nice: number;
}

/** What is added unless said: whoever sits at the machine goes first. */
export const usualNice = 5;

/** Most characters of its standard error that are kept. */
const keptWords = 4096;

/**
 * Trains a cell in a process of its own, as `incline train --resume-or-start` does. It saves and ends when this process
 * is gone, however it ended: the channel between them closes then.
 */
export function startCell(folder: string, sweep: SweepRecord, cell: Cell, how: CellProgram): CellProcess {
  const words = [how.program, ...cellWords(folder, sweep, cell), ...how.words];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let isRefused = false;
  child.on('message', (word) => {
    isRefused ||= word === busyWord;
  });
  // What keeps this process alive is the wait for its end, not the channel.
  child.channel?.unref();
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-keptWords);
  });
  const exit = new Promise<CellExit>((resolve) => {
    child.on('error', ({ message }) => resolve({ status: -1, signal: null, lastWords: message }));
    child.on('close', (status, signal) => resolve({ status, signal, lastWords: lastLine(said), isRefused }));
  });
  beNice(child, how.nice);
  return { pid: child.pid ?? 0, exit, tell: () => child.kill('SIGTERM') };
}

/** The command line that trains a cell, from wherever it was left. */
export function cellWords(folder: string, sweep: SweepRecord, cell: Cell): string[] {
  const { steps, settings } = sweep;
  // Said as steps are: a run that goes on has that of its start else.
  const budget = { 'train.budget_s': budgetOf(sweep) };
  return [
    ...['train', presetWord(folder, sweep), '--dir', folder, '--name', cell.run, '--resume-or-start', '--headless'],
    ...['--seed', String(cell.seed), '--steps', String(steps)],
    ...Object.entries({ ...budget, ...settings, ...cell.settings }).flatMap(([path, value]) => {
      return ['--set', `${path}=${JSON.stringify(value)}`];
    }),
  ];
}

function beNice({ pid }: ChildProcess, nice: number): void {
  if (pid === undefined || nice === 0) return;
  try {
    setPriority(pid, nice);
  } catch {
    // It has ended already, or the system has no such thing.
  }
}

/** What failed stands above where in the program it was called from. */
function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return (lines.findLast((line) => !/^\s+at /.test(line)) ?? '').replace(/^incline: /, '');
}
