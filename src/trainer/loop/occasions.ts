import type { Clock } from '../../core/clock.ts';
import type { Series } from '../../core/series.ts';
import { headlineMetric } from '../../metrics/headline.ts';
import type { Estimate } from '../../protocol/events.ts';
import { JumpWatch } from './jumps.ts';

/** A best value is worth a snapshot when it is this much better than the one saved last. */
const improvement = 0.99;
/** Saving at bests may take this share of the time. */
const share = 0.01;

/** Notices when a snapshot is worth having besides the regular ones: at the best evaluation so far, and at jumps of the loss. */
export class Occasions {
  readonly #clock: Clock;
  readonly #jumps = new JumpWatch();
  readonly #startedAt: number;
  #spent = 0;
  #best: number | undefined;
  #latest: number | undefined;
  #jumped = false;

  /** @param curves those of the run that is gone on with */
  constructor(clock: Clock, curves: ReadonlyMap<string, Series>) {
    this.#clock = clock;
    this.#startedAt = clock.now();
    const name = headlineMetric((metric) => curves.has(metric));
    this.#best = name === undefined ? undefined : curves.get(name)!.view().best('lower')?.value;
  }

  updates(losses: ArrayLike<number>): void {
    // An evaluation says nothing of the state after it.
    this.#latest = undefined;
    for (let i = 0; i < losses.length; i++) if (this.#jumps.push(losses[i]!)) this.#jumped = true;
  }

  evaluated(values: Readonly<Record<string, Estimate>>): void {
    const name = headlineMetric((metric) => values[metric] !== undefined);
    this.#latest = (name === undefined ? undefined : values[name]!.mean) ?? undefined;
    this.#best ??= this.#latest;
  }

  /** Reasons to save now, each once. */
  take(): string[] {
    const reasons = this.#jumped ? ['jump'] : [];
    this.#jumped = false;
    const affordable = this.#spent <= share * (this.#clock.now() - this.#startedAt);
    if (this.#latest !== undefined && this.#latest < improvement * this.#best! && affordable) {
      this.#best = this.#latest;
      reasons.push('best');
    }
    this.#latest = undefined;
    return reasons;
  }

  /** Saving at an occasion took so many milliseconds. */
  cost(milliseconds: number): void {
    this.#spent += milliseconds;
  }
}
