import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../cli/program.ts';
import { requireOneLine } from '../checks.ts';
import { patience, pick } from '../common.ts';
import type { Fault } from '../fault.ts';
import { isAlive, signal } from '../processes.ts';
import type { Shell } from '../shell.ts';
import type { Going, Stage } from '../stage.ts';

/** Longest time after its start at which a screen is lost, in milliseconds: it is drawn after about half of that. */
const latest = 1000;

/** Trials that lose the screen of a run which goes on, at a moment between its start and a few frames later. */
function ofScreen(lose: (screen: Shell, pid: number) => void): Fault['begin'] {
  return async (stage) => {
    const run = await stage.going();
    return async (stream, number) => {
      const screen = stage.shell(['attach', run.name]);
      screen.isLost = true;
      const pid = await screen.program();
      await sleep(latest * stream.uniform());
      lose(screen, pid);
      await until(() => !isAlive(pid), patience).catch(() => {
        throw new Error('the screen goes on without a terminal');
      });
      await run.witness.untilFurther();
      if (number % 10 === 0) await comesBack(stage, run);
    };
  };
}

/** The run can be watched again, and the screen left by the keyboard. */
async function comesBack(stage: Stage, run: Going): Promise<void> {
  const screen = stage.shell(['attach', run.name]);
  await screen.see(/● training/, patience);
  screen.press('qd');
  await screen.requireRestored();
}

export const killScreen: Fault = {
  name: 'kill-screen',
  injected: 'kill -9 of the screen, while it starts and while it draws',
  expected: 'the run goes on and can be watched again',
  begin: ofScreen((_, pid) => signal(pid, 'SIGKILL')),
};

export const closedTerminal: Fault = {
  name: 'closed-terminal',
  injected: 'the terminal is closed, with the hang-up that its shell passes on',
  expected: 'the screen ends, the run goes on and can be watched again',
  begin: ofScreen((screen, pid) => {
    screen.close();
    signal(pid, 'SIGHUP');
  }),
};

export const readError: Fault = {
  name: 'eio',
  injected: 'reading from and writing to the terminal fails (EIO), with no signal',
  expected: 'the screen ends, the run goes on and can be watched again',
  begin: ofScreen((screen) => screen.close()),
};

/** Commands whose reader goes away, and whether they train. */
const piped: readonly ((stage: Stage) => readonly string[])[] = [
  (stage) => stage.headless(stage.freshName(), 100_000),
  (stage) => [...stage.headless(stage.freshName(), 100_000), '--json'].filter((word) => word !== '--headless'),
  () => ['presets', 'list'],
  () => ['presets', 'show', 'yang-quick'],
];

export const brokenPipe: Fault = {
  name: 'epipe',
  injected: 'the reader of standard output goes away (EPIPE), as `| head -1` does',
  expected: 'a run stops, is saved and says so in one line; other commands end without a word',
  async begin(stage) {
    return async (stream) => {
      const program = stage.start(pick(stream, piped)(stage));
      await new Promise((resolve) => program.child.stdout!.once('data', resolve));
      await sleep(200 * stream.uniform());
      program.child.stdout!.destroy();
      await program.ended;
      if (program.err !== '') requireOneLine(program.err, /closed/);
    };
  },
};
