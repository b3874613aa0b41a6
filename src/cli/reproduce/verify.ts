import { resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { significant } from '../../core/format.ts';
import { loadRecipe, recipeNames } from '../../reproduce/recipe/load.ts';
import { readResults } from '../../reproduce/report/results.ts';
import { type Checked, checkClaims } from '../../reproduce/verify/check.ts';
import { exitCode } from '../output/exit.ts';
import { print, printJson, tell } from '../output/output.ts';

/** Computes every claim of a folder anew from its runs. @returns the exit status: 2 where something differs */
export async function verify(folder: string, json: boolean): Promise<number> {
  const root = resolve(folder);
  const results = await readResults(root);
  if (results.length === 0) {
    throw new UserError({ where: folder, what: 'holds no claims', expected: 'what `incline reproduce --out` wrote' });
  }
  const shipped = recipeNames();
  const checked: Checked[] = [];
  for (const claims of results) {
    const recipe = shipped.includes(claims.recipe) ? loadRecipe(claims.recipe, claims.size) : undefined;
    const one = await checkClaims(claims, recipe, root);
    checked.push(one);
    if (json) continue;
    const { recipe: name, size, values, farthest, problems } = one;
    const far = farthest > 0 ? `, single precision off by ${significant(farthest, 2)} at most` : '';
    const end = problems.length === 0 ? `agree${far}` : `${problems.length} problems`;
    print(`${name} (${size}): ${one.claims} claims, ${values} values computed anew: ${end}`);
    for (const problem of problems) tell(`incline: ${name} (${size}): ${problem}`);
  }
  if (json) printJson({ v: 1, folder: root, checked });
  const wrong = checked.filter(({ problems }) => problems.length > 0).length;
  return wrong > 0 ? exitCode.userError : exitCode.done;
}
