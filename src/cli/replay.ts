import { basename, dirname, relative } from 'node:path';
import { UserError } from '../core/errors.ts';
import { thousands } from '../core/format.ts';
import { locate } from '../runs/library.ts';
import { replayFile, replayFolder } from '../runs/open_replay.ts';
import { directoryOf } from './directory.ts';
import { exitCode } from './exit.ts';
import { readPreferences } from './preferences.ts';
import { compareSnapshots, forkFrom, loadSnapshots, screenPreferences, whyNoFullScreen } from './screen.ts';

interface ReplayFlags {
  readonly run: string;
  readonly step?: number | undefined;
  readonly dir?: string | undefined;
}

/** Plays a run back on the screen. @throws UserError when there is no such run, or no terminal */
export async function replay({ run, step, dir }: ReplayFlags, refusal?: string): Promise<number> {
  const { folder, file } = locate(run, directoryOf(dir, readPreferences()));
  const opened = file ? await replayFile(file) : await replayFolder(folder, step);
  const obstacle = whyNoFullScreen();
  if (obstacle) {
    opened.close();
    throw new UserError({ ...obstacle, what: `replay needs a full screen, and ${obstacle.what}` });
  }
  for (const notice of opened.notices) process.stderr.write(`note: ${notice}\n`);
  const { showRun } = await import('../ui/show_run.tsx');
  const { state, fork, compare } = await showRun({ source: opened, preferences: screenPreferences(), refusal });
  opened.close();
  if (fork !== undefined) return forkFrom(folder, fork);
  if (compare) {
    const refusal = await compareSnapshots(await loadSnapshots(folder, compare));
    return replay({ run, dir, step: state.step }, refusal);
  }
  const name = relative(process.cwd(), file ?? folder) || basename(file ?? dirname(folder));
  process.stdout.write(`${state.run}: left at step ${thousands(state.step)}\n  again     npx incline replay ${name}\n`);
  return exitCode.done;
}
