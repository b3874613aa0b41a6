import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import type { MetricCatalogue } from '../metrics/catalogue.ts';
import { goingAt } from '../store/going.ts';
import { sweepFile } from '../store/sweep_folder.ts';
import { lastSnapshotOf } from './cell_look.ts';
import { type CellProgress, LiveCell } from './live_cell.ts';
import { outcomeOf } from './outcome.ts';
import { type Cell, readSweep, type SweepRecord } from './record.ts';
import { sampledFrom } from './sampled.ts';
import { isAway, jobsFolder } from './slurm/follow.ts';
import { isOver } from './state.ts';

/** A cell as far as it is known now. */
export type FollowedCell = Pick<Cell, 'run' | 'settings' | 'seed' | 'state' | 'reason' | 'seconds'> & CellProgress;

/** A sweep as far as it is known now; its cells stay the same objects while nothing is new of them. */
export interface FollowedSweep {
  readonly sweep: SweepRecord;
  /** Whether a process trains its cells, or Slurm has some. */
  readonly isGoing: boolean;
  /** Whether its cells are given to Slurm, and not to a process that screens can ask. */
  readonly isOnSlurm: boolean;
  /** Why nobody can say what the cells do that Slurm has. */
  readonly trouble?: string | undefined;
  readonly cells: readonly FollowedCell[];
  /** Cells whose curves are yet to be read. */
  readonly unread: number;
  /** What is known of the metrics; undefined before the first. */
  readonly metrics: MetricCatalogue | undefined;
}

/** How long a look may read cells that are over, in milliseconds: others wait for the next one. */
const readingFor = 100;
/** Cells that are read at a time. */
const together = 8;

/** A sweep with what Slurm says of it, or why it says nothing. */
export type Seen = Pick<FollowedSweep, 'sweep' | 'trouble'>;

const nothing: CellProgress = { step: 0, stepsPerSecond: null, curves: new Map(), last: new Map() };

/** Follows a sweep by its folder alone, whoever trains its cells and wherever. */
export class SweepFollower {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #seen: (sweep: SweepRecord) => Promise<Seen>;
  #record: SweepRecord;
  #written = '';
  #metrics: MetricCatalogue | undefined;
  /** Run → the cell that is being trained. */
  readonly #live = new Map<string, LiveCell>();
  /** Run → what it came to, and in which state that was read. */
  readonly #read = new Map<string, { readonly key: string; readonly progress: CellProgress }>();
  readonly #shown = new Map<
    string,
    { readonly key: string; readonly progress: CellProgress; readonly cell: FollowedCell }
  >();

  /**
   * @param seen what a scheduler that has some of its cells says of them
   * @throws UserError when the folder holds no sweep
   */
  constructor(
    folder: string,
    clock: Clock,
    seen: (sweep: SweepRecord) => Promise<Seen> = async (sweep) => ({ sweep }),
  ) {
    this.#folder = folder;
    this.#seen = seen;
    this.#clock = clock;
    this.#record = this.#readRecord();
  }

  get record(): SweepRecord {
    return this.#record;
  }

  async look(): Promise<FollowedSweep> {
    const steps = this.#record.steps;
    this.#record = this.#readRecord();
    if (this.#record.steps !== steps) this.#forget();
    const { sweep, trouble } = await this.#seen(this.#record);
    const isTrained = goingAt(this.#folder, this.#clock) !== undefined;
    const isGoing = isTrained || isAway(sweep);
    const isOnSlurm = isAway(this.#record) || (!isTrained && existsSync(join(this.#folder, jobsFolder)));
    const cells = sweep.cells.map((cell) => this.#asItIs(cell, isGoing));
    await this.#followLive(cells.filter(({ state }) => state === 'running'));
    const unread = await this.#readSome(cells.filter((cell) => this.#isUnread(cell)));
    return {
      sweep,
      isGoing,
      isOnSlurm,
      trouble,
      cells: cells.map((cell) => this.#shownAs(cell)),
      unread,
      metrics: this.#metrics,
    };
  }

  #readRecord(): SweepRecord {
    const { mtimeMs, size, ino } = statSync(join(this.#folder, sweepFile), { throwIfNoEntry: false }) ?? {};
    const written = `${mtimeMs} ${size} ${ino}`;
    if (written === this.#written) return this.#record;
    const record = readSweep(this.#folder);
    this.#written = written;
    return record;
  }

  /** Curves lie along the total of the steps. */
  #forget(): void {
    this.#live.clear();
    this.#read.clear();
  }

  /** One that is said to be trained while nobody does was left by a process that is gone. */
  #asItIs(cell: Cell, isGoing: boolean): Cell {
    if (cell.state !== 'running' || isGoing || goingAt(join(this.#folder, cell.run), this.#clock)) return cell;
    return { ...cell, state: 'stopped', reason: 'its process is gone' };
  }

  async #followLive(cells: readonly Cell[]): Promise<void> {
    const running = new Set(cells.map(({ run }) => run));
    for (const [run, { progress }] of this.#live) {
      if (running.has(run)) continue;
      this.#live.delete(run);
      // Shown until its snapshot is read.
      this.#read.set(run, { key: '', progress: { ...progress, stepsPerSecond: null } });
    }
    for (const { run } of cells) {
      const live = this.#live.get(run) ?? new LiveCell(join(this.#folder, run), this.#record.steps);
      this.#live.set(run, live);
      await live.look();
      this.#metrics ??= live.metrics;
    }
  }

  #isUnread(cell: Cell): boolean {
    const hasBegun = isOver(cell.state) || (cell.step ?? 0) > 0;
    return cell.state !== 'running' && hasBegun && this.#read.get(cell.run)?.key !== keyOf(cell);
  }

  /** @returns how many are left to read */
  async #readSome(cells: readonly Cell[]): Promise<number> {
    const until = this.#clock.now() + readingFor;
    let read = 0;
    while (read < cells.length && this.#clock.now() < until) {
      const some = cells.slice(read, read + together);
      await Promise.all(some.map((cell) => this.#readOne(cell)));
      await this.#clock.sleep(0);
      read += some.length;
    }
    return Math.max(0, cells.length - read);
  }

  async #readOne(cell: Cell): Promise<void> {
    const snapshot = await lastSnapshotOf(join(this.#folder, cell.run));
    const outcome = snapshot === undefined ? undefined : await outcomeOf(snapshot).catch(unreadable);
    this.#metrics ??= outcome?.metrics;
    const { curves, last } = sampledFrom(outcome?.history ?? {}, this.#record.steps);
    const progress: CellProgress = { step: cell.step ?? outcome?.step ?? 0, stepsPerSecond: null, curves, last };
    this.#read.set(cell.run, { key: keyOf(cell), progress });
  }

  #shownAs(cell: Cell): FollowedCell {
    const before = this.#shown.get(cell.run);
    const progress = this.#live.get(cell.run)?.progress ?? this.#read.get(cell.run)?.progress ?? nothing;
    const key = keyOf(cell);
    if (before?.key === key && before.progress === progress) return before.cell;
    const { run, settings, seed, state, reason, seconds } = cell;
    const rest = { ...(reason !== undefined && { reason }), ...(seconds !== undefined && { seconds }) };
    const shown: FollowedCell = { run, settings, seed, state, ...rest, ...progress };
    this.#shown.set(run, { key, progress, cell: shown });
    return shown;
  }
}

const keyOf = ({ state, step, seconds, reason }: Cell): string => JSON.stringify([state, step, seconds, reason]);

function unreadable(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}
