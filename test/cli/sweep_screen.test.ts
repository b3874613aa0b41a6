import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { killTrainers, sandbox, until } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
const sessions: TerminalSession[] = [];
afterAll(async () => {
  await box.run('stop', '--all', '--yes');
  for (const session of sessions) session.kill();
  killTrainers(box.folder);
  box.remove();
});

function open(...words: string[]): TerminalSession {
  const session = TerminalSession.open(box.folder, box.environment, words);
  sessions.push(session);
  return session;
}

const name = 'yang-tiny-heads';
const recordOf = (sweep = name) => JSON.parse(readFileSync(join(box.folder, 'snapshots', sweep, 'sweep.json'), 'utf8'));
const statesOf = (sweep = name): string[] => recordOf(sweep).cells.map(({ state }: { state: string }) => state);

it('shows a sweep, which goes on without its screen and is stopped, extended and opened from any other', async () => {
  const grid = ['--grid', 'model.heads=2,4', '--seeds', '2', '--jobs', '1', '--threads', '1'];
  const first = open('sweep', 'yang-tiny', ...grid, '--steps', '300000', '--set', 'evaluate.every=100');
  await first.see(/yang-tiny-heads .*4 runs: ● 1 training ○ 3 waiting/);
  await first.see(/heads 2 [^\n]*0\.\d/);
  first.press('q');
  await first.see(/d leaves it going/);
  first.press('d');
  expect(await first.exit()).toBe(0);
  expect(first.text).toMatch(/goes on in the background, 0 of 4 runs are over[\s\S]*incline attach yang-tiny-heads/);

  const second = open('attach');
  await second.see(/● 1 training/);
  // Into a run, and back.
  second.press('\r');
  await second.see(/space pause/);
  second.press('q');
  await second.see(/detach/);
  second.press('d');
  await second.see(/● 1 training/);
  // This run is stopped; the next one begins.
  second.press('x');
  await second.see(/stop 2 runs of heads 2, saved\?/);
  second.press('y');
  await second.see(/■ 2/);
  await until(() => statesOf()[2] === 'running');
  second.press('+');
  await second.see(/adding seed 2/);
  await until(() => recordOf().cells.length === 5);
  second.press('X');
  await second.see(/stop the sweep/);
  second.press('y');
  await second.see(/not going|over/);
  second.press('q');
  expect(await second.exit()).toBe(0);
  expect(statesOf().slice(0, 3)).toEqual(['stopped', 'stopped', 'waiting']);

  // From the home screen it goes on.
  const home = open();
  await home.see(/yang-tiny-heads sweep .*0 \/ 5 runs/);
  home.press('/yang-tiny-heads\r');
  await home.see(/enter open/);
  home.press('\r');
  await home.see(/■ \d/);
  home.press('R');
  await home.see(/● 1 training/);
  home.press('q');
  await home.see(/d leaves it going/);
  home.press('s');
  await home.see(/enter open/, 30_000);
  expect(statesOf()).not.toContain('running');
  home.press('q');
  expect(await home.exit()).toBe(0);
}, 90_000);

it('stops what is in view, not the sweep, from the screen of seeds, and says there why a wish is refused', async () => {
  const sweep = ['sweep', 'yang-tiny', '--grid', 'model.heads=2,4', '--seeds', '2', '--jobs', '2', '--name', 'pair'];
  const screen = open(...sweep, '--threads', '1', '--steps', '900000', '--set', 'evaluate.every=100');
  await screen.see(/● 2 training/);
  await until(() => screen.text.includes('seeds as one'));
  screen.press('a');
  await screen.see(/space pause/);
  screen.press('q');
  await screen.see(/all 2 seeds on this screen save and end/);
  screen.press('s');
  await until(() => statesOf('pair').join() === 'stopped,stopped,running,running', 30_000);
  await screen.see(/■ 2 stopped/);
  // Far more steps than a run can have.
  screen.press('e');
  await screen.see(/1800000/);
  screen.press('99999999\r');
  await screen.see(/y extends/);
  screen.press('y');
  await screen.see(/train\.steps/);
  screen.press('q');
  await screen.see(/d leaves it going/);
  screen.press('s');
  expect(await screen.exit()).toBe(0);
  expect([recordOf('pair').steps, statesOf('pair').includes('running')]).toEqual([900_000, false]);
}, 90_000);

it('leaves what its runs have come to in the terminal', async () => {
  const short = open(
    'sweep',
    'yang-tiny',
    '--grid',
    'model.heads=2,4',
    '--seeds',
    '2',
    '--steps',
    '20',
    '--name',
    'short',
  );
  await short.see(/finished/, 30_000);
  short.press('q');
  expect(await short.exit()).toBe(0);
  expect(short.text).toMatch(
    /short: 4 of 4 runs are done\s+In-domain distance [^\n]*2 seeds\s+heads 2 +[\d.]+ ± [\d.]+\s+heads 4 /,
  );
}, 60_000);
