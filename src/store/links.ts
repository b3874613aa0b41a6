import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { StorageError } from '../core/files.ts';
import { isParent } from '../protocol/event_check.ts';
import { DamagedLines, readJournal } from './journal_reader.ts';
import { JournalWriter } from './journal_writer.ts';
import { journalPath, storedRecord, storeRecord } from './run_folder.ts';
import { type LockOptions, whileLocked } from './run_lock.ts';

// What names a run or a snapshot elsewhere, and follows where that is renamed or removed.

/** `run.json` names the run as its folder does. */
export async function renameRecord(folder: string): Promise<void> {
  await storeRecord(folder, { ...storedRecord(folder), run: basename(folder) });
}

/** The runs of a directory that came from a snapshot, or a run's folder, which was moved, name it by its new name. */
export async function followParent(directory: string, from: string, to: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const folder = join(directory, name);
    const record = recordWithParent(folder);
    if (!record) continue;
    const file = resolve(folder, record.parent.file);
    if (file !== from && !file.startsWith(from + sep)) continue;
    const moved = to + file.slice(from.length);
    const parent = { ...record.parent, run: basename(dirname(moved)), file: relative(folder, moved) };
    await storeRecord(folder, { ...record, parent });
  }
}

/** The last step in the journal of a run if it says that a snapshot is marked, else undefined. */
export async function markedUntil(folder: string, file: string): Promise<number | undefined> {
  let marked = false;
  let step = 0;
  try {
    for await (const events of readJournal(journalPath(folder), new DamagedLines())) {
      for (const event of events) {
        if (event.type === 'snapshot_marked' && event.file === file) marked = event.marked;
        step = event.step;
      }
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return marked ? step : undefined;
}

/** Lets the journal of a run that nobody trains say that the mark of a snapshot went to its new name. */
export async function moveMark(folder: string, step: number, from: string, to: string): Promise<void> {
  const journal = await JournalWriter.open(journalPath(folder), systemClock);
  journal.append({ type: 'snapshot_marked', step, file: to, marked: true });
  journal.append({ type: 'snapshot_marked', step, file: from, marked: false });
  await journal.close();
}

/** Lets the journal of a run that nobody trains say that a snapshot was removed, where there is a whole journal. */
export async function journalRemoval(folder: string, file: string, lock: LockOptions): Promise<void> {
  if (!existsSync(journalPath(folder))) return;
  try {
    await whileLocked(folder, lock, async () => {
      const journal = await JournalWriter.open(journalPath(folder), systemClock);
      journal.append({ type: 'snapshot_removed', step: journal.step, file, why: 'command' });
      await journal.close();
    });
  } catch (error) {
    // What cannot be said there is seen from the folder.
    if (!(error instanceof UserError || error instanceof StorageError)) throw error;
  }
}

function recordWithParent(folder: string) {
  try {
    const record = storedRecord(folder);
    const { parent } = record;
    return isParent(parent) ? { ...record, parent } : undefined;
  } catch {
    return undefined;
  }
}
