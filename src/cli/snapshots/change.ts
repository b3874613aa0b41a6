import { existsSync } from 'node:fs';
import { rename as move, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { UserError } from '../../core/errors.ts';
import { byteSize } from '../../core/format.ts';
import { describeRun, type Located, locate } from '../../runs/library.ts';
import { directoryOf } from '../directory.ts';
import { requireIdle } from '../idle.ts';
import { checkName } from '../names.ts';
import { readPreferences } from '../preferences.ts';
import type { FileArguments } from './arguments.ts';
import { followParent, markedUntil, moveMark, renameRecord } from './links.ts';

/** Gives a snapshot, or a run, another name in the same place. @throws UserError when it is taken or cannot be one */
export async function rename({ file, dir, name }: FileArguments & { name: string }): Promise<void> {
  const found = locate(file, directoryOf(dir, readPreferences()));
  const from = found.file ?? found.folder;
  requireOurs(found);
  const marked = found.file ? await markedUntil(found.folder, basename(from)) : undefined;
  // The journal of a run that is being trained is its trainer's alone.
  if (!found.file || marked !== undefined) await requireIdle(found.folder);
  checkName(name.replace(/\.safetensors$/, ''), '<name>');
  const to = join(dirname(from), found.file && !name.endsWith('.safetensors') ? `${name}.safetensors` : name);
  if (existsSync(to)) throw new UserError({ where: to, what: 'exists already', fix: 'choose another name' });
  await move(from, to);
  if (!found.file) await renameRecord(to);
  if (marked !== undefined) await moveMark(found.folder, marked, basename(from), basename(to));
  await followParent(dirname(found.folder), from, to);
  print(`${shown(from)} → ${shown(to)}`);
}

/** Removes a snapshot or a run; asks first. @throws UserError when nobody can be asked */
export async function remove({ file, dir, yes }: FileArguments & { yes: boolean }): Promise<void> {
  const found = locate(file, directoryOf(dir, readPreferences()));
  requireOurs(found);
  const path = found.file ?? found.folder;
  let what = `snapshot ${shown(path)}`;
  if (!found.file) {
    await requireIdle(path);
    const { snapshots } = await describeRun(path);
    const bytes = snapshots.reduce((sum, one) => sum + one.bytes, 0);
    what = `run ${shown(path)} with ${snapshots.length} snapshots (${byteSize(bytes)}), its journal and everything in it`;
  }
  if (!yes && !(await confirmed(what))) return print('nothing removed');
  await rm(path, { recursive: true });
  print(`removed ${shown(path)}`);
}

/** Only what a run left is renamed or removed, never other people's files. */
function requireOurs({ folder, file }: Located): void {
  if (file ? file.endsWith('.safetensors') : existsSync(join(folder, 'run.json'))) return;
  throw new UserError({
    where: file ?? folder,
    what: 'not a snapshot or the folder of a run',
    fix: 'name one of these',
  });
}

async function confirmed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UserError({ what: `would remove ${what}`, fix: 'add --yes to do so without asking' });
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`remove ${what}? [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

function shown(path: string): string {
  return relative(process.cwd(), path) || path;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
