import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lookedAt } from '../../src/cli/sweep/on_slurm.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { SweepFollower } from '../../src/sweep/follow.ts';
import { readSweep, type SweepRecord, writeSweep } from '../../src/sweep/record.ts';
import { cancelTasks } from '../../src/sweep/slurm/cancel.ts';
import { type CallSlurm, callSlurm, SlurmRefused } from '../../src/sweep/slurm/client.ts';
import { refreshed } from '../../src/sweep/slurm/follow.ts';
import { submit } from '../../src/sweep/slurm/submit.ts';
import { example } from '../snapshots/example.ts';

let folder: string;
const { PATH } = process.env;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-bad-day-'));
  mkdirSync(join(folder, 'slurm'));
  // No command of Slurm's but those that a test makes.
  process.env['PATH'] = folder;
});
afterEach(() => {
  process.env['PATH'] = PATH;
  rmSync(folder, { recursive: true });
});

const command = (name: string, ...lines: readonly string[]): void =>
  writeFileSync(join(folder, name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o700 });
const isAway = ['echo "slurm_load_jobs error: Unable to contact slurm controller" >&2', 'exit 1'];

function sweepOf(count: number, isGiven: boolean): SweepRecord {
  const cells = Array.from({ length: count }, (_, i): SweepRecord['cells'][number] => ({
    ...{ id: `c${i}`, run: `c${i}`, settings: {}, seed: i, config_sha256: '' },
    ...(isGiven ? { state: 'running', task: { name: 's-1', index: i + 1, job: '9' } } : { state: 'waiting' }),
  }));
  const rest = { grid: {}, zip: {}, seeds: [0], settings: {}, steps: 10, config: {}, versions: {} };
  return { v: 1, name: 's', preset: 'p', created: '2026-01-02T03:04:05.000Z', ...rest, cells };
}
const statesOf = ({ cells }: SweepRecord) => cells.map(({ state, reason }) => [state, reason]);

/** A run of a cell that has come to a step, and how it ended, as its journal tells. */
function leaveRun(run: string, step: number, reason?: string): void {
  const seed = Number(run.slice(1));
  mkdirSync(join(folder, run));
  const record = { v: 1, run, config: example.config, seed, started: '2026-01-01T00:00:00.000Z', source: '' };
  writeFileSync(join(folder, run, 'run.json'), JSON.stringify(record));
  const line = (seq: number, body: object) =>
    JSON.stringify({ v: 1, seq, time: '2026-01-02T03:04:05.000Z', step, ...body });
  const ended = { type: 'run_finished', reason, summary: { step, seconds: 1, metrics: {} } };
  const lines = [line(1, { type: 'metrics', values: { train_loss: 1 } }), ...(reason ? [line(2, ended)] : [])];
  writeFileSync(join(folder, run, 'journal.jsonl'), `${lines.join('\n')}\n`);
}

it('tells nodes, memory, limits and restarts apart, and calls no run done that has not come to its end', async () => {
  const words = ['NODE_FAIL', 'OUT_OF_MEMORY', 'TIMEOUT', 'COMPLETED', 'COMPLETED', 'PENDING', 'RUNNING', 'COMPLETING'];
  await writeSweep(folder, sweepOf(words.length + 2, true));
  command(
    'squeue',
    ...words.map((word, i) => `echo "9|${i + 1}|${word}|s-1|${word === 'PENDING' ? 'BeginTime' : 'None'}"`),
  );
  leaveRun('c3', 10, 'completed');
  leaveRun('c4', 6);
  leaveRun('c8', 6);
  leaveRun('c9', 10, 'completed');
  for (const task of [9, 10]) writeFileSync(join(folder, 'slurm', `s-1-${task}.log`), 'training\n');
  // There are no accounts here: of the last two nobody knows but their own files.
  const sweep = await refreshed(folder, callSlurm);
  expect(statesOf(sweep)).toEqual([
    ['stopped', 'its node failed'],
    ['failed', 'out of memory; --mem gives it more'],
    ['stopped', 'reached its time limit before it could save'],
    ['done', undefined],
    ['stopped', 'its job ended without an error, and its run at step 6 of 10'],
    ['queued', 'BeginTime'],
    ['running', undefined],
    ['running', undefined],
    ['stopped', 'Slurm does not know its job any more'],
    ['done', undefined],
  ]);
  expect(readSweep(folder)).toEqual(sweep);
});

it('leaves everything as it was while the queue is away, and says so', async () => {
  await writeSweep(folder, sweepOf(2, true));
  command('squeue', ...isAway);
  const before = readSweep(folder);
  await expect(refreshed(folder, callSlurm)).rejects.toThrow(/^squeue: .*Unable to contact/);
  expect(await lookedAt(folder)).toEqual(before);
  expect(readSweep(folder)).toEqual(before);
  const follower = new SweepFollower(folder, systemClock, async (sweep) => ({ sweep, trouble: 'it is away' }));
  expect(await follower.look()).toMatchObject({ isGoing: true, isOnSlurm: true, trouble: 'it is away' });
});

it('is on Slurm also once its jobs are over, until it is trained here', async () => {
  await writeSweep(folder, sweepOf(1, false));
  expect((await new SweepFollower(folder, systemClock).look()).isOnSlurm).toBe(true);
  rmSync(join(folder, 'slurm'), { recursive: true });
  expect((await new SweepFollower(folder, systemClock).look()).isOnSlurm).toBe(false);
});

it('keeps an array that Slurm took though sbatch had no answer in time', async () => {
  command('scontrol', 'echo');
  command('sbatch', 'echo "sbatch: error: Batch job submission failed: Socket timed out on send/recv" >&2', 'exit 1');
  // Of the array that it is asked for, whatever its name.
  command(
    'squeue',
    'for word; do case $word in --name=*) IFS==; set -- $word; echo "77|1|PENDING|$2|None";; esac; done',
  );
  const how = { cwd: '/', program: 'main.js', options: {}, words: [], call: callSlurm };
  const { sweep, jobs } = await submit(sweepOf(2, false), folder, ['c0', 'c1'], how);
  expect([jobs, sweep.cells.map(({ state, task }) => [state, task?.job])]).toEqual([
    ['77'],
    Array(2).fill(['queued', '77']),
  ]);

  command('squeue', ...isAway);
  await writeSweep(folder, sweepOf(1, false));
  await expect(submit(sweepOf(1, false), folder, ['c0'], how)).rejects.toThrow(
    /^sbatch: .*Socket timed out.*; it may have taken the runs: the same command looks again$/,
  );
  expect(readSweep(folder).cells[0]).toMatchObject({ state: 'queued', task: { index: 1 } });
  command('squeue', 'exit 0');
  expect(statesOf(await refreshed(folder, callSlurm))).toEqual([['waiting', undefined]]);
});

it('goes on cancelling once the queue is back', async () => {
  const answers = ['9|1|RUNNING|s-1|None\n', undefined, undefined, '9|1|CANCELLED|s-1|None\n'];
  const calls: string[] = [];
  const call: CallSlurm = async (name, words) => {
    if (name !== 'squeue') calls.push([name, ...words].join(' '));
    const answer = name === 'squeue' ? answers.shift() : '';
    if (answer === undefined) throw new SlurmRefused({ where: 'squeue', what: 'away' });
    return answer;
  };
  const clock = { now: () => 0, sleep: async () => undefined } as unknown as Clock;
  await cancelTasks(sweepOf(1, true), { call, clock, onWait: () => undefined });
  expect([calls, answers]).toEqual([['scancel --batch --signal=TERM 9_1'], []]);
});
