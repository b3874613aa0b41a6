import type { Clock } from '../../core/clock.ts';
import type { StorageError } from '../../core/files.ts';
import type { Series } from '../../core/series.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';
import { trainLoss } from '../../metrics/shared.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { LoopPort } from '../contract/loop.ts';
import type { Session } from '../contract/session.ts';
import { requireMeasured } from './measured.ts';
import { PhaseWatch } from './phases.ts';
import { SaveTriggers } from './save_triggers.ts';
import { SavedSnapshots } from './saved_snapshots.ts';
import { Scribe } from './scribe.ts';
import { DiskTrouble } from './trouble.ts';

interface RecordsOptions {
  readonly session: Session;
  readonly port: LoopPort;
  readonly clock: Clock;
  /** What is known of the names that are measured. */
  readonly metrics: MetricCatalogue;
  readonly snapshot: RunConfig['snapshot'];
  /** Nobody waits for training to stand still while the disk refuses. */
  readonly unattended: boolean;
  /** Holds training while the disk refuses, and lets it go on. */
  readonly hold: () => void;
  readonly release: () => void;
  /** Curves so far, of a resumed run. */
  readonly curves: Map<string, Series>;
}

/** What is kept of training: lines of the journal, evaluations and snapshots, at the step where the session stands. */
export class Records {
  readonly scribe: Scribe;
  readonly saved: SavedSnapshots;
  readonly #trouble: DiskTrouble;
  readonly #session: Session;
  readonly #port: Pick<LoopPort, 'emit'>;
  readonly #clock: Clock;
  readonly #triggers: SaveTriggers;
  readonly #phases: PhaseWatch;
  #evaluatedAt = -1;
  readonly #metrics: MetricCatalogue;
  /** Names of what evaluations measure, as far as is known. */
  #measured: readonly string[];

  constructor(options: RecordsOptions) {
    const { session, port, clock, snapshot, curves, metrics } = options;
    this.#session = session;
    this.#port = port;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#measured = [...curves.keys()];
    this.#trouble = new DiskTrouble(options);
    this.scribe = new Scribe(curves, (body) => port.emit(body));
    this.saved = new SavedSnapshots({ port, snapshot, trouble: this.#trouble });
    this.#triggers = new SaveTriggers(metrics, clock, curves, { step: session.step, spaced: snapshot.spread >= 2 });
    this.#phases = new PhaseWatch(metrics, curves);
  }

  /** @throws UserError unless a value of `prune.metric` is empty or among what evaluations measure */
  requireMeasured(value: unknown): void {
    requireMeasured(this.#metrics, value, this.#measured);
  }

  /** Says so when what the configuration asks for is not among what is measured, which only an evaluation tells. */
  checkMetric(asked: string): void {
    try {
      this.requireMeasured(asked);
    } catch (error) {
      const message = `${(error as Error).message}; the pruning panel measures the usual metric`;
      this.#port.emit({ type: 'alert', step: this.#session.step, kind: 'notice', message });
    }
  }

  /** What updates from step `first` on reported. */
  updates(first: number, scalars: Readonly<Record<string, ArrayLike<number>>>): void {
    this.scribe.updates(first, scalars);
    this.#triggers.updates(scalars[trainLoss] ?? []);
  }

  /** Evaluates unless that was done at this step. @returns whether it was yet to be done */
  async evaluate(): Promise<boolean> {
    const { step } = this.#session;
    if (this.#evaluatedAt === step) return false;
    this.#evaluatedAt = step;
    const values = await this.#session.evaluate();
    this.#measured = Object.keys(values);
    const intact = await this.#session.evaluateIntact();
    this.scribe.evaluated(step, values, intact);
    const own = intact ?? values;
    this.#triggers.evaluated(step, own);
    for (const change of this.#phases.evaluated((name) => own[name]?.mean, Object.keys(own))) {
      this.#port.emit({ type: 'alert', step, kind: 'notice', message: `another phase: ${change}` });
      this.#triggers.jumped();
    }
    return true;
  }

  /** The model or its prompts are others than at the evaluation before, though the step may be the same. */
  async reevaluate(): Promise<void> {
    this.#evaluatedAt = -1;
    await this.evaluate();
  }

  /** Saves; when the disk refuses, that is tried again. */
  save(why: string): Promise<boolean> {
    const { step } = this.#session;
    this.scribe.close(step);
    return this.saved.save(step, why);
  }

  /** The journal could not be written; what it is to say is kept, and written with the next lines. */
  journalRefused(error: StorageError): void {
    this.#trouble.refused(this.#session.step, error);
  }

  /** The journal is written as far as it goes. */
  journalWritten(): void {
    if (!this.saved.isOwing) this.#trouble.passed(this.#session.step);
  }

  /** Tries again to save what the disk refused, when that is due. */
  async retry(): Promise<void> {
    // When it is due differs from run to run; the lines of the journal must not.
    if (this.saved.isOwing && this.scribe.isWhole && this.#trouble.untilDue <= 0) {
      await this.saved.retry(this.#session.step);
    }
  }

  /** Saves the state with its evaluation, unless the last snapshot holds both. @returns false when the disk refuses */
  async saveLast(why: string): Promise<boolean> {
    const { step } = this.#session;
    this.scribe.close(step);
    const isNew = await this.evaluate();
    return (!isNew && this.saved.holds(step) && (await this.saved.isThere())) || this.save(why);
  }

  /** Saves at a best evaluation, a jump of the loss, or because the last snapshot is far back, where the time for it is there. */
  async saveWhenTriggered(): Promise<void> {
    // Whether there is time for a triggered snapshot differs from run to run; the lines of the journal must not.
    if (!this.scribe.isWhole) return;
    for (const why of this.#triggers.take()) {
      const began = this.#clock.now();
      const { step } = this.#session;
      if (this.saved.holds(step)) await this.saved.also(why);
      else await this.save(why);
      this.#triggers.saved(step, why);
      this.#triggers.cost(this.#clock.now() - began, why);
    }
  }
}
