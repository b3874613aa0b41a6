import { existsSync, realpathSync } from 'node:fs';
import { rename as move, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { StorageError } from '../../core/files.ts';
import { byteSize } from '../../core/format.ts';
import { requireOwnFolder } from '../../core/plain_files.ts';
import { joinRun } from '../../runs/join_run.ts';
import { goingAt } from '../../store/going.ts';
import { describeRun, type Located, locateOwn } from '../../store/library.ts';
import { followParent, journalRemoval, markedUntil, moveMark, renameRecord } from '../../store/links.ts';
import { holderOf, refusal } from '../../store/lock_record.ts';
import { readRunRecord, recordPath } from '../../store/run_folder.ts';
import { type RunLock, whileLocked } from '../../store/run_lock.ts';
import { checkName } from '../options/names.ts';
import type { Flags } from '../options/table.ts';
import { confirm } from '../output/confirm.ts';
import { lockOptions } from '../output/lock_options.ts';
import { note, print } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { directoryOf } from '../preferences/directory.ts';

/** Gives a snapshot, or a run, another name in the same place. @throws UserError when it is taken or cannot be one */
export async function rename({ file, dir, name }: Flags<'dir'> & { file: string; name: string }): Promise<void> {
  const found = locateOwn(file, directoryOf(dir));
  const from = found.file ?? found.folder;
  requireOurs(found);
  requireOwnFolder(found.folder);
  if (!found.file) readRunRecord(found.folder);
  checkName(name.replace(/\.safetensors$/, ''), '<name>');
  const to = join(dirname(from), found.file && !name.endsWith('.safetensors') ? `${name}.safetensors` : name);
  const marked = found.file ? await markedUntil(found.folder, basename(from)) : undefined;
  const change = async (lock?: RunLock): Promise<void> => {
    if (existsSync(to)) throw new UserError({ where: to, what: 'exists already', fix: 'choose another name' });
    await move(from, to);
    if (!found.file) {
      lock?.follow(to);
      await renameRecord(to);
    }
    if (marked !== undefined) await moveMark(found.folder, marked, basename(from), basename(to));
    await followParent(dirname(found.folder), from, to);
  };
  // The journal of a run that is being trained is its trainer's alone.
  if (found.file && marked === undefined) await change();
  else await whileLocked(found.folder, lockOptions(), change);
  print(`${shown(from)} → ${shown(to)}`);
}

/** Removes a snapshot or a run; asks first. @throws UserError when nobody can be asked */
export async function remove({ file, dir, yes }: Flags<'dir' | 'yes'> & { file: string }): Promise<void> {
  const found = locateOwn(file, directoryOf(dir));
  requireOurs(found);
  const path = found.file ?? found.folder;
  const change = async (): Promise<void> => {
    if (!yes && !(await confirmed(found.file ? `snapshot ${shown(path)}` : await contentOf(path)))) {
      return print('nothing removed');
    }
    const isRemoved = found.file !== undefined && (await removedByTrainer(found.folder, basename(path)));
    if (!isRemoved) await rm(path, { recursive: true });
    if (found.file && !isRemoved) await journalRemoval(found.folder, basename(path), lockOptions());
    print(`removed ${shown(path)}`);
  };
  if (found.file) return change();
  try {
    await whileLocked(path, lockOptions(), change);
  } catch (error) {
    // A disk that is full takes no lock, and is a reason to remove.
    if (!(error instanceof StorageError)) throw error;
    const holder = holderOf(path, systemClock);
    if (holder) throw refusal(path, holder);
    await change();
  }
}

/** Lets the trainer of a run that goes on remove a snapshot, as the journal is its own; @returns whether it did */
async function removedByTrainer(folder: string, file: string): Promise<boolean> {
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

async function contentOf(run: string): Promise<string> {
  const { snapshots } = await describeRun(run);
  const bytes = snapshots.reduce((sum, one) => sum + one.bytes, 0);
  return `run ${shown(run)} with ${snapshots.length} snapshots (${byteSize(bytes)}), its journal and everything in it`;
}

/** Only what a run left is renamed or removed, never other people's files. */
function requireOurs({ folder, file }: Located): void {
  if (file ? file.endsWith('.safetensors') : existsSync(recordPath(folder))) return;
  throw new UserError({
    where: file ?? folder,
    what: 'not a snapshot or the folder of a run',
    fix: 'name one of these',
  });
}

async function confirmed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UserError({ what: `would remove ${what}`, fix: 'add --yes to do so without asking' });
  return confirm(`remove ${what}`);
}
