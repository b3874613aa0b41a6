import { existsSync, readFileSync } from 'node:fs';
import { rename as move, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { UserError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { byteSize } from '../../core/format.ts';
import { describeRun, type Located, locate } from '../../runs/library.ts';
import { directoryOf } from '../directory.ts';
import { requireIdle } from '../idle.ts';
import { checkName } from '../names.ts';
import { readPreferences } from '../preferences.ts';
import type { FileArguments } from './arguments.ts';

/** Gives a snapshot, or a run, another name in the same place. @throws UserError when it is taken or cannot be one */
export async function rename({ file, dir, name }: FileArguments & { name: string }): Promise<void> {
  const found = locate(file, directoryOf(dir, readPreferences()));
  const from = found.file ?? found.folder;
  requireOurs(found);
  if (!found.file) await requireIdle(found.folder);
  checkName(name.replace(/\.safetensors$/, ''), '<name>');
  const to = join(dirname(from), found.file && !name.endsWith('.safetensors') ? `${name}.safetensors` : name);
  if (existsSync(to)) throw new UserError({ where: to, what: 'exists already', fix: 'choose another name' });
  await move(from, to);
  if (!found.file) await renameRecord(to);
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

/** `run.json` names the run as its folder does. */
async function renameRecord(folder: string): Promise<void> {
  const path = join(folder, 'run.json');
  const record = JSON.parse(readFileSync(path, 'utf8'));
  await writeFileAtomic(path, `${JSON.stringify({ ...record, run: basename(folder) }, null, 2)}\n`);
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
