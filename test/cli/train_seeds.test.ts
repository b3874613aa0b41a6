import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stateHash } from '../../src/snapshots/state_hash.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { killTrainers, sandbox } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});
const words = ['train', 'yang-tiny', '--steps', '60', '--headless'];

const hashOf = async (run: string): Promise<string> =>
  stateHash((await readSnapshot(join(box.folder, 'snapshots', run, 'step-00000060.safetensors'))).snapshot);

test('seeds are ordinary runs, each the same to the byte as by itself, told as mean and spread', async () => {
  const { code, out, err } = await box.run(...words, '--seeds', '2,4', '--name', 'group');
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('2 runs of yang-tiny: 2 seeds');
  expect(out).toMatch(/mean ± sd over seeds\), 2 seeds\nall +[\d.e-]+ ± [\d.e-]+/);
  for (const seed of [2, 4]) {
    const alone = await box.run(...words, '--seed', String(seed), '--threads', '1', '--name', `alone-${seed}`);
    expect(alone.code).toBe(0);
    expect(await hashOf(`group/seed-${seed}`)).toBe(await hashOf(`alone-${seed}`));
  }
  const { cells } = JSON.parse(readFileSync(join(box.folder, 'snapshots/group/sweep.json'), 'utf8'));
  expect(cells.map(({ run }: { run: string }) => run)).toEqual(['seed-2', 'seed-4']);
}, 120_000);

test('on a screen they stand as one; detached they go on, attached to they are seen again, stopped they are saved', async () => {
  const long = ['--seeds', '3', '--steps', '400000', '--name', 'shown', '--jobs', '2'];
  const screen = TerminalSession.open(box.folder, box.environment, ['train', 'yang-tiny', ...long]);
  await screen.see(/seeds {2}\[all\].*0 ● .*1 ● .*2 ○ .*keys act on all 2 that train · panels: seed [01]/, 30_000);
  await screen.see(/mean ± sd of 2 seeds/);
  screen.press(' ');
  await screen.see(/✓ pause · all seeds/);
  await screen.see(/0 ‖ .*1 ‖/);
  screen.press(']]');
  await screen.see(/\[1 ‖\].*keys act on seed 1/);
  screen.press(' ');
  await screen.see(/✓ resume · seed 1/);
  await screen.see(/0 ‖ .*\[1 ● \d+ %\]/);
  screen.press('qd');
  expect(await screen.exit()).toBe(0);
  await screen.settled();
  expect(screen.text).toMatch(/shown: 0 of 3 seeds are done; the others go on\n +return +npx incline attach shown/);

  const again = TerminalSession.open(box.folder, box.environment, ['attach', 'shown']);
  await again.see(/\[all\].*1 ● \d+ %/, 30_000);
  again.press('qs');
  expect(await again.exit()).toBe(0);
  const { cells } = JSON.parse(readFileSync(join(box.folder, 'snapshots/shown/sweep.json'), 'utf8'));
  expect(cells.map(({ state }: { state: string }) => state)).toEqual(['stopped', 'stopped', 'waiting']);
}, 120_000);

test.each([
  [['--seeds', '3', '--seed', '1'], /--seeds goes without --seed; the same command goes on/],
  [['--seeds', '3', '--resume-or-start', '--name', 'x'], /--seeds goes without --resume-or-start/],
  [['--seeds', 'many'], /--seeds: "many" names no seeds/],
  [['--jobs', '2'], /--jobs goes with --seeds/],
])('refuses %j in a line', async (given, message) => {
  const { code, err } = await box.run(...words, ...given);
  expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  expect(err.trim().split('\n')).toHaveLength(1);
});
