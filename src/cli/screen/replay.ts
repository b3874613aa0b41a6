import { basename, dirname, join, relative } from 'node:path';
import { Interrupted, UserError } from '../../core/errors.ts';
import { thousands } from '../../core/format.ts';
import { commandLine } from '../../core/own_command.ts';
import { replayFile, replayFolder } from '../../runs/open_replay.ts';
import { locate } from '../../store/library.ts';
import { exitCode } from '../output/exit.ts';
import { note, print } from '../output/output.ts';
import { directoryOf } from '../preferences/directory.ts';
import { compareSnapshots, loadSnapshots } from './compare_snapshots.ts';
import { forkOf } from './fork.ts';
import { screenPreferences, whyNoFullScreen } from './full_screen.ts';
import { shareRun } from './postcards.ts';
import { watch } from './watch.ts';

interface ReplayFlags {
  readonly run: string;
  readonly step?: number | undefined;
  readonly speed?: number | undefined;
  readonly dir?: string | undefined;
}

/** Plays a run back on the screen. @throws UserError when there is no such run, or no terminal */
export async function replay({ run, step, speed, dir }: ReplayFlags, refusal?: string): Promise<number> {
  const { folder, file } = locate(run, directoryOf(dir));
  const opened = file ? await replayFile(file) : await replayFolder(folder, step, speed);
  const obstacle = whyNoFullScreen();
  if (obstacle) {
    opened.close();
    throw new UserError({ ...obstacle, what: `replay needs a full screen, and ${obstacle.what}` });
  }
  note(...opened.notices);
  const { showRun } = await import('../../ui/run/show_run.tsx');
  const { state, fork, compare, interrupted } = await showRun({
    source: opened,
    preferences: screenPreferences(),
    refusal,
    share: shareRun(file ?? folder),
  });
  opened.close();
  if (fork !== undefined) {
    const forked = await forkOf(folder, fork);
    if (forked instanceof UserError) return replay({ run, dir, step: state.step }, `no fork: ${forked.message}`);
    return watch(forked);
  }
  if (compare) {
    const paths = compare.map((file) => join(folder, file));
    const refusal = await compareSnapshots(await loadSnapshots(folder, compare), paths);
    return replay({ run, dir, step: state.step }, refusal);
  }
  const name = relative(process.cwd(), file ?? folder) || basename(file ?? dirname(folder));
  print(`${state.run}: left at step ${thousands(state.step)}`, `  again     ${commandLine('replay', name)}`);
  if (interrupted) throw new Interrupted();
  return exitCode.done;
}
