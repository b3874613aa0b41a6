import type { Clock } from '../../core/clock.ts';
import type { Series } from '../../core/series.ts';
import type { LoopPort, Session } from '../contract.ts';
import { Keeper } from './keeper.ts';
import { Occasions } from './occasions.ts';
import { Scribe } from './scribe.ts';

interface RecordsOptions {
  readonly session: Session;
  readonly port: LoopPort;
  readonly clock: Clock;
  /** Automatic snapshots to keep. */
  readonly keep: number;
  /** Nobody can mend the disk and say so. */
  readonly unattended: boolean;
  /** Holds training while the disk refuses. */
  readonly hold: () => void;
  /** Curves so far, of a resumed run. */
  readonly curves: Map<string, Series>;
}

/** What is kept of training: lines of the journal, evaluations and snapshots, at the step where the session stands. */
export class Records {
  readonly scribe: Scribe;
  readonly keeper: Keeper;
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #occasions: Occasions;
  #evaluatedAt = -1;

  constructor({ session, port, clock, keep, unattended, hold, curves }: RecordsOptions) {
    this.#session = session;
    this.#clock = clock;
    this.scribe = new Scribe(curves, (body) => port.emit(body));
    this.keeper = new Keeper({ port, keep, unattended, hold });
    this.#occasions = new Occasions(clock, curves);
  }

  /** What updates from step `first` on reported. */
  updates(first: number, scalars: Readonly<Record<string, ArrayLike<number>>>): void {
    this.scribe.updates(first, scalars);
    this.#occasions.updates(scalars['train_loss'] ?? []);
  }

  /** Evaluates unless that was done at this step. @returns whether it was yet to be done */
  async evaluate(): Promise<boolean> {
    const { step } = this.#session;
    if (this.#evaluatedAt === step) return false;
    this.#evaluatedAt = step;
    const values = await this.#session.evaluate();
    this.scribe.evaluated(step, values);
    this.#occasions.evaluated(values);
    return true;
  }

  /** The model or its prompts are others than at the evaluation before, though the step may be the same. */
  async reevaluate(): Promise<void> {
    this.#evaluatedAt = -1;
    await this.evaluate();
  }

  /** Saves; when the disk refuses, the state stays in memory and the run waits for a retry. */
  save(why: string): Promise<boolean> {
    const { step } = this.#session;
    this.scribe.close(step);
    return this.keeper.save(step, why);
  }

  /** Saves the state with its evaluation, unless the last snapshot holds both. @returns false when the disk refuses */
  async saveLast(why: string): Promise<boolean> {
    const { step } = this.#session;
    this.scribe.close(step);
    const isNew = await this.evaluate();
    return (!isNew && this.keeper.holds(step)) || this.save(why);
  }

  /** Saves at a best evaluation or a jump of the loss, where the time for it is there. */
  async saveOnOccasion(): Promise<void> {
    // Whether there is time for an occasion differs from run to run; the lines of the journal must not.
    if (!this.scribe.isWhole) return;
    const began = this.#clock.now();
    for (const why of this.#occasions.take()) {
      if (this.keeper.holds(this.#session.step)) await this.keeper.also(why);
      else await this.save(why);
    }
    this.#occasions.cost(this.#clock.now() - began);
  }
}
