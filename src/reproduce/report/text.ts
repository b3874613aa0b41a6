import { significant } from '../../core/format.ts';
import type { ClaimResult, Claims, Trial } from '../trial.ts';
import { overSizes, type Verdict } from '../verdict.ts';

/** A claim as a row of the table of all claims. */
export interface ClaimRow {
  readonly recipe: string;
  readonly id: string;
  readonly size: string;
  readonly anchor: string;
  readonly statement: string;
  readonly value: string;
  readonly rule: string;
  readonly control: string;
  readonly verdict: string;
}

export function rowsOf(results: readonly Claims[]): ClaimRow[] {
  return results.flatMap((result) =>
    result.claims.map((claim) => ({
      recipe: result.recipe,
      id: claim.id,
      size: result.size,
      anchor: claim.anchor,
      statement: claim.statement,
      value: `${claim.says}: ${trialText(claim.measured)}`,
      rule: ruleText(claim),
      control: `${claim.control.says}: ${trialText(claim.control)}`,
      verdict: verdictText(claim),
    })),
  );
}

/** `0.0213 (0.018 to 0.024), 5 seeds`. */
export function trialText({ mean, low, high, values }: Trial): string {
  if (mean === undefined) return values.some((value) => value !== null) ? 'not in every seed' : 'never';
  const seeds = `${values.length} seed${values.length === 1 ? '' : 's'}`;
  if (typeof low !== 'number' || typeof high !== 'number') return `${significant(mean)}, ${seeds}`;
  return `${significant(mean)} (${significant(low)} to ${significant(high)}), ${seeds}`;
}

export function ruleText({ rule: { above, below } }: Pick<ClaimResult, 'rule'>): string {
  if (above === undefined) return `< ${significant(below!)}`;
  return below === undefined ? `> ${significant(above)}` : `${significant(above)} to ${significant(below)}`;
}

export function verdictText({ verdict, measured, horizon, control }: ClaimResult): string {
  if (verdict === 'control failed') return `control failed: under it the claim is ${control.verdict}, not refuted`;
  if (verdict !== 'undecided') return verdict;
  const isLater = measured.verdict !== 'undecided';
  const needed = (isLater ? horizon.doubled : measured)?.seeds_to_decide;
  const when = isLater ? ' after twice as long' : '';
  return `undecided${when}${needed === undefined ? '' : ` (${needed} seeds would decide at this spread)`}`;
}

const signs: Readonly<Record<Verdict, string>> = {
  confirmed: '✓',
  refuted: '✕',
  undecided: '?',
  'control failed': '!',
  'only at small scale': '~',
};

/** `3 ✓ 1 ✕`: how many claims stand how. */
export function verdictSigns(claims: readonly Pick<ClaimResult, 'verdict'>[]): string {
  const counts = Object.entries(signs).map(
    ([verdict, sign]) => [claims.filter((claim) => claim.verdict === verdict).length, sign] as const,
  );
  return counts.flatMap(([count, sign]) => (count > 0 ? [`${count} ${sign}`] : [])).join(' ');
}

/** How the claims of a recipe stand. */
export interface Stands extends Pick<Claims, 'recipe' | 'size'> {
  readonly claims: readonly Pick<ClaimResult, 'id' | 'verdict'>[];
}

/** Every claim once, over both sizes where both were run. */
function verdictsOf(results: readonly Stands[]): Verdict[] {
  const bySize = new Map<string, Partial<Record<string, Verdict>>>();
  for (const { recipe, size, claims } of results) {
    for (const { id, verdict } of claims) {
      const key = `${recipe}/${id}`;
      bySize.set(key, { ...bySize.get(key), [size]: verdict });
    }
  }
  return [...bySize.values()].flatMap(({ quick, full }) => overSizes(quick, full) ?? []);
}

/** `38 claims: 31 confirmed, 4 refuted, 3 undecided`. */
export function summaryOf(results: readonly Stands[]): string {
  const verdicts = verdictsOf(results);
  const kinds = [...new Set(verdicts)].sort();
  const counts = kinds.map((kind) => `${verdicts.filter((one) => one === kind).length} ${kind}`);
  const figures = new Set(results.map(({ recipe }) => recipe)).size;
  const all = `${verdicts.length} claim${verdicts.length === 1 ? '' : 's'} of ${figures} figure${figures === 1 ? '' : 's'}`;
  return counts.length === 0 ? 'no claims' : `${all}: ${counts.join(', ')}`;
}
