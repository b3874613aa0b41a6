import { type Interval, intervalOf, type MeanKind, seedsToDecide } from './interval.ts';

/** What a value must be: above one number, below another, or both. */
export interface Rule {
  readonly above?: number;
  readonly below?: number;
}

/** A claim on the values of its seeds. */
export interface Standing extends Partial<Interval> {
  readonly verdict: 'confirmed' | 'refuted' | 'undecided';
  /** How many seeds would decide, at the spread of these; absent where none is known to. */
  readonly seeds_to_decide?: number;
}

/**
 * Confirmed where the interval of the mean over seeds lies wholly on the right side, refuted where wholly on the wrong one.
 * A quantity that a seed does not have, as it never came so far, does not hold there.
 */
export function standingOf(values: readonly (number | null)[], rule: Rule, kind: MeanKind): Standing {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (known.length < values.length) return { verdict: known.length === 0 ? 'refuted' : 'undecided' };
  const isLog = kind === 'geometric';
  if (known.length === 0 || (isLog && known.some((value) => value <= 0))) return { verdict: 'undecided' };
  const interval = intervalOf(known, kind);
  const { mean, low, high, sd } = interval;
  if (low === null || high === null || sd === null) return { verdict: 'undecided', ...interval };
  const { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = rule;
  if (low > above && high < below) return { verdict: 'confirmed', ...interval };
  if (high <= above || low >= below) return { verdict: 'refuted', ...interval };
  const place = (value: number): number => (isLog ? Math.log(value) : value);
  const distances = [above, below].filter(Number.isFinite).map((limit) => Math.abs(place(mean) - place(limit)));
  const needed = seedsToDecide(Math.min(...distances), sd);
  return { verdict: 'undecided', ...interval, ...(needed !== undefined && { seeds_to_decide: needed }) };
}

/** What a claim comes to: on trial together with its doubled horizon, where it has one, and its control, which must fail. */
export type Verdict = Standing['verdict'] | 'control failed' | 'only at small scale';

export function verdictOf(value: Standing, doubled: Standing | undefined, control: Standing): Verdict {
  if (control.verdict !== 'refuted') return 'control failed';
  const both = [value.verdict, ...(doubled ? [doubled.verdict] : [])];
  return (['refuted', 'undecided'] as const).find((verdict) => both.includes(verdict)) ?? 'confirmed';
}

/** What is known of a claim from its runs at both sizes. */
export function overSizes(quick: Verdict | undefined, full: Verdict | undefined): Verdict | undefined {
  return quick === 'confirmed' && full === 'refuted' ? 'only at small scale' : (full ?? quick);
}
