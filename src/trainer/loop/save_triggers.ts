import type { Clock } from '../../core/clock.ts';
import type { Series } from '../../core/series.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';
import { headlineMetric } from '../../metrics/headline.ts';
import type { Estimate } from '../../protocol/events.ts';
import { JumpWatch } from './jumps.ts';
import { apart, spaced } from './retention.ts';

/** A best value is worth a snapshot when it is this much better than the one saved last. */
const improvement = 0.99;
/** Saving at bests and jumps may take this share of the time. */
const share = 0.01;
/** Saving all along a run may take so many milliseconds at first, and then as large a share besides. */
const grace = 200;
/** A snapshot is saved when this much later than the last one, on the log scale of steps since the start or the last jump. */
const farBack = Math.log(1.5);

/** Notices when a snapshot is worth having besides the regular ones: at the best evaluation so far, and at jumps of the loss. */
export class SaveTriggers {
  readonly #metrics: MetricCatalogue;
  readonly #clock: Clock;
  readonly #jumps = new JumpWatch();
  readonly #startedAt: number;
  /** Milliseconds spent on saving for either reason. */
  #spent = { triggered: 0, spaced: 0 };
  #best: number | undefined;
  #latest: number | undefined;
  #isEvaluated = false;
  #jumped = false;
  /** Step of the latest evaluation, and of the last snapshot that was triggered. */
  #step: number;
  #savedAt: number;
  /** Where the scale begins anew: at jumps. */
  #origins: number[] = [];
  readonly #spaces: boolean;

  /**
   * @param metrics what is known of the names that the run measures
   * @param curves those of the run that is gone on with
   * @param start the step where it goes on, and whether snapshots are to be near any step
   */
  constructor(
    metrics: MetricCatalogue,
    clock: Clock,
    curves: ReadonlyMap<string, Series>,
    start: { step: number; spaced: boolean },
  ) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#step = start.step;
    // The snapshot that a run goes on from is there already.
    this.#savedAt = start.step > 0 ? start.step : Number.NEGATIVE_INFINITY;
    this.#spaces = start.spaced;
    this.#startedAt = clock.now();
    const name = headlineMetric(metrics, (metric) => curves.has(metric));
    this.#best = name === undefined ? undefined : curves.get(name)!.view().best('lower')?.value;
  }

  updates(losses: ArrayLike<number>): void {
    // An evaluation says nothing of the state after it.
    this.#latest = undefined;
    this.#isEvaluated = false;
    for (let i = 0; i < losses.length; i++) if (this.#jumps.push(losses[i]!)) this.#jumped = true;
  }

  /** An evaluation has shown a jump. */
  jumped(): void {
    this.#jumped = true;
  }

  evaluated(step: number, values: Readonly<Record<string, Estimate>>): void {
    this.#step = step;
    this.#isEvaluated = true;
    const name = headlineMetric(this.#metrics, (metric) => values[metric] !== undefined);
    this.#latest = (name === undefined ? undefined : values[name]!.mean) ?? undefined;
    this.#best ??= this.#latest;
  }

  /** Reasons to save now, each once. */
  take(): string[] {
    const reasons = this.#jumped ? ['jump'] : [];
    this.#jumped = false;
    const allowed = share * (this.#clock.now() - this.#startedAt);
    const affordable = this.#spent.triggered <= allowed;
    if (this.#latest !== undefined && this.#latest < improvement * this.#best! && affordable) {
      this.#best = this.#latest;
      reasons.push('best');
    }
    this.#latest = undefined;
    const isDue = this.#spaces && this.#isEvaluated && this.#spent.spaced <= grace + allowed && this.#isFarBack();
    if (isDue && reasons.length === 0) reasons.push(spaced);
    this.#isEvaluated = false;
    return reasons;
  }

  #isFarBack(): boolean {
    return this.#savedAt < 0 || apart(this.#savedAt, this.#step, this.#origins) >= farBack;
  }

  /** A snapshot was saved that was triggered. */
  saved(step: number, why: string): void {
    this.#savedAt = step;
    if (why === 'jump') this.#origins = [step];
  }

  /** Saving for a reason took so many milliseconds. */
  cost(milliseconds: number, why: string): void {
    this.#spent[why === spaced ? 'spaced' : 'triggered'] += milliseconds;
  }
}
