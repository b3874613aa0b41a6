import { version } from '../core/package_files.ts';
import type { Reader } from './measure/leaf.ts';
import type { RunRead } from './measure/runs.ts';
import type { Source } from './measure/source.ts';
import { evaluated } from './measure/value.ts';
import { type Change, changed, type Expression, leavesOf, withLeaves } from './recipe/expression.ts';
import type { ClaimSpec, Recipe, Size } from './recipe/schema.ts';
import { type Standing, standingOf, type Verdict, verdictOf } from './verdict.ts';

/**
 * Digits that are kept: of values those of single precision, in which runs are trained; of means enough that they tell when a
 * digit of a value is another.
 */
export const keptDigits = { value: 7, mean: 12, interval: 8 };

/** A quantity over seeds, and how it stands to the rule. */
export interface Trial extends Standing {
  readonly quantity: Expression;
  /** In the order of the seeds; null where a run does not have it. */
  readonly values: readonly (number | null)[];
}

/** A claim and what it has come to. */
export interface ClaimResult extends Omit<ClaimSpec, 'quantity' | 'horizon' | 'control'> {
  readonly verdict: Verdict;
  readonly seeds: readonly number[];
  readonly measured: Trial;
  readonly horizon: { readonly says: string; readonly doubled?: Trial };
  readonly control: Trial & { readonly says: string };
}

/** All that `claims.json` holds: without dates, so that the same runs give the same bytes. */
export interface Claims {
  readonly v: 1;
  readonly recipe: string;
  readonly title: string;
  readonly paper: string;
  readonly figure: string;
  readonly size: Size;
  readonly scale: string;
  readonly versions: { readonly incline: string; readonly engines: readonly string[] };
  readonly sweeps: Recipe['sweeps'];
  readonly claims: readonly ClaimResult[];
  readonly differs: Recipe['differs'];
  readonly runs: readonly RunRead[];
}

/**
 * Measures every claim of a recipe and its controls.
 * @param root folder that paths of runs are told from
 * @param onClaim told of every claim as soon as it is tried
 */
export async function tryClaims(
  recipe: Recipe,
  reader: Reader,
  root: string,
  onClaim: (claim: ClaimResult) => void = () => undefined,
): Promise<Claims> {
  const claims: ClaimResult[] = [];
  for (const claim of recipe.claims) {
    const result = await tried(claim, reader);
    claims.push(result);
    onClaim(result);
  }
  const { name, title, paper, figure, size, scale, sweeps, differs } = recipe;
  const runs = reader.runs.read(root);
  const versions = { incline: version, engines: reader.runs.engines() };
  return { v: 1, recipe: name, title, paper, figure, size, scale, versions, sweeps, claims, differs, runs };
}

async function tried({ quantity, horizon, control, ...claim }: ClaimSpec, reader: Reader): Promise<ClaimResult> {
  const { rule, mean } = claim;
  const seeds = seedsOf(quantity, reader);
  const trial = async (one: Expression, own: readonly number[]): Promise<Trial> => {
    const values: (number | null)[] = [];
    for (const seed of own) values.push(kept(await evaluated(one, seed, reader)));
    return { quantity: one, values, ...rounded(standingOf(values, rule, mean)) };
  };
  const measured = await trial(quantity, seeds);
  const later = variantOf(quantity, { quantity: horizon.quantity, change: horizon.doubled });
  const doubled = later === undefined ? undefined : await trial(later, seeds);
  const other = variantOf(quantity, control)!;
  const failed = await trial(other, seedsOf(other, reader));
  return {
    ...claim,
    verdict: verdictOf(measured, doubled, failed),
    seeds,
    measured,
    horizon: { says: horizon.says, ...(doubled && { doubled }) },
    control: { says: control.says, ...failed },
  };
}

/** A quantity under a change, or the one that stands for it; undefined where there is neither. */
export function variantOf(
  quantity: Expression,
  { quantity: other, change }: { readonly quantity?: Expression | undefined; readonly change?: Change | undefined },
): Expression | undefined {
  return other ?? (change && withLeaves(quantity, (leaf) => changed(leaf, change)));
}

/** Seeds that every sweep has which an expression reads. */
export function seedsOf(quantity: Expression, source: Pick<Source, 'seeds'>): number[] {
  const lists = leavesOf(quantity).map(({ of }) => source.seeds(of));
  const [first = source.seeds(), ...others] = lists;
  return first.filter((seed) => others.every((list) => list.includes(seed)));
}

const kept = (value: number | null): number | null => (value === null ? null : to(keptDigits.value, value));

function rounded({ mean, low, high, sd, ...standing }: Standing): Standing {
  const short = (value: number | null | undefined): number | null =>
    value ? to(keptDigits.interval, value) : (value ?? null);
  if (mean === undefined) return standing;
  return { ...standing, mean: to(keptDigits.mean, mean), low: short(low), high: short(high), sd: short(sd) };
}

const to = (digits: number, value: number): number => Number(value.toPrecision(digits));
