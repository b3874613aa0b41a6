import { UserError } from '../../core/errors.ts';
import { resolveConfig } from '../../presets/resolve.ts';
import { describeRun, listRuns, locate, type StoredRun } from '../../store/library.ts';
import { requireFit } from '../../trainer/measure/fit.ts';
import { createExperiment } from '../../trainer/session/experiment.ts';
import type { Flags } from '../options/table.ts';
import { exitCode } from '../output/exit.ts';
import { print, tell } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { directoryOf } from '../preferences/directory.ts';
import { openSnapshot } from './open_snapshot.ts';
import { verifyRerun } from './rerun.ts';

type VerifyFlags = Flags<'dir' | 'rerun' | 'from'> & { readonly files: readonly string[] };

/**
 * Reads snapshots whole and says of each whether it can be used and, where asked, whether its run gives it again.
 * @returns the exit status, 2 when one cannot or does not
 */
export async function verify({ files, dir, rerun, from }: VerifyFlags): Promise<number> {
  if (from !== undefined && !(rerun && files.length === 1)) {
    throw new UserError({ what: '--from goes with --rerun and one snapshot' });
  }
  const directory = directoryOf(dir);
  const paths: string[] = [];
  const runs: StoredRun[] = [];
  for (const word of files) {
    const { folder, file } = locate(word, directory);
    if (file) paths.push(file);
    else runs.push(await describeRun(folder));
  }
  if (files.length === 0) runs.push(...(await listRuns(directory)));
  paths.push(...runs.flatMap(({ snapshots }) => snapshots.map(({ path }) => path)));
  const problems = runs.flatMap(({ problem }) => problem ?? []);
  tell(...problems.map((problem) => `incline: ${problem}`));
  let damaged = 0;
  let other = 0;
  for (const path of paths) {
    try {
      if (rerun) {
        if (!(await verifyRerun(path, from))) other++;
        continue;
      }
      const notices = await requireUsable(path);
      const words = notices.length > 0 ? `ok, but ${notices.join('; ')}` : 'ok';
      print(`${shown(path)}: ${words}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      damaged++;
      // Of a plugin the line names the plugin.
      const isNamed = error.complaint.where === path;
      tell(`incline: ${isNamed ? '' : `${shown(path)}: `}${error.message}`);
    }
  }
  const good = paths.length - damaged - other;
  print(`${good} of ${paths.length} snapshots ${rerun ? 'come out again to the byte' : 'can be used'}`);
  return damaged + other + problems.length > 0 ? exitCode.userError : exitCode.done;
}

/** @returns what a person should know of it all the same @throws UserError when nothing can go on from a snapshot */
async function requireUsable(path: string): Promise<readonly string[]> {
  const { snapshot, notices } = await openSnapshot(path);
  const { config } = resolveConfig(snapshot.config, path);
  requireFit(snapshot, createExperiment(config, path, snapshot.task), path);
  return notices;
}
