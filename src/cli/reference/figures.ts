import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { packageFile } from '../../core/package_files.ts';
import { contractHash } from '../../reproduce/recipe/contract_hash.ts';
import { loadRecipe, recipeNames } from '../../reproduce/recipe/load.ts';
import type { Size } from '../../reproduce/recipe/schema.ts';
import { readFigure, readResults } from '../../reproduce/report/results.ts';
import { type Stands, summaryOf } from '../../reproduce/report/text.ts';

/** Recipes whose figures the README shows. */
const shown = ['yang-fig5', 'yang-heads'] as const;

/** From the root of the project. */
const folder = '.docs/figures';

/** What is kept of results for the README and `.docs/reproduce.md`. */
interface Kept extends Stands {
  /** Of what was measured, so that results of an earlier recipe do not pass for those of this one. */
  readonly contract: string;
}

/**
 * Takes the figures and verdicts that README and `.docs/reproduce.md` show from what `incline reproduce --quick` wrote.
 * @throws UserError where a figure is missing, or was made by another version of its recipe
 */
export async function takeFigures(from: string): Promise<void> {
  const root = resolve(from);
  const results = (await readResults(root)).filter(({ size, recipe }) => size === 'quick' && isShipped(recipe));
  const kept = results.map(({ recipe, size, sweeps, claims }): Kept => {
    const now = contractHash(loadRecipe(recipe, size));
    const specs = loadRecipe(recipe, size).claims;
    const isSame = JSON.stringify(specs.map(({ id }) => id)) === JSON.stringify(claims.map(({ id }) => id));
    const isOfNow = isSame && contractHash({ sweeps, claims: specs }) === now;
    if (!isOfNow) throw stale(from, recipe, size);
    return { recipe, size, contract: now, claims: claims.map(({ id, verdict }) => ({ id, verdict })) };
  });
  const missing = shown.find((name) => !kept.some(({ recipe }) => recipe === name));
  if (missing) throw new UserError({ where: from, what: `holds no figure of ${missing} at its small size` });
  mkdirSync(packageFile(folder), { recursive: true });
  for (const recipe of shown) {
    const svg = readFigure(root, { recipe, size: 'quick' });
    writeFileSync(packageFile(join(folder, `${recipe}.svg`)), svg);
  }
  writeFileSync(packageFile(join(folder, 'claims.json')), `${JSON.stringify(kept, null, 1)}\n`);
}

/** How many claims came to what, with two figures, for the README. @throws UserError where they are of another version */
export function figuresAsMarkdown(): string {
  const pictures = shown.map((name) => {
    const { title, paper, figure } = loadRecipe(name, 'quick');
    return `![${title}](${folder}/${name}.svg)\n\n*${title} (${paper}, ${figure}): \`npx incline reproduce ${name}\`*`;
  });
  return [`At small sizes: **${summaryOf(keptClaims())}.**`, ...pictures].join('\n\n');
}

/** What every recipe is of, how long it takes, and how its claims stand. @throws as `figuresAsMarkdown` */
export function claimRows(): string[][] {
  return keptClaims().map(({ recipe, claims }) => {
    const { title, paper, figure, claims: specs, seconds } = loadRecipe(recipe, 'quick');
    const statement = new Map(specs.map(({ id, statement }) => [id, statement]));
    const others = claims.filter(({ verdict }) => verdict !== 'confirmed');
    return [
      `\`${recipe}\``,
      `${title} (${paper}, ${figure})`,
      String(seconds),
      String(claims.length - others.length),
      others.map(({ id, verdict }) => `*${verdict}*: ${statement.get(id)}`).join(' '),
    ];
  });
}

function keptClaims(): Kept[] {
  const kept = JSON.parse(readFileSync(packageFile(join(folder, 'claims.json')), 'utf8')) as Kept[];
  for (const { recipe, size, contract } of kept) {
    const isOfNow = isShipped(recipe) && contractHash(loadRecipe(recipe, size)) === contract;
    if (!isOfNow) throw stale(folder, recipe, size);
  }
  return kept;
}

const isShipped = (recipe: string): boolean => recipeNames().includes(recipe);

const stale = (where: string, recipe: string, size: Size): UserError =>
  new UserError({
    where,
    what: `holds verdicts of another version of ${recipe}`,
    fix: `npx incline reproduce ${recipe} --${size} --out DIR, with the others there, then npx incline docs --figures DIR`,
  });
