import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { program, until } from '../../cli/program.ts';
import { leftovers, wholeJournal } from '../checks.ts';
import { patience, pick } from '../common.ts';
import type { Fault } from '../fault.ts';
import { Shell } from '../shell.ts';
import type { Stage } from '../stage.ts';

const ctrlC = '\x03';
const ctrlZ = '\x1a';

/** Longest time from the start of a program to a key, in milliseconds: before, while and after it sets itself up. */
const latest = 1200;

/** The last line of a journal says that the run was stopped and saved, with the snapshot that is there. */
async function requireStopped(stage: Stage, name: string): Promise<void> {
  const last = (await wholeJournal(stage.runFolder(name))).at(-1);
  assert(last?.type === 'run_finished' && last.reason === 'stopped', `the journal ends with ${last?.type}`);
  assert(last.summary.snapshot, 'no snapshot at the end');
}

export const interruptOnce: Fault = {
  name: 'ctrl-c',
  injected: 'ctrl+c once: in a screen that starts, in one that is drawn, in a run without a screen',
  expected: 'the screen leaves or asks, the run goes on; without a screen it is saved, status 130',
  async begin(stage) {
    const run = await stage.going();
    const starting: Trial = async (wait) => {
      const screen = stage.shell(['attach', run.name]);
      await screen.program();
      await sleep(0.2 * wait);
      screen.press(ctrlC);
      await sleep(300);
      // It may have been drawn by then, and asks.
      if (!screen.hasEnded) screen.press('d');
      await screen.ended();
    };
    const drawn: Trial = async () => {
      const screen = stage.shell(['attach', run.name]);
      await screen.see(/● training/, patience);
      screen.press(ctrlC);
      await screen.see(/detach/, patience);
      screen.press('d');
      assert.equal(await screen.ended(), 0);
    };
    const headless: Trial = async (wait) => {
      const name = stage.freshName();
      const shell = stage.shell([...stage.headless(name, 1_000_000)]);
      await shell.see(/preparing/, patience);
      await sleep(wait);
      shell.press(ctrlC);
      assert.equal(await shell.ended(), 130);
      if (!shell.text.includes('nothing was trained')) return requireStopped(stage, name);
      // It ends at once, and what it was writing goes with the next list.
      stage.killed(name);
      await stage.run('snapshots', 'list');
      if (existsSync(stage.runFolder(name))) assert.deepEqual(leftovers(stage.runFolder(name)), []);
    };
    return async (stream, number) => {
      await [starting, drawn, headless][number % 3]!(latest * stream.uniform());
      await run.witness.untilFurther();
    };
  },
};

type Trial = (wait: number) => Promise<void>;

export const interruptTwice: Fault = {
  name: 'ctrl-c-twice',
  injected: 'ctrl+c twice, at any distance: in a screen, in a run without one',
  expected: 'the screen stops the run, saved; without a screen it ends at once, status 130',
  async begin(stage) {
    return async (stream, number) => {
      const name = stage.freshName();
      const isScreen = number % 2 === 0;
      const shell = stage.shell(isScreen ? stage.endless(name) : stage.headless(name, 1_000_000));
      await shell.see(isScreen ? /● training/ : /preparing/, patience);
      await sleep((isScreen ? 100 : latest) * stream.uniform());
      shell.press(ctrlC);
      await sleep(pick(stream, [0, 1, 30, 300]));
      if (!shell.hasEnded) shell.press(ctrlC);
      assert.equal(await shell.ended(), isScreen ? 0 : 130);
      if (isScreen) await requireStopped(stage, name);
      else stage.killed(name);
    };
  },
};

export const stopKey: Fault = {
  name: 'ctrl-z',
  injected: 'ctrl+z and back by `fg`, one to three times, in a shell with job control',
  expected: 'the shell has its terminal while the run goes on; `fg` brings the screen back',
  async begin(stage) {
    const run = await stage.going();
    return async (stream) => {
      // Without an editor of lines, the settings of the terminal are those that the screen leaves.
      const words = ['bash', '--norc', '--noprofile', '--noediting', '-i'];
      const shell = stage.keep(new Shell(words, stage.folder, stage.environment));
      shell.press(`${process.execPath} ${program} attach ${run.name}\r`);
      const times = 1 + stream.integer(3);
      for (let time = 1; time <= times; time++) {
        await shell.see(/● training/, patience);
        await sleep(200 * stream.uniform());
        shell.press(ctrlZ);
        await untilWritten(shell, 'Stopped', time);
        shell.press('stty -a | grep -o -- "-icanon"; echo over-$((1 + 1)); fg\r');
        await untilWritten(shell, 'over-2', time);
      }
      await shell.see(/● training/, patience);
      shell.press('qd');
      // Not before the shell reads again: what is typed into a screen is not for it.
      await until(() => /return +\S.*# $/s.test(shell.raw), patience);
      shell.press('exit\r');
      await shell.ended();
      assert(!/^-icanon/m.test(shell.raw), 'the shell has no line settings of its own while the screen is stopped');
      await run.witness.untilFurther();
    };
  },
};

/** Waits until a text was written so often. */
async function untilWritten(shell: Shell, text: string, times: number): Promise<void> {
  await until(() => shell.raw.split(text).length > times, patience).catch(() => {
    throw new Error(`${text} was not written ${times} times; the terminal shows:\n${shell.text}`);
  });
}

/** Sizes that a terminal has at the least, seldom and at the most. */
const extremes = [
  [1, 1],
  [20, 5],
  [500, 200],
  [1, 200],
  [500, 1],
  [120, 40],
] as const;

/** Asks to leave until the screen asks back: dialogs that keys opened close first, and escape with a key behind it is another key. */
async function untilAsked(screen: Shell): Promise<void> {
  for (let time = 0; time < 20; time++) {
    screen.press('\x1b');
    await sleep(250);
    screen.press('q');
    const isAsked = await screen.see(/leave the screen/, 1000).catch(() => undefined);
    if (isAsked !== undefined) return;
  }
  throw new Error(`it cannot be left; the screen shows:\n${screen.text}`);
}

export const resizes: Fault = {
  name: 'resize',
  injected: '500 resizes a trial, to 1×1, 20×5, 500×200 and anything between, with keys pressed meanwhile',
  expected: 'the screen lives, and draws the last size',
  async begin(stage) {
    const run = await stage.going();
    return async (stream) => {
      const screen = stage.shell(['attach', run.name]);
      await screen.see(/● training/, patience);
      for (let time = 0; time < 500; time++) {
        const [columns, rows] =
          stream.integer(4) === 0 ? pick(stream, extremes) : [1 + stream.integer(300), 1 + stream.integer(100)];
        screen.resize(columns, rows);
        if (stream.integer(10) === 0)
          screen.press(pick(stream, ['\t', '1', '2', '3', '4', '5', '6', '7', '\r', '\x1b', 'v', 'p']));
        if (stream.integer(5) === 0) await sleep(10 * stream.uniform());
      }
      screen.resize(120, 40);
      await screen.see(/● training/, patience);
      await untilAsked(screen);
      screen.press('d');
      await screen.requireRestored();
    };
  },
};
