import { systemClock } from '../../core/clock.ts';
import { isSweep } from '../../store/sweep_folder.ts';
import { startCell } from '../../sweep/cell_process.ts';
import { extended, waiting } from '../../sweep/extend.ts';
import { keepPreset } from '../../sweep/kept_preset.ts';
import { type PoolOptions, runPool } from '../../sweep/pool.ts';
import { type SweepRecord, writeSweep } from '../../sweep/record.ts';
import { lockOptions } from '../output/lock_options.ts';
import { note } from '../output/output.ts';
import { ownProgram, pluginWords } from '../prepare/own_program.ts';
import { locked } from '../sweep/locked.ts';
import { requireHere } from '../sweep/on_slurm.ts';
import { newSweep } from '../sweep/prepare.ts';
import { cellText } from '../sweep/progress.ts';
import { type Due, placeOf } from './sweeps.ts';

interface TrainOptions {
  /** Most runs at a time, over all sweeps. */
  readonly jobs: number;
  readonly nice: number;
  readonly told: AbortSignal;
  /** Told of every run that is over. */
  onOver(): void;
}

/** What a sweep has come to: its name, and why runs of it failed. */
export interface Trained {
  readonly name: string;
  readonly failures: readonly string[];
}

/** The sweep as all that ask for it want it; written down before anything is trained. */
async function begun({ folder, asked }: Due, before: SweepRecord | undefined): Promise<SweepRecord> {
  let record = before;
  for (const one of asked) record = record ? extended(record, one, { retry: true }) : newSweep(one);
  const left = record!.cells.map((cell) =>
    cell.state === 'running' || cell.state === 'stopped' ? waiting(cell) : cell,
  );
  const sweep = { ...record!, cells: left };
  for (const { raw } of asked) await keepPreset(folder, sweep, raw);
  await writeSweep(folder, sweep);
  return sweep;
}

/**
 * Trains sweeps in their order, so many runs at a time over all of them: the next one begins where the one before has no run
 * left to start.
 * @returns for each the wait until it is trained, or the wish to end came
 */
export function trainInOrder(due: readonly Due[], options: TrainOptions): ReadonlyMap<string, Promise<Trained>> {
  const running = new Map<string, number>();
  const others = (name: string): number => [...running].reduce((sum, [one, n]) => sum + (one === name ? 0 : n), 0);
  let before: Promise<unknown> = Promise.resolve();
  const waits = due.map((one): [string, Promise<Trained>] => {
    const { promise: hasBegunAll, resolve } = signal();
    const wait = before.then(() => train(one, options, { running, others, isLast: resolve }));
    // Its end, however it comes, lets the next one begin.
    before = Promise.race([hasBegunAll, wait.catch(() => undefined)]);
    return [one.name, wait];
  });
  return new Map(waits);
}

interface Shared {
  /** Runs that are trained now, by sweep. */
  readonly running: Map<string, number>;
  others(name: string): number;
  /** Called when no run waits any more. */
  isLast(): void;
}

async function train(due: Due, options: TrainOptions, { running, others, isLast }: Shared): Promise<Trained> {
  const { name } = due;
  const { told, jobs, nice, onOver } = options;
  if (told.aborted) return { name, failures: [] };
  const folder = placeOf(due);
  return locked(folder, lockOptions(), async () => {
    const record = await begun(due, isSweep(folder) ? await requireHere(folder, false) : undefined);
    const count = (change: number): void => {
      running.set(name, (running.get(name) ?? 0) + change);
    };
    const pool: PoolOptions = {
      get jobs() {
        return Math.max(0, jobs - others(name));
      },
      clock: systemClock,
      told,
      start(sweep, cell) {
        const child = startCell(folder, sweep, cell, { program: ownProgram, words: pluginWords(), nice });
        count(1);
        void child.exit.finally(() => count(-1));
        return child;
      },
      async keep(sweep) {
        await writeSweep(folder, sweep);
        if (sweep.cells.every(({ state }) => state !== 'waiting')) isLast();
      },
      onChange(_, { state }) {
        if (state !== 'running' && state !== 'waiting') onOver();
      },
      onBusy: (run) => note(`${run} is being trained by another process; it is waited for`),
    };
    const end = await runPool(record, folder, pool);
    const failed = end.cells.filter(({ state }) => state === 'failed');
    return { name, failures: failed.map((cell) => `${cellText(end, cell)} failed: ${cell.reason}`) };
  });
}

function signal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
