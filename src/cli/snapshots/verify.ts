import { dirname, relative } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { resolveConfig } from '../../presets/resolve.ts';
import { describeRun, listRuns, locate } from '../../runs/library.ts';
import { readSnapshot } from '../../snapshots/store.ts';
import { requirePluginsOfFolder } from '../../trainer/files/run_folder.ts';
import { requireFit } from '../../trainer/measure/fit.ts';
import { createExperiment } from '../../trainer/session/experiment.ts';
import { directoryOf } from '../directory.ts';
import { exitCode } from '../exit.ts';
import { readPreferences } from '../preferences.ts';
import type { VerifyArguments } from './arguments.ts';

/** Reads snapshots whole and says of each whether it can be used. @returns the exit status, 2 when one cannot */
export async function verify({ files, dir }: VerifyArguments): Promise<number> {
  const directory = directoryOf(dir, readPreferences());
  const paths: string[] = [];
  for (const word of files) {
    const { folder, file } = locate(word, directory);
    paths.push(...(file ? [file] : (await describeRun(folder)).snapshots.map(({ path }) => path)));
  }
  if (files.length === 0) {
    for (const { snapshots } of await listRuns(directory)) paths.push(...snapshots.map(({ path }) => path));
  }
  let damaged = 0;
  for (const path of paths) {
    try {
      const notices = await requireUsable(path);
      const words = notices.length > 0 ? `ok, but ${notices.join('; ')}` : 'ok';
      process.stdout.write(`${relative(process.cwd(), path)}: ${words}\n`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      damaged++;
      process.stderr.write(`incline: ${error.message}\n`);
    }
  }
  process.stdout.write(`${paths.length - damaged} of ${paths.length} snapshots can be used\n`);
  return damaged > 0 ? exitCode.userError : exitCode.done;
}

/** @returns what a person should know of it all the same @throws UserError when nothing can go on from a snapshot */
async function requireUsable(path: string): Promise<readonly string[]> {
  const { snapshot, notices } = await readSnapshot(path);
  requirePluginsOfFolder(dirname(path));
  const { config } = resolveConfig(snapshot.config, path);
  requireFit(snapshot, createExperiment(config, path, snapshot.task), path);
  return notices;
}
