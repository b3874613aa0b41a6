import { resolve } from 'node:path';
import { duration } from '../../core/format.ts';
import { knownRuns } from '../../reproduce/known.ts';
import { planOf } from '../../reproduce/plan.ts';
import { loadRecipe, recipeNames } from '../../reproduce/recipe/load.ts';
import type { Size } from '../../reproduce/recipe/schema.ts';
import { readResult, usualOut } from '../../reproduce/report/results.ts';
import type { Flags } from '../options/table.ts';
import { print, printJson } from '../output/output.ts';
import { estimateOf } from './estimate.ts';

const sizes: readonly Size[] = ['quick', 'full'];

/** Every recipe: what it draws, how long it takes here, and how far it is. */
export async function listRecipes({ out, jobs, json }: Flags<'out' | 'jobs' | 'json'>, cores: number): Promise<void> {
  const root = resolve(out ?? usualOut);
  const known = knownRuns(root);
  const rows = [];
  let basis = '';
  for (const name of recipeNames()) {
    const at = [];
    for (const size of sizes) {
      const recipe = loadRecipe(name, size);
      const estimate = await estimateOf([{ recipe, plan: planOf(recipe) }], jobs ?? cores);
      basis = estimate.basis;
      at.push({ size, recipe, seconds: estimate.seconds, state: stateOf(root, name, size, known) });
    }
    const [{ recipe }] = at as [(typeof at)[number]];
    const told = at.map(({ size, seconds, state }) => ({ size, seconds: Math.round(seconds), state }));
    rows.push({ name, title: recipe.title, paper: recipe.paper, figure: recipe.figure, sizes: told });
  }
  if (json) return printJson({ v: 1, out: root, basis, recipes: rows });
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, paper, figure, title, sizes: told } of rows) {
    print(`${name.padEnd(width)}  ${title} (${paper}, ${figure})`);
    const words = told.map(({ size, seconds, state }) => `${size} about ${duration(seconds)}: ${state}`);
    print(`${''.padEnd(width)}  ${words.join('; ')}`);
  }
  print('', `times: ${basis}`);
}

function stateOf(root: string, name: string, size: Size, known: ReturnType<typeof knownRuns>): string {
  const result = readResult(root, size, name);
  if (result) {
    const kinds = [...new Set(result.claims.map(({ verdict }) => verdict))];
    return kinds.map((kind) => `${result.claims.filter(({ verdict }) => verdict === kind).length} ${kind}`).join(', ');
  }
  const runs = [...planOf(loadRecipe(name, size)).values()].filter(({ trained }) => trained).flatMap((one) => one.runs);
  const done = runs.filter(({ key }) => known.get(key)?.cell.state === 'done').length;
  return done === 0 ? 'not run' : `${done} of ${runs.length} runs`;
}
