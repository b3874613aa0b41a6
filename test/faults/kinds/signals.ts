import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../cli/program.ts';
import { leftovers, requireOneLine, wholeJournal } from '../checks.ts';
import { patience } from '../common.ts';
import type { Fault } from '../fault.ts';
import { signal as send } from '../processes.ts';
import type { Stage } from '../stage.ts';

/** How a screen ends: of a hang-up as programs do, else interrupted. */
const ofScreens = (signal: NodeJS.Signals): readonly number[] => (signal === 'SIGHUP' ? [129] : [130]);

function fault(signal: NodeJS.Signals): Fault {
  const name = signal.slice(3);
  return {
    name: name.toLowerCase(),
    injected: `${name} to the screen, to its trainer, to a run without a screen, at any moment`,
    expected:
      signal === 'SIGHUP'
        ? 'the screen ends, its run goes on; a run without a screen stops, saved, and says so'
        : 'the screen gives the terminal back, its run goes on; trainers stop, saved, and say so',
    async begin(stage) {
      const watched = await stage.going();
      const screen = async (wait: number): Promise<void> => {
        const shell = stage.shell(['attach', watched.name]);
        const pid = await shell.program();
        await shell.see(/● training/, patience);
        await sleep(0.1 * wait);
        send(pid, signal);
        const status = await shell.ended();
        assert(ofScreens(signal).includes(status), `the screen ends with ${status}: ${shell.text}`);
        await watched.witness.untilFurther();
      };
      const trainer = async (wait: number): Promise<void> => {
        // Whoever closes the terminal of its start does not mean the trainer.
        if (signal === 'SIGHUP') {
          send(watched.pid, signal);
          return watched.witness.untilFurther(20);
        }
        const run = await stage.going();
        await sleep(wait);
        send(run.pid, signal);
        await until(() => run.witness.isClosed, patience).catch(() => {
          throw new Error(`the trainer goes on after ${signal}`);
        });
        await stage.gone(run);
        await requireSaved(stage, run.name);
      };
      const headless = async (wait: number): Promise<void> => {
        const run = stage.freshName();
        const program = stage.start(stage.headless(run, 1_000_000));
        await program.says(/preparing/);
        await sleep(wait);
        send(program.pid, signal);
        await program.ended;
        assert.equal(program.status, 130, `${signal} ends it with ${program.status} ${program.err}`);
        requireOneLine(program.err);
        if (!program.err.includes('nothing was trained')) return requireSaved(stage, run);
        // It ends at once, and what it was writing goes with the next list.
        stage.killed(run);
        await stage.run('snapshots', 'list');
        if (existsSync(stage.runFolder(run))) assert.deepEqual(leftovers(stage.runFolder(run)), []);
      };
      return async (stream, number) => [screen, trainer, headless][number % 3]!(800 * stream.uniform());
    },
  };
}

/** The run was stopped, not cut off, and its last state is in a snapshot. */
async function requireSaved(stage: Stage, name: string): Promise<void> {
  const last = (await wholeJournal(stage.runFolder(name))).at(-1);
  assert(last?.type === 'run_finished' && last.reason === 'stopped', `the journal ends with ${last?.type}`);
  assert(
    last.summary.snapshot?.includes(String(last.step)),
    `stopped at step ${last.step}, saved ${last.summary.snapshot}`,
  );
}

export const signals: readonly Fault[] = (
  ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT'] as const
).map(fault);
