import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { wholeEvents } from './journal.ts';
import { killTrainers, sandbox, until } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
const sessions: TerminalSession[] = [];
const open = (...words: string[]) => {
  const session = TerminalSession.open(box.folder, box.environment, words);
  sessions.push(session);
  return session;
};
const runs = () => readdirSync(join(box.folder, 'snapshots')).sort();
const inRun = (run: string, file: string) => readFileSync(join(box.folder, 'snapshots', run, file), 'utf8');
const journal = (run: string) =>
  wholeEvents(join(box.folder, 'snapshots', run, 'journal.jsonl')) as {
    type: string;
    step: number;
    [key: string]: unknown;
  }[];
const saved = (run: string) => journal(run).filter(({ type }) => type === 'snapshot_saved');
const parentOf = (run: string) => JSON.parse(inRun(run, 'run.json')).parent as { file: string; step: number };

afterEach(() => {
  for (const session of sessions.splice(0)) session.kill();
});
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});

const slowly = ['--set', 'train.steps=1000000', '--set', 'train.pace=100', '--set', 'snapshot.occasions=false'];

/** A run that goes on, with two snapshots by key. */
async function watched(run: string): Promise<TerminalSession> {
  const screen = open('train', 'yang-quick', ...slowly, '--name', run);
  await screen.see(/● training/);
  for (const count of [1, 2]) {
    screen.press('s');
    await until(() => saved(run).length === count);
    const { step } = saved(run).at(-1)!;
    await until(() => screen.step > step + 30);
  }
  return screen;
}

it('b forks from the snapshot in view, which stays, and says from which step; keys that cannot act there say so', async () => {
  const screen = await watched('viewed');
  screen.press(',');
  await screen.see(/pictures of step/);
  screen.press(',');
  const { step, file } = saved('viewed')[0]! as unknown as { step: number; file: string };
  await screen.see(new RegExp(`pictures of step ${step} `));
  for (const key of ['s', '2x', 'o', '>', 'P']) {
    screen.press(key);
    await screen.see(new RegExp(`step ${step} is in view`));
    screen.press('t');
    await screen.see(/colour map|theme/);
  }
  screen.press(':lr 0.002\r');
  await screen.see(new RegExp(`needs a new run: b starts one from step ${step} with it`));
  screen.press('b');
  await screen.see(new RegExp(`forked from viewed at step ${step}`));
  const fork = runs().find((run) => run !== 'viewed')!;
  expect(parentOf(fork)).toMatchObject({ step, file: expect.stringMatching(new RegExp(`${file}$`)) });
  expect(JSON.parse(inRun(fork, 'run.json')).config.train.learning_rate).toBe(0.002);
  expect(journal('viewed').filter(({ type }) => type === 'snapshot_marked')).toMatchObject([{ file, marked: true }]);
  // Nothing was done to the run itself.
  expect(journal('viewed').filter(({ type }) => /mask_applied|control_changed/.test(type))).toEqual([]);
  expect(saved('viewed')).toHaveLength(2);
  screen.press('qs');
  expect(await screen.exit()).toBe(0);
}, 60_000);

it('a snapshot that is removed meanwhile, by hand or by command, is skipped with a word, live and in a replay', async () => {
  const screen = await watched('gone');
  screen.press('s');
  await until(() => saved('gone').length === 3);
  const [first, second, third] = saved('gone') as unknown as { step: number; file: string }[];
  // The screen hears of it after the journal.
  await until(() => screen.step > third!.step);
  rmSync(join(box.folder, 'snapshots/gone', second!.file));
  screen.press(',');
  await screen.see(new RegExp(`pictures of step ${third!.step} `));
  screen.press(',');
  await screen.see(new RegExp(`step ${second!.step} skipped: its file is gone`));
  await screen.see(new RegExp(`pictures of step ${first!.step}\\b`));
  const { code } = await box.run('snapshots', 'remove', `snapshots/gone/${first!.file}`, '--yes');
  expect(code).toBe(0);
  const removed = () => journal('gone').filter(({ type }) => type === 'snapshot_removed');
  await until(() => removed().length === 1);
  expect(removed()).toMatchObject([{ file: first!.file, why: 'command' }]);
  await until(() => screen.step > removed()[0]!.step);
  screen.press('b');
  await screen.see(/has been removed/);
  screen.press(';');
  await screen.see(new RegExp(`pictures of step ${third!.step} `));
  screen.press(';');
  await screen.see(/follow the run again/);
  screen.press('qs');
  expect(await screen.exit()).toBe(0);
  const replay = open('replay', 'gone');
  await replay.see(/replay/);
  replay.press(' N0\r;');
  await replay.see(new RegExp(`step +${third!.step} of`));
  // The last one goes while it is played back.
  const last = saved('gone').at(-1)! as unknown as { step: number; file: string };
  rmSync(join(box.folder, 'snapshots/gone', last.file));
  replay.press(';');
  await replay.see(new RegExp(`step ${last.step} skipped: its file is gone`));
  replay.press('b');
  await replay.see(new RegExp(`forked from gone at step ${third!.step}`));
}, 60_000);
