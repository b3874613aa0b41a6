import { existsSync, realpathSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { StorageError, writeFileAtomic } from '../../core/files.ts';
import { readJson } from '../../core/plain_files.ts';
import { isParent } from '../../protocol/event_check.ts';
import type { Parent } from '../../protocol/events.ts';
import { joinRun } from '../../runs/join_run.ts';
import { goingAt } from '../../store/going.ts';
import { DamagedLines, readJournal } from '../../store/journal_reader.ts';
import { JournalWriter } from '../../store/journal_writer.ts';
import { journalPath, largestRecord, recordPath } from '../../store/run_folder.ts';
import { whileLocked } from '../../store/run_lock.ts';
import { lockOptions } from '../output/lock_options.ts';
import { note } from '../output/output.ts';

/** What `run.json` says, as it stands there. */
type StoredRecord = Readonly<Record<string, unknown>>;

/** `run.json` names the run as its folder does. */
export async function renameRecord(folder: string): Promise<void> {
  await writeRecord(folder, { ...readRecord(folder), run: basename(folder) });
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
    await writeRecord(folder, { ...record, parent });
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

/** Lets the trainer of a run that goes on remove a snapshot, as the journal is its own; @returns whether it did */
export async function removedByTrainer(folder: string, file: string): Promise<boolean> {
  const going = goingAt(realpathSync(folder));
  if (!going) return false;
  try {
    const trainer = await joinRun(going, note);
    const { ok } = await trainer.request({ type: 'remove', file });
    trainer.close();
    return ok;
  } catch {
    // Gone meanwhile, or of a version that does not know how: the file is removed all the same, and found to be gone.
    return false;
  }
}

/** Lets the journal of a run that nobody trains say that a snapshot was removed, where there is a whole journal. */
export async function journalRemoval(folder: string, file: string): Promise<void> {
  if (!existsSync(journalPath(folder))) return;
  try {
    await whileLocked(folder, lockOptions(), async () => {
      const journal = await JournalWriter.open(journalPath(folder), systemClock);
      journal.append({ type: 'snapshot_removed', step: journal.step, file, why: 'command' });
      await journal.close();
    });
  } catch (error) {
    // What cannot be said there is seen from the folder.
    if (!(error instanceof UserError || error instanceof StorageError)) throw error;
  }
}

function readRecord(folder: string): StoredRecord {
  return readJson(recordPath(folder), largestRecord) as StoredRecord;
}

function recordWithParent(folder: string): (StoredRecord & { readonly parent: Parent }) | undefined {
  try {
    const record = readRecord(folder);
    return isParent(record['parent']) ? { ...record, parent: record['parent'] as Parent } : undefined;
  } catch {
    return undefined;
  }
}

async function writeRecord(folder: string, record: StoredRecord): Promise<void> {
  await writeFileAtomic(recordPath(folder), `${JSON.stringify(record, null, 2)}\n`);
}
