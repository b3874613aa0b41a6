import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { RunLock } from '../../src/store/run_lock.ts';
import { SweepFollower } from '../../src/sweep/follow.ts';
import { curveOf, matrixOf, secondsLeft, shareDone, spreadOver } from '../../src/sweep/overview.ts';
import { fakeSweep, steps } from '../ui/sweep/fake_sweep.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-follow-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(states: Parameters<typeof fakeSweep>[0]): void {
  writeFileSync(join(folder, 'sweep.json'), JSON.stringify(fakeSweep(states).sweep));
}

/** Adds events to the journal of a run, a second after each other. */
function journal(run: string, seq: number, ...bodies: object[]): void {
  mkdirSync(join(folder, run), { recursive: true });
  const lines = bodies.map((body, i) => {
    const time = new Date(1e12 + 1000 * (seq + i)).toISOString();
    return `${JSON.stringify({ v: 1, seq: seq + i, time, ...body })}\n`;
  });
  appendFileSync(join(folder, run, 'journal.jsonl'), lines.join(''));
}

const evaluated = (step: number, mean: number) => ({
  type: 'evaluated',
  step,
  values: { eval_loss: { mean, stderr: null, n: 1 } },
});

it('follows the journals of runs that are trained, and keeps what is not new', async () => {
  write(['running', 'waiting']);
  const lock = await RunLock.acquire(folder, { clock: systemClock });
  const run = 'heads-4_noise-0.01_seed-0';
  const follower = new SweepFollower(folder, systemClock);
  expect((await follower.look()).cells[0]).toMatchObject({ state: 'running', step: 0 });

  journal(run, 1, evaluated(0, 1), evaluated(300, 0.5));
  appendFileSync(join(folder, run, 'journal.jsonl'), '{"v":1,"seq":3,"ti');
  const first = await follower.look();
  expect([first.isGoing, first.cells[0]!.step, first.cells[0]!.last.get('eval_loss')]).toEqual([true, 300, 0.5]);
  const again = await follower.look();
  expect(again.cells.every((cell, i) => cell === first.cells[i])).toBe(true);
  const matrix = matrixOf(first);
  expect([matrix.rows, matrix.columns, matrix.combinations.length]).toEqual([3, 2, 6]);
  expect(matrixOf(again, matrix).combinations[0]).toBe(matrix.combinations[0]);

  // Cut off and written anew, as by a run that begins again.
  writeFileSync(join(folder, run, 'journal.jsonl'), '');
  journal(run, 1, evaluated(150, 0.9));
  const anew = await follower.look();
  expect([anew.cells[0]!.step, spreadOver(matrixOf(anew).combinations[0]!, 'eval_loss').mean]).toEqual([150, 0.9]);
  expect(curveOf(matrixOf(anew).combinations[0]!, 'eval_loss', steps).middle.length).toBe(1);
  await lock.release();
});

it('leaves a gap in a mean where seeds drop out, and tells means over different steps', () => {
  const [combination] = matrixOf(fakeSweep(['done', 'running', 'waiting'])).combinations;
  const middle = curveOf(combination!, 'eval_loss', steps).middle.view();
  const points = Array.from({ length: middle.length }, (_, i) => middle.at(i)!);
  const gaps = points.filter(({ value }) => !Number.isFinite(value)).map(({ step }) => step);
  // The first value of the leading seed alone.
  expect(gaps).toEqual([points.find(({ step }) => step > 610)!.step]);
  expect(spreadOver(combination!, 'eval_loss').apart).toBe(true);
  const [together] = matrixOf(fakeSweep(['done'])).combinations;
  expect(spreadOver(together!, 'eval_loss').apart).toBe(false);
});

it('says of runs whose process is gone that they have stopped', async () => {
  write(['running', 'done']);
  const { cells, isGoing } = await new SweepFollower(folder, systemClock).look();
  expect([isGoing, cells[0]!.state, cells[0]!.reason]).toEqual([false, 'stopped', 'its process is gone']);
});

it('tells progress and the time left by what runs took so far', () => {
  const data = fakeSweep(['done', 'running', 'waiting']);
  // Of 18 runs: one done in 15 s, one at step 600 with 100 steps a second, sixteen to come as the first, two at a time.
  expect(shareDone(data.cells, steps)).toBeCloseTo((1500 + 600) / (18 * 1500));
  expect(secondsLeft(data, data.cells)).toBeCloseTo((9 + 16 * 15) / 2);
  expect(secondsLeft(data, data.cells.slice(1, 2))).toBeCloseTo(9);
  expect(secondsLeft(fakeSweep(['waiting']), data.cells.slice(2))).toBeNull();
  // Of 8 seconds that a run may take, the one at step 600 has 2 left.
  const short = { ...data, sweep: { ...data.sweep, config: { train: { budget_s: 8 } } } };
  expect(secondsLeft(short, data.cells.slice(1, 2))).toBeCloseTo(2);
});
