import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { asStorageError, writeFileAtomic } from '../../core/files.ts';
import { readJson, readPlain } from '../../core/plain_files.ts';
import { isRecord } from '../../core/record.ts';
import type { Figure } from '../draw/figure.ts';
import type { Size } from '../recipe/schema.ts';
import type { Claims } from '../trial.ts';

const sizes: readonly Size[] = ['quick', 'full'];

/** Largest `claims.json` and figure that are read, in bytes. */
const largest = 1 << 26;

/** Folder of results unless said. */
export const usualOut = 'reproduced';

/** Where in the folder of results a recipe's claims stand. */
export const claimsFile = ({ size, name }: { readonly size: Size; readonly name: string }): string =>
  join(size, name, 'claims.json');

/** Folder of what a recipe has come to. */
const resultFolder = (root: string, size: Size, recipe: string): string => join(root, size, recipe);

/** Folder of all runs. */
export const runsFolder = (root: string): string => join(root, 'runs');

export async function writeResult(root: string, claims: Claims, figure: Figure, png: Uint8Array): Promise<void> {
  const folder = resultFolder(root, claims.size, claims.recipe);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw asStorageError(folder, error);
  });
  const files = { 'figure.svg': figure.svg, 'figure.png': png, 'figure.csv': `${figure.csv}\n` };
  for (const [name, content] of Object.entries(files)) {
    await writeFileAtomic(join(folder, name), content, { readers: 'shared' });
  }
  // Last: where claims are, their figure is.
  await writeFileAtomic(join(folder, 'claims.json'), `${JSON.stringify(claims, null, 1)}\n`, { readers: 'shared' });
}

/** What a recipe has come to; undefined where it has not. @throws UserError for what is no record of claims */
export function readResult(root: string, size: Size, recipe: string): Claims | undefined {
  const where = join(root, claimsFile({ size, name: recipe }));
  let value: unknown;
  try {
    value = readJson(where, largest);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    if (error instanceof UserError) throw error;
    throw new UserError({ where, what: `not valid JSON (${(error as Error).message})`, fix: 'run the recipe again' });
  }
  if (isRecord(value) && value['v'] === 1 && Array.isArray(value['claims']) && Array.isArray(value['runs'])) {
    return value as unknown as Claims;
  }
  throw new UserError({ where, what: 'is no record of claims', fix: 'run the recipe again' });
}

/** Everything that is there, recipes in the order of their names. */
export async function readResults(root: string): Promise<Claims[]> {
  const found: Claims[] = [];
  for (const size of sizes) {
    const names = await readdir(join(root, size)).catch(() => []);
    for (const name of names.sort()) {
      const claims = readResult(root, size, name);
      if (claims) found.push(claims);
    }
  }
  return found;
}

export function readFigure(root: string, { size, recipe }: Pick<Claims, 'size' | 'recipe'>): string {
  return readPlain(join(resultFolder(root, size, recipe), 'figure.svg'), largest).toString('utf8');
}
