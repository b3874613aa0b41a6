import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../src/protocol/events.ts';
import { listSnapshots, readSnapshot } from '../../src/snapshots/store.ts';
import { readJournal } from '../../src/store/journal_reader.ts';
import type { Heard } from './witness.ts';

/** Exit statuses that the program has; anything else is a crash. */
export const statuses = { done: 0, userError: 2, interrupted: 130 } as const;

/** What no one should ever see, whatever happens. */
const blunders: readonly RegExp[] = [
  /this is a bug/,
  /^\s+at .*[(/].*:\d+:\d+\)?$/m,
  /Debugger listening/,
  /node:internal/,
  /UnhandledPromiseRejection/,
  /FATAL ERROR/,
  /Warning:/,
];

export function requireNoBlunder(text: string, whose: string): void {
  for (const blunder of blunders) assert(!blunder.test(text), `${whose} says ${blunder}:\n${text.slice(-3000)}`);
}

/** One clear line on standard error, and that alone. */
export function requireOneLine(err: string, pattern: RegExp = /./): void {
  const lines = err.split('\n').filter((line) => line !== '');
  assert(lines.length === 1, `${lines.length} lines on standard error instead of one:\n${err}`);
  assert(
    /^incline: ./.test(lines[0]!) && pattern.test(lines[0]!),
    `not the message expected (${pattern}): ${lines[0]}`,
  );
}

/** Characters that command a terminal: all control characters but the end of a line, and those that turn text about. */
const commanding = new RegExp(
  `[${String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069`}]`,
);

/** Nothing that moves the cursor, clears, or turns text about: for what was written to a pipe or file. */
export function requirePlain(text: string, whose: string): void {
  const at = text.search(commanding);
  assert(at < 0, `${whose} writes ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 40))}`);
}

/** The events of a journal, which is whole: every line an event, numbered without a gap. */
export async function wholeJournal(folder: string): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const batch of readJournal(join(folder, 'journal.jsonl'))) events.push(...batch);
  for (const [index, { seq }] of events.entries()) assert.equal(seq, index + 1, `line ${index + 1} has number ${seq}`);
  return events;
}

/** How old a line may be that is lost with a trainer that was killed, in milliseconds. */
const lossless = 1000;

/** What a trainer told more than a second before it ended must be in its journal. */
export function requireKept(events: readonly RunEvent[], heard: readonly Heard[], endedAt: number): void {
  const kept = new Map(events.map((event) => [event.seq, event]));
  for (const { event, at } of heard) {
    if (at > endedAt - lossless) continue;
    assert.deepEqual(
      kept.get(event.seq),
      event,
      `line ${event.seq}, told ${Math.round(endedAt - at)} ms before the end`,
    );
  }
}

/** Every snapshot that is listed can be read whole; one that its trainer has given up since then is no loss. @returns their names */
export async function wholeSnapshots(folder: string): Promise<string[]> {
  const whole: string[] = [];
  for (const entry of await listSnapshots(folder)) {
    try {
      assert(!('problem' in entry), 'problem' in entry ? entry.problem : '');
      await readSnapshot(entry.path);
      whole.push(entry.file);
    } catch (error) {
      if (existsSync(entry.path)) throw error;
    }
  }
  return whole;
}

/** Names of half-written files in a folder. */
export function leftovers(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.incline-tmp'));
}

/** `run.json` is whole, or was never written. */
export function requireRecord(folder: string): void {
  try {
    JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
