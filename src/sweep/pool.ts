import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { thousands } from '../core/format.ts';
import { goingAt } from '../store/going.ts';
import { type CellLook, lookAt } from './cell_look.ts';
import type { CellExit, CellProcess } from './cell_process.ts';
import { type Memory, systemMemory } from './memory.ts';
import type { Cell, SweepRecord } from './record.ts';
import { strangerIn } from './stranger.ts';

export interface PoolOptions {
  /** Most cells that are trained at a time. */
  readonly jobs: number;
  readonly clock: Clock;
  readonly memory?: Memory;
  /** Aborted when the sweep is to save and end. */
  readonly told: AbortSignal;
  start(sweep: SweepRecord, cell: Cell): CellProcess;
  /** Keeps the record, after every change. */
  keep(sweep: SweepRecord): Promise<void>;
  /** Told of what a cell has come to, after it was kept. */
  onChange(sweep: SweepRecord, cell: Cell): void;
  /** Told once of a run that waits because another process trains it. */
  onBusy(run: string): void;
  /** What is wanted of the sweep since the last time it was asked, about every second: a changed record, and runs to stop. */
  wanted?(sweep: SweepRecord): Wanted;
}

/** A sweep as it is wanted to be. */
export interface Wanted {
  readonly sweep: SweepRecord;
  readonly stop: readonly string[];
  /** Called once the record is kept and the runs are told. */
  answer?(): Promise<void>;
}

/** How often to look how far cells are, in milliseconds. */
const interval = 1000;
/** Starts in a row that a process may be killed in without getting on. */
const mostFruitless = 3;
/** What a cell of a small model takes, in bytes: of others it is not known before they are trained. */
const usualMemory = 150e6;
/** Share of the memory of the largest cell so far that must be left over before another is started. */
const reserve = 1.3;

interface Job {
  readonly cell: Cell;
  readonly process: CellProcess;
  readonly began: number;
  /** Total steps that it was told to train. */
  readonly steps: number;
  /** Whether it alone was told to end. */
  isTold: boolean;
}

/**
 * Trains the cells of a sweep that wait, so many at a time, until none is left or the sweep is told to end. A process that
 * is killed is started again, from the last snapshot of its run, as long as it gets on.
 */
export async function runPool(sweep: SweepRecord, folder: string, options: PoolOptions): Promise<SweepRecord> {
  const pool = new Pool(sweep, folder, options);
  await pool.run();
  return pool.sweep;
}

class Pool {
  sweep: SweepRecord;
  readonly #folder: string;
  readonly #options: PoolOptions;
  readonly #jobs = new Map<string, Job>();
  /** Run → starts in a row in which it was killed, and the step that it had come to. */
  readonly #killed = new Map<string, { readonly times: number; readonly step: number }>();
  readonly #busy = new Set<string>();
  readonly #memory: Memory;
  /** Most memory that a cell has had, in bytes. */
  #largest = usualMemory;
  /** Records are kept one after the other, so that the newest stays. */
  #keeping: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  constructor(sweep: SweepRecord, folder: string, options: PoolOptions) {
    this.sweep = sweep;
    this.#folder = folder;
    this.#options = options;
    this.#memory = options.memory ?? systemMemory;
  }

  async run(): Promise<void> {
    const { told, clock } = this.#options;
    const end = (): void => {
      for (const { process } of this.#jobs.values()) process.tell();
    };
    told.addEventListener('abort', end);
    try {
      for (;;) {
        await this.#takeWishes();
        if (!told.aborted) await this.#fill();
        if (this.#jobs.size === 0 && (told.aborted || !this.#isLeft())) return;
        await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), clock.sleep(interval)]);
        this.#measure();
      }
    } finally {
      told.removeEventListener('abort', end);
    }
  }

  async #takeWishes(): Promise<void> {
    const { sweep = this.sweep, stop = [], answer } = this.#options.wanted?.(this.sweep) ?? {};
    if (sweep !== this.sweep) await this.#keep(sweep);
    for (const run of stop) {
      const job = this.#jobs.get(run);
      if (!job || job.isTold) continue;
      job.isTold = true;
      job.process.tell();
    }
    await answer?.();
  }

  #isLeft(): boolean {
    return this.sweep.cells.some(({ state }) => state === 'waiting');
  }

  async #fill(): Promise<void> {
    const { jobs, start, clock, told } = this.#options;
    for (const cell of this.sweep.cells) {
      if (cell.state !== 'waiting') continue;
      if (this.#jobs.size >= jobs || told.aborted || !this.#hasMemory()) return;
      // Somebody goes on with this run, or the process of a sweep that was killed is saving it.
      if (goingAt(join(this.#folder, cell.run), clock)) {
        if (!this.#busy.has(cell.run)) this.#options.onBusy(cell.run);
        this.#busy.add(cell.run);
        continue;
      }
      const reason = strangerIn(this.#folder, this.sweep, cell);
      if (reason !== undefined) {
        await this.#become(cell, { state: 'failed', reason });
        continue;
      }
      const running = await this.#become(cell, { state: 'running' });
      if (told.aborted) {
        await this.#become(running, { state: 'waiting' });
        return;
      }
      const process = start(this.sweep, running);
      const { steps } = this.sweep;
      this.#jobs.set(cell.run, { cell: running, process, began: clock.now(), steps, isTold: false });
      void process.exit.then((exit) => this.#ended(cell.run, exit)).finally(() => this.#wake());
    }
  }

  /**
   * Whether there is room for another cell as large as the largest so far, once those that have just begun have grown to
   * that; one may always be trained.
   */
  #hasMemory(): boolean {
    if (this.#jobs.size === 0) return true;
    const have = [...this.#jobs.values()].map(({ process }) => this.#memory.peak(process.pid) ?? 0);
    const owed = have.reduce((sum, bytes) => sum + Math.max(0, this.#largest - bytes), 0);
    return this.#memory.available() - owed > reserve * this.#largest;
  }

  #measure(): void {
    for (const { process } of this.#jobs.values()) {
      this.#largest = Math.max(this.#largest, this.#memory.peak(process.pid) ?? 0);
    }
  }

  async #ended(run: string, exit: CellExit): Promise<void> {
    const job = this.#jobs.get(run)!;
    const { cell, began } = job;
    const look = await lookAt(join(this.#folder, run));
    const { step } = look;
    const seconds = (cell.seconds ?? 0) + (this.#options.clock.now() - began) / 1000;
    const outcome = this.#outcomeOf(job, exit, look);
    const hash = outcome.state === 'done' ? await look.stateHash() : undefined;
    await this.#become(cell, { ...outcome, step, seconds, ...(hash !== undefined && { sha256: hash }) });
    // Not before: the pool ends when no job is left.
    this.#jobs.delete(run);
  }

  #outcomeOf(
    { cell, steps, isTold }: Job,
    { status, signal, lastWords, isRefused }: CellExit,
    { step, saved, ending }: Pick<CellLook, 'step' | 'saved' | 'ending'>,
  ): Pick<Cell, 'state' | 'reason'> {
    if (this.#options.told.aborted && (status === 130 || signal !== null)) {
      return { state: 'stopped', reason: 'the sweep was told to end' };
    }
    // The process of a sweep that was killed had just begun, or was saving.
    if (isRefused) return { state: 'waiting' };
    if (signal !== null && !isTold) return this.#afterKill(cell.run, signal, step);
    // Told to end after its last update, it has nothing left to do, and ended as stopped.
    if (status === 0 && (saved >= steps || ending === 'budget')) return this.#afterEnd(cell, steps);
    if (status === 130 || signal !== null || (status === 0 && ending === 'stopped'))
      return { state: 'stopped', reason: `stopped at step ${thousands(step)}` };
    if (status === 0) {
      const what = `ended without an error, saved at step ${thousands(saved)} of ${thousands(steps)}`;
      return { state: 'stopped', reason: what };
    }
    return { state: 'failed', reason: lastWords || `ended with status ${status}` };
  }

  /** @param steps that it was told to train: more may be wanted since */
  #afterEnd(cell: Cell, steps: number): Pick<Cell, 'state' | 'reason'> {
    const reason = strangerIn(this.#folder, this.sweep, cell);
    if (reason !== undefined) return { state: 'failed', reason };
    return { state: steps < this.sweep.steps ? 'waiting' : 'done' };
  }

  #afterKill(run: string, signal: string, step: number): Pick<Cell, 'state' | 'reason'> {
    const before = this.#killed.get(run);
    const times = before && step <= before.step ? before.times + 1 : 1;
    this.#killed.set(run, { times, step });
    if (times < mostFruitless) return { state: 'waiting' };
    const advice = signal === 'SIGKILL' ? '; out of memory?' : '';
    return { state: 'failed', reason: `ended by ${signal} ${times} times without getting on${advice}` };
  }

  async #become({ reason: _, ...cell }: Cell, change: Partial<Cell>): Promise<Cell> {
    const next: Cell = { ...cell, ...change };
    const cells = this.sweep.cells.map((one) => (one.run === cell.run ? next : one));
    const sweep = { ...this.sweep, cells };
    await this.#keep(sweep);
    this.#options.onChange(sweep, next);
    return next;
  }

  async #keep(sweep: SweepRecord): Promise<void> {
    this.sweep = sweep;
    this.#keeping = this.#keeping.then(() => this.#options.keep(this.sweep));
    await this.#keeping;
  }
}
