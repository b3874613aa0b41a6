import { isDeepStrictEqual } from 'node:util';
import { leavesOf } from '../recipe/expression.ts';
import type { ClaimSpec, Recipe } from '../recipe/schema.ts';
import { type ClaimResult, type Claims, keptDigits, type Trial, variantOf } from '../trial.ts';
import { Recomputation } from './recompute.ts';
import { meanAndInterval } from './statistics.ts';

/**
 * How far a value measured in single precision may lie from the same in double: relative, plus what a difference of two
 * numbers near one loses. What is read from curves and closed forms must agree to the digits kept.
 */
const relative = 5e-4;
const absolute = 2e-7;

export interface Checked {
  readonly recipe: string;
  readonly size: string;
  readonly claims: number;
  /** Values computed anew. */
  readonly values: number;
  /** The largest relative distance between a value of a snapshot and the same in float64. */
  readonly farthest: number;
  readonly problems: readonly string[];
}

/** @param recipe that claims should be of; undefined where it does not ship with the program */
export async function checkClaims(claims: Claims, recipe: Recipe | undefined, root: string): Promise<Checked> {
  const again = new Recomputation(claims, root);
  const problems = await again.changes();
  let [values, farthest] = [0, 0];
  for (const claim of claims.claims) {
    const own = recipe?.claims.find(({ id }) => id === claim.id);
    if (recipe && !own) problems.push(`${claim.id} is no claim of this recipe`);
    if (own && !isSameClaim(own, claim)) problems.push(`${claim.id} is not what the recipe says: it was changed since`);
    const { control, horizon, measured } = claim;
    const trials = { value: measured, 'doubled horizon': horizon.doubled, control };
    const stands: Record<string, string> = {};
    for (const [name, trial] of Object.entries(trials)) {
      if (!trial) continue;
      const found = await checkTrial(trial, claim, again, name === 'control' ? undefined : claim.seeds);
      values += trial.values.length;
      farthest = Math.max(farthest, found.farthest);
      problems.push(...found.problems.map((line) => `${claim.id}, ${name}: ${line}`));
      stands[name] = found.verdict;
    }
    const verdict = verdictFrom(stands);
    if (verdict !== claim.verdict) problems.push(`${claim.id}: the verdict is ${verdict}, not ${claim.verdict}`);
  }
  if (recipe && !isDeepStrictEqual(plain(recipe.sweeps), plain(claims.sweeps))) {
    problems.push('its runs are not those that the recipe asks for: it was changed since');
  }
  for (const { id } of recipe?.claims ?? []) {
    if (!claims.claims.some((claim) => claim.id === id)) problems.push(`the claim ${id} is missing`);
  }
  return { recipe: claims.recipe, size: claims.size, claims: claims.claims.length, values, farthest, problems };
}

async function checkTrial(
  trial: Trial,
  claim: ClaimResult,
  again: Recomputation,
  seeds: readonly number[] | undefined,
) {
  const problems: string[] = [];
  const isMeasured = leavesOf(trial.quantity).some((leaf) => 'eval' in leaf || 'pruned' in leaf);
  const own = seeds ?? again.seedsOf(trial.quantity);
  if (own.length !== trial.values.length) problems.push(`${trial.values.length} values for ${own.length} seeds`);
  let farthest = 0;
  for (const [i, seed] of own.entries()) {
    const [stored, now] = [trial.values[i] ?? null, await again.value(trial.quantity, seed)];
    if (stored === null && now === null) continue;
    const distance = stored === null || now === null ? Number.POSITIVE_INFINITY : Math.abs(stored - now);
    const isNear = isMeasured
      ? distance <= relative * Math.abs(now ?? 0) + absolute
      : stored !== null && now !== null && isRounded(stored, now, keptDigits.value);
    if (!isNear) problems.push(`seed ${seed} has ${stored}, computed anew ${now}`);
    if (isMeasured && now !== null && now !== 0) farthest = Math.max(farthest, distance / Math.abs(now));
  }
  const { verdict, ...rest } = standing(trial.values, claim);
  for (const key of ['mean', 'low', 'high'] as const) {
    const [stored, now] = [trial[key] ?? undefined, rest[key]];
    const digits = key === 'mean' ? keptDigits.mean : keptDigits.interval;
    const isSame = stored === undefined || now === undefined ? stored === now : isRounded(stored, now, digits);
    if (!isSame) problems.push(`${key} of its values is ${now}, not ${stored}`);
  }
  if (verdict !== trial.verdict) problems.push(`its values are ${verdict}, not ${trial.verdict}`);
  return { problems, farthest, verdict };
}

/** Whether a number is another rounded to so many digits: half a unit of the last one away, and what computations differ by. */
function isRounded(stored: number, now: number, digits: number): boolean {
  if (stored === now) return true;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(now))) + 1 - digits);
  return Math.abs(stored - now) <= 0.501 * unit;
}

/** How values stand to the rule. */
function standing(
  values: readonly (number | null)[],
  { rule, mean }: ClaimResult,
): { verdict: string; mean?: number; low?: number; high?: number } {
  const there = values.flatMap((value) => (value === null ? [] : [value]));
  if (there.length < values.length || there.length === 0) {
    return { verdict: there.length === 0 && values.length > 0 ? 'refuted' : 'undecided' };
  }
  if (mean === 'geometric' && there.some((value) => value <= 0)) return { verdict: 'undecided' };
  const found: { mean: number; low?: number; high?: number } = meanAndInterval(there, mean === 'geometric');
  const { low, high } = found;
  if (low === undefined || high === undefined) return { verdict: 'undecided', ...found };
  const isAbove = rule.above === undefined || low > rule.above;
  const isBelow = rule.below === undefined || high < rule.below;
  if (isAbove && isBelow) return { verdict: 'confirmed', ...found };
  const isOff = (rule.above !== undefined && high <= rule.above) || (rule.below !== undefined && low >= rule.below);
  return { verdict: isOff ? 'refuted' : 'undecided', ...found };
}

function verdictFrom({ value, control, 'doubled horizon': doubled = value! }: Record<string, string>): string {
  if (control !== 'refuted') return 'control failed';
  if (value === 'refuted' || doubled === 'refuted') return 'refuted';
  return value === 'confirmed' && doubled === 'confirmed' ? 'confirmed' : 'undecided';
}

/** Whether a claim was measured as its recipe says. */
function isSameClaim(spec: ClaimSpec, { measured, control, horizon, rule, mean }: ClaimResult): boolean {
  const wanted = [
    spec.quantity,
    variantOf(spec.quantity, spec.control),
    variantOf(spec.quantity, { quantity: spec.horizon.quantity, change: spec.horizon.doubled }),
    spec.rule,
    spec.mean,
  ];
  const found = [measured.quantity, control.quantity, horizon.doubled?.quantity, rule, mean];
  return isDeepStrictEqual(plain(wanted), plain(found));
}

/** As JSON has it. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
