import { resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { requirePlace } from '../../core/place.ts';

/** Where a run is logged besides its journal: event files in its folder, or lines of JSON in a file. */
export type LogName = 'tensorboard' | `jsonl:${string}`;

/** What was asked for, with whole paths. @throws UserError for what is no log, or a file that cannot be written */
export async function logNames(words: readonly string[]): Promise<LogName[]> {
  const names = new Set<LogName>();
  for (const word of words) names.add(await logName(word));
  return [...names];
}

async function logName(word: string): Promise<LogName> {
  if (word === 'tensorboard') return word;
  const [, path] = /^jsonl:(.+)$/s.exec(word) ?? [];
  if (path !== undefined) {
    await requirePlace(resolve(path));
    return `jsonl:${resolve(path)}`;
  }
  const what = `no log "${word}"`;
  if (!word.startsWith('wandb')) throw new UserError({ where: '--log', what, expected });
  throw new UserError({
    where: '--log',
    what: `${what}: W&B does not document the files of its offline runs`,
    expected,
    fix: 'W&B takes curves from snapshots export --to csv in three lines of Python, see .docs/trackers.md',
  });
}

const expected = 'tensorboard or jsonl:PATH';

/** Whether what a record says of logs is as `logNames` makes them. */
export function areLogNames(value: unknown): value is readonly LogName[] {
  const isName = (one: unknown): boolean => one === 'tensorboard' || (typeof one === 'string' && /^jsonl:./.test(one));
  return Array.isArray(value) && value.every(isName);
}
