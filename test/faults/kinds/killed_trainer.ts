import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../cli/program.ts';
import { leftovers, wholeSnapshots } from '../checks.ts';
import { patience, pick } from '../common.ts';
import type { Fault } from '../fault.ts';
import { signal } from '../processes.ts';
import type { Stage } from '../stage.ts';

/** The run can be gone on with where its last snapshot is, and its journal goes on without a gap. */
async function goesOn(stage: Stage, name: string): Promise<void> {
  if ((await wholeSnapshots(stage.runFolder(name))).length === 0) return;
  const words = [
    'train',
    '--resume',
    name,
    '--in-place',
    '--headless',
    '--threads',
    '1',
    '--steps',
    '16000000',
    '--set',
    'train.pace=100',
  ];
  const resumed = stage.start(words);
  await until(() => /^ +\d/m.test(resumed.out) || resumed.status !== undefined, patience);
  resumed.kill('SIGTERM');
  await resumed.ended;
  assert.equal(resumed.status, 130, resumed.err);
}

/** Trials that end a trainer in the background without a warning. */
function ofTrainer(signals: readonly NodeJS.Signals[]): Fault['begin'] {
  return async (stage) => async (stream, number) => {
    const run = await stage.going(['evaluate.every=20', 'snapshot.every=200']);
    const screen = number % 3 === 0 ? stage.shell(['attach', run.name]) : undefined;
    await screen?.see(/● training/, patience);
    await sleep(1800 * stream.uniform());
    signal(run.pid, pick(stream, signals));
    stage.killed(run.name);
    await stage.gone(run, performance.now());
    if (screen) {
      await screen.see(/the trainer was ended by a crash or a signal/, patience);
      screen.press('q');
      await screen.requireRestored();
    }
    if (number % 4 === 0) await goesOn(stage, run.name);
  };
}

export const killTrainer: Fault = {
  name: 'kill-trainer',
  injected: 'kill -9 of the trainer while it trains, with and without a screen',
  expected:
    'the screen says so, and what is kept, and is left by a key; all but the last second is kept; the run can go on',
  begin: ofTrainer(['SIGKILL']),
};

export const crash: Fault = {
  name: 'engine-crash',
  injected: 'the trainer dies as when native code of the engine fails (SEGV, ABRT, BUS, ILL, FPE)',
  expected: 'the same',
  begin: ofTrainer(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE']),
};

export const killStarting: Fault = {
  name: 'kill-starting',
  injected: 'kill -9 of a run while it starts',
  expected: 'nothing half-written; the same name, or the next start, takes its place',
  async begin(stage) {
    return async (stream, number) => {
      const name = stage.freshName();
      const run = stage.start(stage.headless(name, 1_000_000));
      await sleep(700 * stream.uniform());
      run.kill();
      await run.ended;
      stage.killed(name);
      if (number % 4 !== 0 || !existsSync(join(stage.runFolder(name), 'run.json'))) return;
      const list = await stage.run('snapshots', 'list');
      assert.equal(list.status, 0, list.err);
    };
  },
};

export const killSaving: Fault = {
  name: 'kill-saving',
  injected: 'kill -9 of a run that saves a snapshot at every step',
  expected: 'every listed snapshot is whole; half-written files go with the next list or start',
  async begin(stage) {
    return async (stream) => {
      const name = stage.freshName();
      const run = stage.start(stage.headless(name, 1_000_000, '--set', 'snapshot.every=1', '--set', 'train.unroll=1'));
      await until(
        () => existsSync(join(stage.runFolder(name), 'step-00000001.safetensors')) || run.status !== undefined,
        patience,
        2,
      );
      await sleep(60 * stream.uniform());
      run.kill();
      await run.ended;
      stage.killed(name);
      const { err, status } = await stage.run('snapshots', 'list');
      assert.equal(status, 0, err);
      assert.deepEqual(leftovers(stage.runFolder(name)), []);
    };
  },
};
