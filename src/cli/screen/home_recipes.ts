import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { duration } from '../../core/format.ts';
import { loadRecipe, recipeNames } from '../../reproduce/recipe/load.ts';
import type { Recipe } from '../../reproduce/recipe/schema.ts';
import { claimsFile, readResult, usualOut } from '../../reproduce/report/results.ts';
import { trialText, verdictSigns, verdictText } from '../../reproduce/report/text.ts';
import type { Claims } from '../../reproduce/trial.ts';
import type { HomeData, HomeRecipe } from '../../ui/home/contract.ts';

interface Known {
  /** Of which state of the file. */
  readonly written: string;
  readonly shown: HomeRecipe;
  /** Why its claims could not be read. */
  readonly problem?: string;
}

/** Asks what the recipes of the program have come to in the usual folder; reads again only what was written since. */
export function recipesNow(): () => Required<Pick<HomeData, 'recipes' | 'problems'>> {
  const recipes = recipeNames().map((name) => loadRecipe(name, 'quick'));
  const root = resolve(usualOut);
  const known = new Map<string, Known>();
  return () => {
    for (const recipe of recipes) {
      const { mtimeMs, size } = statSync(join(root, claimsFile(recipe)), { throwIfNoEntry: false }) ?? {};
      const written = `${mtimeMs} ${size}`;
      if (known.get(recipe.name)?.written !== written) known.set(recipe.name, { written, ...read(root, recipe) });
    }
    const all = [...known.values()];
    return { recipes: all.map(({ shown }) => shown), problems: all.flatMap(({ problem }) => problem ?? []) };
  };
}

function read(root: string, recipe: Recipe): Omit<Known, 'written'> {
  try {
    return { shown: homeRecipe(recipe, readResult(root, recipe.size, recipe.name)) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { shown: homeRecipe(recipe, undefined), problem: error.message };
  }
}

function homeRecipe(recipe: Recipe, result: Claims | undefined): HomeRecipe {
  const { name, title, description, paper, figure, scale, seconds, claims } = recipe;
  const tried = new Map(result?.claims.map((claim) => [claim.id, claim]));
  return {
    name,
    title,
    description,
    group: paper,
    time: duration(Math.ceil(seconds / 2)),
    facts: [
      { label: 'figure', value: `${paper}, ${figure}` },
      { label: 'size', value: scale },
    ],
    verdicts: result ? verdictSigns(result.claims) : '',
    claims: claims.map(({ id, statement, says }) => {
      const claim = tried.get(id);
      return { label: statement, value: claim ? `${verdictText(claim)}: ${says} ${trialText(claim.measured)}` : says };
    }),
  };
}
