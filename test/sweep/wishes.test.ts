import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { wantedSweep } from '../../src/cli/sweep/design.ts';
import { granted } from '../../src/cli/sweep/grant.ts';
import { checkSweep, newSweep } from '../../src/cli/sweep/prepare.ts';
import { systemClock } from '../../src/core/clock.ts';
import { extended } from '../../src/sweep/extend.ts';
import type { SweepRecord } from '../../src/sweep/record.ts';
import { answerTo, answerWish, leaveWish, wishesIn } from '../../src/sweep/wishes.ts';
import { ManualClock } from '../trainer/fake_session.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-wishes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const unset = { name: undefined, device: undefined, budget: undefined, steps: undefined };
const flags = {
  ...unset,
  source: 'yang-tiny',
  grid: ['model.heads=2,4'],
  zip: [],
  set: [],
  seeds: '2',
  jobs: 2,
  threads: 1,
};
const askedFor = async (more: object = {}) =>
  (await checkSweep(wantedSweep({ ...flags, ...more } as Parameters<typeof wantedSweep>[0]), {} as never)).asked;

const withStates = (sweep: SweepRecord, ...states: SweepRecord['cells'][number]['state'][]): SweepRecord => ({
  ...sweep,
  cells: sweep.cells.map((cell, i) => ({
    ...cell,
    state: states[i]!,
    ...(states[i] === 'done' && { step: sweep.steps }),
  })),
});
const statesOf = ({ cells }: SweepRecord) => cells.map(({ state }) => state);

it('come in order, stay until they are answered, and whatever else stands there comes to nothing', async () => {
  const file = await leaveWish(folder, { type: 'stop', runs: ['a'] }, systemClock);
  await leaveWish(folder, { type: 'end' }, systemClock);
  writeFileSync(join(folder, '.wish-0.json'), '{"type":"format the disk"}');
  const left = wishesIn(folder);
  expect(left.map(({ wish }) => wish)).toEqual([{ type: 'stop', runs: ['a'] }, { type: 'end' }]);
  expect([answerTo(file), existsSync(join(folder, '.wish-0.json'))]).toEqual(['none', false]);
  // The process that had read them was killed: the next one reads them again.
  expect(wishesIn(folder)).toEqual(left);
  for (const one of left) await answerWish(one, systemClock);
  expect([answerTo(file), wishesIn(folder)]).toEqual(['done', []]);
});

it('that are refused tell whoever asked why, once', async () => {
  const [file, other] = [
    await leaveWish(folder, { type: 'steps', steps: 5 }, systemClock),
    await leaveWish(folder, { type: 'end' }, systemClock),
  ];
  const [one, second] = wishesIn(folder);
  await answerWish(one!, systemClock, 'too many');
  await answerWish(second!, systemClock, 'not now');
  expect([answerTo(file), answerTo(file)]).toEqual([{ refusal: 'too many' }, 'done']);
  const late = new ManualClock();
  late.time = Date.now() + 100_000;
  await answerWish(second!, late);
  expect([answerTo(other), readdirSync(folder)]).toEqual(['done', []]);
});

it('for what cannot be trained are refused before anything is started', async () => {
  const sweep = newSweep(await askedFor());
  const like = sweep.cells[0]!.run;
  const asks = (wish: Parameters<typeof granted>[2]) => () => granted(sweep, folder, wish);
  expect(asks({ type: 'steps', steps: 999_999_999 })).toThrow(/train\.steps.*16/);
  expect(asks({ type: 'seed', like, seed: 2 ** 31 })).toThrow(/seed/);
  expect(asks({ type: 'seed', like: 'gone', seed: 2 })).toThrow(/there is no run gone/);
});

it('stop runs, train them again, and let all go on', async () => {
  const sweep = withStates(newSweep(await askedFor()), 'done', 'running', 'failed', 'waiting');
  const [, running, failed, waits] = sweep.cells.map(({ run }) => run) as [string, string, string, string];
  const stopped = granted(sweep, folder, { type: 'stop', runs: [running, waits] });
  expect([statesOf(stopped.sweep), stopped.stop]).toEqual([
    ['done', 'running', 'failed', 'stopped'],
    [running, waits],
  ]);
  const again = granted(stopped.sweep, folder, { type: 'again', runs: [failed, waits, running] });
  expect(statesOf(again.sweep)).toEqual(['done', 'running', 'waiting', 'waiting']);
  const further = granted(sweep, folder, { type: 'steps', steps: sweep.steps + 10 });
  expect([statesOf(further.sweep), further.sweep.steps]).toEqual([
    ['waiting', 'running', 'failed', 'waiting'],
    sweep.steps + 10,
  ]);
  expect(granted(sweep, folder, { type: 'steps', steps: 1 }).sweep).toEqual(sweep);
});

it('add the very run that the command would with one more seed', async () => {
  const sweep = withStates(newSweep(await askedFor()), 'done', 'done', 'done', 'done');
  const like = sweep.cells[0]!.run;
  const { sweep: more } = granted(sweep, folder, { type: 'seed', like, seed: 2 });
  expect(more.cells).toHaveLength(5);
  const added = more.cells[2]!;
  const byCommand = (await askedFor({ seeds: '3' })).cells.find(({ run }) => run === added.run)!;
  expect(added).toEqual({ ...byCommand, id: added.run, state: 'waiting' });
  expect(granted(more, folder, { type: 'seed', like, seed: 2 }).sweep).toBe(more);
  // The command goes on with it, whatever was added by hand.
  expect(extended(more, await askedFor({ seeds: '3' }), { retry: false }).cells).toHaveLength(6);
});
