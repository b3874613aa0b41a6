import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from 'vitest';
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
const journal = (run: string) =>
  wholeEvents(join(box.folder, 'snapshots', run, 'journal.jsonl')) as {
    type: string;
    step: number;
    [key: string]: unknown;
  }[];

afterEach(() => {
  for (const session of sessions.splice(0)) session.kill();
});
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});

const endless = ['train', 'yang-quick', '--set', 'train.steps=16000000', '--name'];

test('a newcomer starts the program: first frame, first curve, a changing picture, a clean end', async () => {
  const screen = open('train', 'yang-quick', '--steps', '150', '--name', 'first');
  const firstFrame = await screen.see(/incline/);
  const firstCurve = await screen.see(/[⠁-⣿]/);
  console.log(`first frame after ${Math.round(firstFrame)} ms, first curve after ${Math.round(firstCurve)} ms`);
  await screen.see(/finished/);
  expect(screen.rows.at(-1)).toContain('q leave');
  screen.press('q');
  expect(await screen.exit()).toBe(0);
  // The closing summary stays, after the alternate screen is left.
  expect(screen.raw).toContain('\u001b[?1049l');
  expect(screen.text).toContain('step-00000150.safetensors');
});

test('parts are pruned, clamped and brought back while the run trains at full speed', async () => {
  const screen = open(...endless, 'pruned', '--set', 'train.pace=0');
  await screen.see(/● training/);
  await screen.see(/in-domain intact [\d.e-]+( ± \S+)?( at [\d ]+)? +heads L0 by magnitude/);
  const masks = () => journal('pruned').filter((event) => event.type === 'mask_applied');
  // Key to what stands on the screen: the new state in the bar, which follows the evaluation that comes with it.
  const times: number[] = [];
  screen.press('2');
  for (let round = 0; round < 10; round++) {
    const pressed = performance.now();
    screen.press('x');
    await until(
      () => /✕1 pruned probe/.test(screen.text) === (round % 2 === 0) && masks().length === round + 1,
      5000,
      2,
    );
    times.push(performance.now() - pressed);
  }
  const median = times.sort((a, b) => a - b)[5]!;
  console.log(`key to the mask in force and its effect measured: ${Math.round(median)} ms (median of ten)`);
  expect(median).toBeLessThan(1000);
  screen.press('x');
  screen.press('P');
  await screen.see(/✕1 pruned CLAMP/);
  // The screen may show it a moment before the journal holds it.
  await until(() => masks().at(-1)?.['revision'] === 12);
  const clamped = masks().at(-1)!;
  expect(clamped).toMatchObject({ scope: 'clamp', edits: [], revision: 12 });
  const after = journal('pruned');
  const at = after.findIndex((event) => event['revision'] === 12);
  expect(after[at + 1]).toMatchObject({ type: 'evaluated', step: clamped.step });
  screen.press('uu');
  await screen.see(/ {4}probe/);
  await until(() => masks().at(-1)?.['revision'] === 14);
  expect(masks().slice(-2)).toMatchObject([{ scope: 'probe', edits: [] }, { edits: ['+L0H0'] }]);
  screen.press('\x12');
  await screen.see(/✕1 pruned probe/);
  await until(() => journal('pruned').some((event) => event.type === 'ledger' && event['revision'] === 15));
  screen.press(':noise 0.5\r');
  await screen.see(/noise 0\.500 .*from step/);
  expect(journal('pruned').findLast((event) => event.type === 'control_changed')).toMatchObject({
    from: 0.01,
    to: 0.5,
  });
  screen.press(':length 4\r');
  await screen.see(/length 4 needs a new run: b starts one with it/);
  screen.press('qs');
  await screen.exit();
  expect(journal('pruned').at(-1)).toMatchObject({ type: 'run_finished', reason: 'stopped' });
});

test('keys steer the run: pause, one step, snapshot, pace, resume, stop and save', async () => {
  const screen = open(...endless, 'keys');
  await screen.see(/● training/);
  const at = () => journal('keys').findLast((event) => event.type === 'metrics')?.step ?? 0;
  await until(() => at() > 0);
  screen.press(' ');
  await screen.see(/paused/);
  const before = at();
  screen.press('.');
  await until(() => at() === before + 1);
  screen.press('s');
  await until(() => journal('keys').some((event) => event.type === 'snapshot_saved' && event.step === before + 1));
  screen.press('}');
  await until(() => journal('keys').some((event) => event['path'] === 'train.pace' && event['to'] === 200));
  screen.press(' ');
  await screen.see(/● training/);
  screen.press('q');
  await screen.see(/detach/);
  screen.press('s');
  expect(await screen.exit()).toBe(0);
  expect(journal('keys').at(-1)).toMatchObject({ type: 'run_finished', reason: 'stopped' });
  expect(screen.text).toContain('--resume');
});

test('a picked snapshot stays while it is picked, and one that is gone is refused on the screen', async () => {
  const screen = open(...endless, 'picked', '--set', 'train.pace=50', '--set', 'snapshot.spread=0');
  await screen.see(/● training/);
  const saved = () => journal('picked').filter(({ type, why }) => type === 'snapshot_saved' && why === 'best');
  const marks = () => journal('picked').filter(({ type }) => type === 'snapshot_marked');
  await until(() => saved().length > 0);
  // The screen hears of it after the journal.
  await screen.see(/snapshot at step/);
  screen.press('c');
  await screen.see(/is picked; go to another/);
  await until(() => marks().length === 1);
  const { file } = marks()[0] as unknown as { file: string };
  await until(() => saved().at(-1)!['file'] !== file && saved().length > 2);
  const path = join(box.folder, 'snapshots', 'picked', file);
  expect(existsSync(path)).toBe(true);
  screen.press('c');
  await screen.see(/metrics at the end/);
  screen.press('q');
  await screen.see(/● training/);
  // Neither mark outlasts the comparison, and the file is given up.
  await until(() => marks().filter(({ marked }) => marked === false).length === 2);
  await until(() => !existsSync(path));
  screen.press('c');
  await until(() => marks().length === 5);
  rmSync(join(box.folder, 'snapshots', 'picked', String(marks().at(-1)!['file'])));
  const count = saved().length;
  await until(() => saved().length > count);
  screen.press('c');
  await screen.see(/is no longer there/);
  await screen.see(/● training/);
});

test('detach and attach: the run goes on meanwhile, and nothing is missing', async () => {
  const first = open(...endless, 'away');
  await first.see(/● training/);
  first.press('q');
  await first.see(/detach/);
  first.press('d');
  expect(await first.exit()).toBe(0);
  expect(first.text).toContain('incline attach away');
  const left = journal('away').at(-1)!.step;
  await until(() => journal('away').at(-1)!.step > left + 20);
  const second = open('attach', 'away');
  await second.see(/● training/);
  const steps = journal('away').flatMap((event) => (event.type === 'metrics' ? [event.step] : []));
  expect(steps.every((step, i) => i === 0 || step > steps[i - 1]!)).toBe(true);
  second.press('\u0003');
  await second.see(/detach/);
  second.press('\u0003');
  expect(await second.exit()).toBe(0);
  expect(journal('away').at(-1)).toMatchObject({ type: 'run_finished', reason: 'stopped' });
});

test('attach finds a run by its folder from anywhere, also beside another of its name', async () => {
  const elsewhere = sandbox();
  try {
    const begin = (where: typeof box, seed: string) =>
      where.run(...endless, 'twin', '--detach', '--paused', '--seed', seed);
    await begin(box, '7');
    const folder = join(box.folder, 'snapshots', 'twin');
    // Its temporary folders are others, so that no index there has heard of the run.
    const watch = async () => {
      const screen = TerminalSession.open(elsewhere.folder, elsewhere.environment, ['attach', folder]);
      sessions.push(screen);
      await screen.see(/twin[^\n]* seed 7 /);
    };
    await watch();
    await begin(elsewhere, '8');
    await watch();
  } finally {
    killTrainers(elsewhere.folder);
    elsewhere.remove();
  }
});

test('a closed terminal and a killed screen leave the run alone', async () => {
  const screen = open(...endless, 'dropped');
  await screen.see(/● training/);
  screen.hangUp();
  await until(() => screen.exitCode !== undefined);
  const left = journal('dropped').at(-1)!.step;
  await until(() => journal('dropped').at(-1)!.step > left + 20);
  const again = open('attach', 'dropped');
  await again.see(/● training/);
  again.kill();
  await until(() => again.exitCode !== undefined);
  const killed = journal('dropped').at(-1)!.step;
  await until(() => journal('dropped').at(-1)!.step > killed + 20);
  expect(existsSync(join(box.folder, 'snapshots', 'dropped', 'run.json'))).toBe(true);
});

test('the screen is there before the trainer answers, and left says how to come back', async () => {
  const screen = open(...endless, 'early');
  await screen.see(/○ starting[\s\S]*the engine starts; in a moment/);
  // The second key is for a trainer that has answered meanwhile.
  screen.press('q');
  screen.press('d');
  expect(await screen.exit()).toBe(0);
  await screen.see(/early: detached, the run goes on[\s\S]*npx incline attach early/);
  // That is still so.
  const again = open('attach', 'early');
  await again.see(/● training/);
  again.press('q');
});

test('keys typed before the first frame are not echoed, and mean what they mean later', async () => {
  const screen = open(...endless, 'typed');
  await screen.see(/starting typed …/);
  await sleep(100);
  screen.press('6');
  await screen.see(/▸ 6 pruning/);
  const before = screen.raw.slice(screen.raw.indexOf('…') + 1, screen.raw.indexOf('\u001b[?1049h'));
  expect(before).not.toContain('6');
  screen.press('q');
});
