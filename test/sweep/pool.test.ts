import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { type CellExit, type CellProcess, cellWords } from '../../src/sweep/cell_process.ts';
import type { Values } from '../../src/sweep/cells.ts';
import { keepPreset, presetWord } from '../../src/sweep/kept_preset.ts';
import type { Memory } from '../../src/sweep/memory.ts';
import { runPool } from '../../src/sweep/pool.ts';
import type { Cell, SweepRecord } from '../../src/sweep/record.ts';
import { strangerIn } from '../../src/sweep/stranger.ts';
import { example } from '../snapshots/example.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-pool-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function sweepOf(count: number): SweepRecord {
  const cells = Array.from({ length: count }, (_, i): Cell => {
    return { id: `c${i}`, run: `c${i}`, settings: {}, seed: i, state: 'waiting', config_sha256: '' };
  });
  const rest = { grid: {}, zip: {}, seeds: [0], settings: {}, steps: 0, config: {}, created: '', versions: {} };
  return { v: 1, name: 's', preset: 'p', ...rest, cells };
}

const done: CellExit = { status: 0, signal: null, lastWords: '' };

/** Runs a pool whose processes end as told, and notes how many ran at a time and what was kept. */
async function pooled(
  count: number,
  jobs: number,
  endingOf: (cell: Cell, start: number) => CellExit | 'until told',
  {
    steps = 0,
    tellAfter,
    memory,
    tellWhile,
  }: { steps?: number; tellAfter?: number; memory?: Memory; tellWhile?: (record: SweepRecord) => boolean } = {},
) {
  const told = new AbortController();
  const starts = new Map<string, number>();
  const kept: SweepRecord[] = [];
  let [going, most] = [0, 0];
  const start = (_: SweepRecord, cell: Cell): CellProcess => {
    const number = (starts.get(cell.run) ?? 0) + 1;
    starts.set(cell.run, number);
    most = Math.max(most, ++going);
    const ending = endingOf(cell, number);
    let tell: () => void = () => undefined;
    const exit = new Promise<CellExit>((resolve) => {
      if (ending !== 'until told') setTimeout(() => resolve(ending), 5);
      tell = () => resolve({ status: 130, signal: null, lastWords: '' });
    }).finally(() => going--);
    return { pid: 0, exit, tell };
  };
  if (tellAfter !== undefined) setTimeout(() => told.abort('SIGTERM'), tellAfter);
  const end = await runPool({ ...sweepOf(count), steps }, folder, {
    jobs,
    clock: systemClock,
    ...(memory && { memory }),
    told: told.signal,
    start,
    keep: async (record) => {
      kept.push(record);
      if (tellWhile?.(record)) told.abort('SIGTERM');
    },
    onBusy: () => undefined,
    onChange: () => undefined,
  });
  return { end, most, starts, kept, states: end.cells.map(({ state }) => state) };
}

it('trains so many at a time, each once', async () => {
  const { states, most, starts, kept, end } = await pooled(7, 3, () => done);
  expect(new Set(states)).toEqual(new Set(['done']));
  expect(most).toBe(3);
  expect([...starts.values()]).toEqual(Array(7).fill(1));
  expect(kept.at(-1)).toEqual(end);
});

it('trains no more at a time than there is memory for, also before those that began have grown', async () => {
  const megabytes = (available: number, peak: number): Memory => ({
    available: () => 1e6 * available,
    peak: () => 1e6 * peak,
  });
  // Of 450 MB one that has begun is yet to take 150, two 300.
  expect((await pooled(4, 4, () => done, { memory: megabytes(450, 0) })).most).toBe(2);
  expect((await pooled(4, 4, () => done, { memory: megabytes(450, 150) })).most).toBe(4);
  expect((await pooled(2, 2, () => done, { memory: megabytes(100, 150) })).most).toBe(1);
});

it('keeps why one failed and trains the others', async () => {
  const failed: CellExit = { status: 2, signal: null, lastWords: 'the run diverged' };
  const { end, states } = await pooled(3, 2, ({ run }) => (run === 'c1' ? failed : done));
  expect(states).toEqual(['done', 'failed', 'done']);
  expect(end.cells[1]!.reason).toBe('the run diverged');
});

it('starts one again that was killed, and gives up when it does not get on', async () => {
  const killed: CellExit = { status: null, signal: 'SIGKILL', lastWords: '' };
  const once = await pooled(1, 1, (_, start) => (start === 1 ? killed : done));
  expect([once.states, once.starts.get('c0')]).toEqual([['done'], 2]);
  const always = await pooled(1, 1, () => killed);
  expect(always.starts.get('c0')).toBe(3);
  expect(always.end.cells[0]).toMatchObject({ state: 'failed', reason: expect.stringContaining('SIGKILL 3 times') });
});

it('waits with one that another process trains for a moment more', async () => {
  const refused: CellExit = { status: 2, signal: null, lastWords: 'being trained by process 7', isRefused: true };
  const { states, starts } = await pooled(1, 1, (_, start) => (start === 1 ? refused : done));
  expect([states, starts.get('c0')]).toEqual([['done'], 2]);
});

it('told to end, tells those that are trained and starts no other', async () => {
  const { states, starts } = await pooled(4, 2, () => 'until told', { tellAfter: 50 });
  expect(states).toEqual(['stopped', 'stopped', 'waiting', 'waiting']);
  expect(starts.size).toBe(2);
});

it('starts none of which it was told to end while it wrote that down', async () => {
  const isRunning = ({ cells }: SweepRecord) => cells.some(({ state }) => state === 'running');
  const { states, starts } = await pooled(2, 2, () => 'until told', { tellWhile: isRunning });
  expect([states, starts.size]).toEqual([['waiting', 'waiting'], 0]);
});

const { config } = example;
const { heads } = config.model as { heads?: unknown };

/** A folder of a run as `train` makes it. */
function standing(run: string, seed = 5, own = config): void {
  mkdirSync(join(folder, run));
  const record = { v: 1, run, config: own, seed, started: '2026-01-01T00:00:00.000Z', source: '' };
  writeFileSync(join(folder, run, 'run.json'), JSON.stringify(record));
}

it('trains no run of other settings that stands under the name of one of its own', async () => {
  await keepPreset(folder, sweepOf(0), config);
  standing('c1');
  const cell = (settings: Values, seed = 5, run = 'c1') => ({ run, settings, seed });
  const found = (...of: Parameters<typeof cell>) => strangerIn(folder, sweepOf(2), cell(...of));
  expect(found({ 'model.heads': heads })).toBeUndefined();
  expect(found({ 'model.heads': heads }, 6)).toMatch(/another run stands in its folder, of seed 5 instead of 6/);
  expect(found({ 'model.heads': 99 })).toMatch(/model\.heads \d+ instead of 99; rename or remove it/);
  expect(found({ 'model.heads': 99 }, 5, 'c0')).toBeUndefined();
  // What it does not vary counts as well, but for what people change while it is trained.
  standing('c2', 5, { ...config, train: { ...config.train, optimizer: 'sgd', learning_rate: 7 } });
  expect(found({}, 5, 'c2')).toMatch(/of train\.optimizer sgd instead of adam;/);
  standing('c3', 5, { ...config, train: { ...config.train, learning_rate: 7, steps: 9 } });
  expect(found({}, 5, 'c3')).toBeUndefined();
  expect(found({ 'train.learning_rate': 8 }, 5, 'c3')).toMatch(/of train\.learning_rate 7 instead of 8;/);
  const { end, starts } = await pooled(2, 1, () => done);
  expect(end.cells.map(({ state }) => state)).toEqual(['done', 'failed']);
  expect(starts.has('c1')).toBe(false);
});

it('takes a run for its own that a version of the program began which had fewer settings', async () => {
  await keepPreset(folder, sweepOf(0), config);
  const { clip_norm: _, ...train } = config.train;
  standing('c1', 5, { ...config, train: train as typeof config.train });
  expect(strangerIn(folder, sweepOf(2), { run: 'c1', settings: {}, seed: 5 })).toBeUndefined();
});

it('takes no run for done that another took the place of while it was trained', async () => {
  await keepPreset(folder, sweepOf(0), config);
  const { end } = await pooled(1, 1, ({ run }) => {
    standing(run, 77);
    return done;
  });
  expect(end.cells[0]).toMatchObject({ state: 'failed', reason: expect.stringContaining('of seed 77 instead of 0') });
});

it('takes no run for done that ended well before its last step', async () => {
  const { end } = await pooled(1, 1, () => done, { steps: 5 });
  const reason = 'ended without an error, saved at step 0 of 5';
  expect(end.cells[0]).toMatchObject({ state: 'stopped', reason });
});

it('keeps the preset of its cells as it was, and refuses one by which a run would be another', async () => {
  const sweep: SweepRecord = { ...sweepOf(2), preset: 'mine.json' };
  await keepPreset(folder, sweep, config);
  const word = presetWord(folder, sweep);
  expect(JSON.parse(readFileSync(word, 'utf8'))).toEqual(config);
  expect(cellWords(folder, sweep, sweep.cells[1]!).slice(0, 2)).toEqual(['train', word]);
  // Steps, time and titles may change from one command to the next.
  const renamed = { ...config, title: 'other', train: { ...config.train, budget_s: 9 } };
  await keepPreset(folder, sweep, renamed);
  expect(JSON.parse(readFileSync(word, 'utf8'))).toEqual(renamed);
  const edited = { ...renamed, train: { ...config.train, beta1: 0.5 } };
  await expect(keepPreset(folder, sweep, edited)).rejects.toThrow(/mine\.json was edited, and its runs .*--name/);
  expect(JSON.parse(readFileSync(word, 'utf8'))).toEqual(renamed);
});

it('says to each of its runs how long it may train, also one that goes on', () => {
  const budget = (seconds: number): SweepRecord => ({ ...sweepOf(1), config: { train: { budget_s: seconds } } });
  const words = (sweep: SweepRecord) => cellWords(folder, sweep, sweep.cells[0]!);
  expect(words(budget(30))).toContain('train.budget_s=30');
  expect(words(budget(0))).toContain('train.budget_s=0');
  const varied = { ...budget(30), cells: [{ ...sweepOf(1).cells[0]!, settings: { 'train.budget_s': 5 } }] };
  expect(words(varied).filter((word) => word.startsWith('train.budget_s'))).toEqual(['train.budget_s=5']);
});

it('answers what was asked for once it is written down, and not before', async () => {
  const kept: SweepRecord[] = [];
  let answered: SweepRecord | undefined;
  const answer = async (): Promise<void> => {
    answered = kept.at(-1);
  };
  const [more, none] = [sweepOf(2), { ...sweepOf(0), steps: 0 }];
  const start = (): CellProcess => {
    return { pid: 0, exit: Promise.resolve(done), tell: () => undefined };
  };
  await runPool(none, folder, {
    jobs: 1,
    clock: systemClock,
    told: new AbortController().signal,
    start,
    keep: async (record) => void kept.push(record),
    onBusy: () => undefined,
    onChange: () => undefined,
    wanted: (sweep) => {
      if (answered) return { sweep, stop: [] };
      return { sweep: more, stop: [], answer };
    },
  });
  expect(answered).toBe(more);
  expect(kept.at(-1)!.cells.map(({ state }) => state)).toEqual(['done', 'done']);
});
