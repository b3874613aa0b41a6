/** A snapshot and a reason for which it was saved; one file may have several. */
export interface SavedSnapshot {
  readonly file: string;
  readonly step: number;
  readonly why: string;
}

export interface RetentionPolicy {
  /** How many of the newest snapshots stay for each reason; for reasons not named, all do: by key, end, before trouble. */
  readonly newest: Readonly<Record<string, number>>;
  /** How many stay besides, spread over the run. */
  readonly spread: number;
}

/** The reason for which a snapshot is saved that is to be near any time of the run. */
export const spaced = 'spaced';

/** Of the automatic snapshots the last `keep`, the newest best one, those of the last few jumps of the loss, and `spread`. */
export function policyOf(keep: number, spread: number): RetentionPolicy {
  return { newest: { automatic: keep, best: 1, jump: 5, [spaced]: 0 }, spread };
}

/** The files that neither a reason nor their place in the run keeps. @param saved in the order in which they were saved */
export function givenUp(saved: readonly SavedSnapshot[], { newest, spread }: RetentionPolicy): string[] {
  const kept = new Set<string>();
  const count = new Map<string, Set<string>>();
  for (const { file, why } of saved.toReversed()) {
    const files = count.get(why) ?? new Set();
    count.set(why, files);
    if (files.size >= (newest[why] ?? Number.POSITIVE_INFINITY) && !files.has(file)) continue;
    files.add(file);
    kept.add(file);
  }
  const points = [...new Map(saved.map(({ file, step }) => [file, { file, step, stays: kept.has(file) }])).values()];
  const origins = saved.flatMap(({ step, why }) => (why === 'jump' ? [step] : []));
  const given = thinned(points, spread, origins);
  return points.filter((point) => given.includes(point)).map(({ file }) => file);
}

interface Point {
  readonly step: number;
  /** It stays whatever happens. */
  readonly stays: boolean;
}

/** Steps after the start or a jump that count as one on the log scale. */
const unit = 10;

/** How far step b comes after step a on the log scale that begins anew at every origin. */
export function apart(a: number, b: number, origins: readonly number[]): number {
  const origin = origins.findLast((step) => step <= a) ?? 0;
  return Math.log((b - origin + unit) / (a - origin + unit));
}

/**
 * The points to give up so that at most `most` are left besides those that stay: again and again the one whose neighbours
 * come closest to each other without it, on a log scale of the steps since the start or the last origin. The first and the
 * last are given up only where fewer than two may be left.
 *
 * Of n points on a scale of length L in all, two neighbours that were not neighbours before are at most 2 L / (n − 1) apart,
 * since every gap of the scale counts for two of the n − 1 inner points at most.
 */
export function thinned<P extends Point>(points: readonly P[], most: number, origins: readonly number[] = []): P[] {
  const left = [...points].sort((a, b) => a.step - b.step);
  const starts = [...origins].sort((a, b) => a - b);
  const given: P[] = [];
  while (left.filter(({ stays }) => !stays).length > most) {
    let [next, least] = [-1, Number.POSITIVE_INFINITY];
    left.forEach((point, i) => {
      const [before, after] = [left[i - 1], left[i + 1]];
      const gap = before && after ? apart(before.step, after.step, starts) : Number.MAX_VALUE;
      if (point.stays || (gap === Number.MAX_VALUE && most >= 2) || gap >= least) return;
      [next, least] = [i, gap];
    });
    if (next < 0) break;
    given.push(...left.splice(next, 1));
  }
  return given;
}
