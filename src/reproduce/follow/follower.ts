import { type Line, linesOf } from '../draw/collect.ts';
import { type Spread, spreadsOf } from '../draw/spread.ts';
import { knownRuns } from '../known.ts';
import type { Plan } from '../plan.ts';
import type { Axis, PanelSpec, Recipe } from '../recipe/schema.ts';
import { ruleText, trialText, verdictText } from '../report/text.ts';
import type { ClaimResult } from '../trial.ts';
import type { Verdict } from '../verdict.ts';
import { LiveSource } from './live_source.ts';

/** What the process that measures tells of a recipe as it comes to it. */
export type Told =
  | { readonly type: 'claim'; readonly recipe: string; readonly claim: ClaimResult }
  | { readonly type: 'figure'; readonly recipe: string; readonly lines: readonly (readonly Line[])[] };

/** A panel of a figure, as far as its numbers are there. */
export interface FollowedPanel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Where all of it lies along the x axis once it is there. */
  readonly ends: readonly [from: number, to: number];
  readonly lines: readonly { readonly label: string; readonly points: readonly Spread[] }[];
}

export interface FollowedClaim {
  readonly id: string;
  readonly statement: string;
  readonly rule: string;
  /** Absent until it was tried. */
  readonly tried?: {
    readonly verdict: Verdict;
    readonly words: string;
    readonly value: string;
    readonly control: string;
  };
}

export interface FollowedRecipe {
  readonly name: string;
  readonly title: string;
  /** Paper and figure. */
  readonly source: string;
  readonly scale: string;
  readonly state: 'waiting' | 'training' | 'measuring' | 'done' | 'left out';
  /** Runs that are trained, of how many. */
  readonly done: number;
  readonly total: number;
  /** Of all training, 0 … 1. */
  readonly share: number;
  /** Seconds of one core for all of it, and those that come after training, as the recipe says. */
  readonly work: Pick<Recipe, 'seconds' | 'measuring'>;
  readonly claims: readonly FollowedClaim[];
  readonly panels: readonly FollowedPanel[];
}

interface Job {
  readonly recipe: Recipe;
  readonly plan: Plan;
}

interface Followed extends Job {
  readonly source: LiveSource;
  readonly claims: Map<string, ClaimResult>;
  lines: readonly (readonly Line[])[] | undefined;
}

/** Follows recipes by what their runs write, and by what the process that measures tells. */
export class RecipeFollower {
  /** Whether that process has ended. */
  isOver = false;
  readonly #root: string;
  readonly #keys = new Map<string, string>();
  readonly #followed: readonly Followed[];

  constructor(jobs: readonly Job[], root: string) {
    this.#root = root;
    this.#followed = jobs.map((job) => ({
      ...job,
      source: new LiveSource(job.plan),
      claims: new Map<string, ClaimResult>(),
      lines: undefined,
    }));
  }

  take(told: Told): void {
    for (const one of this.#followed.filter(({ recipe }) => recipe.name === told.recipe)) {
      if (told.type === 'claim') one.claims.set(told.claim.id, told.claim);
      else one.lines = told.lines;
    }
  }

  /** @throws UserError where the record of a sweep cannot be read */
  async look(): Promise<FollowedRecipe[]> {
    const known = knownRuns(this.#root, this.#keys);
    const found: FollowedRecipe[] = [];
    for (const one of this.#followed) {
      const { recipe, plan, source, lines, claims } = one;
      const share = await source.look(known);
      const runs = [...plan.values()].filter(({ trained }) => trained).flatMap((sweep) => sweep.runs);
      const states = [...new Set(runs.map(({ key }) => key))].map((key) => known.get(key)?.cell.state);
      const done = states.filter((state) => state === 'done').length;
      const isTraining = states.includes('running') || (done > 0 && done < states.length);
      found.push({
        name: recipe.name,
        title: recipe.title,
        source: `${recipe.paper}, ${recipe.figure}`,
        scale: recipe.scale,
        state: lines
          ? 'done'
          : this.isOver
            ? 'left out'
            : claims.size > 0 || done === states.length
              ? 'measuring'
              : isTraining
                ? 'training'
                : 'waiting',
        done,
        total: states.length,
        share,
        work: recipe,
        claims: recipe.claims.map((claim) => followedClaim(claim, claims.get(claim.id))),
        panels: await panelsOf(one),
      });
    }
    return found;
  }
}

function followedClaim(spec: Recipe['claims'][number], claim: ClaimResult | undefined): FollowedClaim {
  const tried = claim && {
    verdict: claim.verdict,
    words: verdictText(claim),
    value: trialText(claim.measured),
    control: trialText(claim.control),
  };
  return { id: spec.id, statement: spec.statement, rule: ruleText(spec), ...(tried && { tried }) };
}

async function panelsOf({ recipe, plan, lines: whole, source }: Followed): Promise<FollowedPanel[]> {
  const found: FollowedPanel[] = [];
  for (const [i, panel] of recipe.panels.entries()) {
    const lines = whole?.[i] ?? (await linesOf(panel, source));
    const linear = { scale: 'linear' } as const;
    const { x, y } =
      panel.kind === 'heatmap'
        ? { x: { label: panel.column_label, ...linear }, y: { label: panel.row_label, ...linear } }
        : panel;
    const shown = lines.map(({ label, points }) => ({ label, points: spreadsOf(points, y.scale) }));
    found.push({ title: panel.title, x, y, ends: endsOf(panel, x, lines, plan), lines: shown });
  }
  return found;
}

function endsOf(panel: PanelSpec, { from, to }: Axis, lines: readonly Line[], plan: Plan): [number, number] {
  if (panel.kind !== 'curves') {
    const all = lines.flatMap(({ points }) => points.map(({ x }) => x));
    return [from ?? Math.min(...all), to ?? Math.max(...all)];
  }
  const [first] = plan.values();
  const last = panel.lines.map(({ of, by = {} }) => {
    const { steps } = of === undefined ? first! : plan.get(of)!;
    return steps * Math.max(...(by['each'] ?? [1]).map(Number));
  });
  return [from ?? 0, to ?? Math.max(...last)];
}
