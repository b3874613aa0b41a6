import { basename, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { connect } from '../runs/client.ts';
import { listLiveRuns } from '../runs/index.ts';
import { launchTrainer } from '../runs/launch.ts';
import type { LiveRun } from '../trainer/live.ts';
import { closingSummary } from '../ui/closing_summary.ts';
import { showRun } from '../ui/show_run.tsx';
import { exitCode } from './exit.ts';

const program = resolve(process.argv[1]!);

/** Starts the run of a folder in the background and watches it. */
export async function watch(folder: string): Promise<number> {
  return show(await launchTrainer(program, folder, true));
}

/** Starts the run of a folder in the background and says how to get to it. */
export async function detach(folder: string): Promise<number> {
  const { run } = await launchTrainer(program, folder, false);
  process.stdout.write(`${run} is training in the background\n  npx incline attach ${run}\n`);
  return exitCode.done;
}

/** Watches a run that is going; with one run going no name is needed. @throws UserError when there is none or several */
export async function attach(name: string | undefined): Promise<number> {
  const runs = await listLiveRuns();
  const matching = runs.filter((run) => name === undefined || run.run === basename(name));
  if (matching.length !== 1) {
    const going = runs.map(({ run }) => run).join(', ');
    throw new UserError({
      what:
        name === undefined
          ? runs.length === 0
            ? 'no run is going'
            : 'several runs are going'
          : `no run "${name}" is going`,
      expected: going ? `one of ${going}` : undefined,
      fix: going ? undefined : 'start one with incline train',
    });
  }
  return show(matching[0]!);
}

async function show(live: LiveRun): Promise<number> {
  const source = await connect(live.socket, live.dir);
  const { choice, state } = await showRun({ source });
  source.close();
  for (const line of closingSummary(state, choice)) process.stdout.write(`${line}\n`);
  return exitCode.done;
}
