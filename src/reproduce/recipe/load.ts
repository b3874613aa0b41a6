import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { packageFile } from '../../core/package_files.ts';
import { FileRefused, readJson } from '../../core/plain_files.ts';
import { isRecord } from '../../core/record.ts';
import { fileSchema, type Recipe, type Size, type Sized, sizedSchema } from './schema.ts';

/** Folder of the recipes that ship with the program. */
const recipeFolder = packageFile('presets/recipes');

/** Largest file that is read as a recipe, in bytes. */
const largest = 1 << 20;

/** Names of the recipes that ship with the program, in alphabetical order. */
export function recipeNames(): string[] {
  return readdirSync(recipeFolder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort();
}

/**
 * A recipe at one size, by name or as a `.json` file.
 * @throws UserError naming file, key path and what was expected
 */
export function loadRecipe(nameOrFile: string, size: Size): Recipe {
  const isFile = /[./\\]/.test(nameOrFile);
  const where = isFile ? nameOrFile : `presets/recipes/${nameOrFile}.json`;
  const raw = read(
    isFile ? nameOrFile : join(recipeFolder, `${nameOrFile}.json`),
    where,
    isFile ? undefined : nameOrFile,
  );
  return recipeOf(raw, { where, name: basename(nameOrFile, '.json'), size });
}

function read(path: string, where: string, name: string | undefined): unknown {
  try {
    return readJson(path, largest, 'followed');
  } catch (error) {
    if (error instanceof FileRefused && error.code === 'ENOENT' && name !== undefined) {
      const names = recipeNames();
      const fix = nearest(name, names);
      throw new UserError({ what: `no recipe "${name}"`, expected: `one of ${names.join(', ')}`, fix });
    }
    if (error instanceof FileRefused) throw new UserError({ ...error.complaint, where, expected: 'a recipe (JSON)' });
    throw new UserError({ where, what: `not valid JSON (${(error as Error).message})`, fix: 'correct the file' });
  }
}

/** @throws UserError unless a file's JSON is a recipe */
export function recipeOf(
  raw: unknown,
  { where, name, size }: { readonly where: string; readonly name: string; readonly size: Size },
): Recipe {
  const file = parsed(fileSchema, raw, where, []);
  const { let: own, ...sized } = file.sizes[size];
  const { $schema: _, sizes: _sizes, panels, claims, ...facts } = file;
  const whole = { ...sized, panels, claims };
  const filled = fill(whole, own, where);
  const at = parsed(sizedSchema, filled, where, ['sizes', size]);
  requireKnown(at, where);
  return { ...facts, ...at, name, size };
}

function parsed<S extends z.ZodType>(schema: S, value: unknown, where: string, prefix: readonly string[]): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const keys = issue!.path.map(String);
  const path = [...(isShared(keys) ? [] : prefix), ...keys].join('.') || 'the file';
  if (issue!.code === 'unrecognized_keys') {
    throw new UserError({ where, what: `${path}: unknown key ${issue!.keys[0]}`, fix: 'leave it out' });
  }
  const found = issue!.path.reduce<unknown>(
    (so, key) => (so as Record<PropertyKey, unknown> | undefined)?.[key as PropertyKey],
    value,
  );
  const what = `${path} is ${found === undefined ? 'missing or wrong' : JSON.stringify(found).slice(0, 60)}`;
  throw new UserError({ where, what, expected: issue!.message });
}

/** Panels and claims stand in the file for both sizes. */
const isShared = ([first]: readonly string[]): boolean => first === 'panels' || first === 'claims';

/** Puts the numbers of a size in the place of their names: `"$heads"` as it is, `"N = $n"` within a text. */
function fill(value: unknown, own: Readonly<Record<string, unknown>>, where: string): unknown {
  if (Array.isArray(value)) return value.map((one) => fill(one, own, where));
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, own, where)]));
  }
  if (typeof value !== 'string') return value;
  const lookUp = (name: string): unknown => {
    if (name in own) return own[name];
    throw new UserError({
      where,
      what: `"${value}" names $${name}`,
      expected: `one of ${Object.keys(own).join(', ')}`,
    });
  };
  const whole = /^\$([a-z]\w*)$/.exec(value)?.[1];
  if (whole !== undefined && whole !== 'value') return lookUp(whole);
  return value.replace(/\$(?!value\b)([a-z]\w*)/g, (_, name: string) => String(lookUp(name)));
}

/** @throws UserError where a panel or claim reads a sweep, or a setting of one, that the recipe does not have */
function requireKnown({ sweeps, panels, claims }: Sized, where: string): void {
  const names = Object.keys(sweeps);
  const look = (part: unknown, path: string): void => {
    if (Array.isArray(part)) for (const [i, one] of part.entries()) look(one, `${path}.${i}`);
    if (!isRecord(part)) return;
    if (typeof part['of'] === 'string' && !names.includes(part['of'])) {
      throw new UserError({ where, what: `${path}.of is "${part['of']}"`, expected: `one of ${names.join(', ')}` });
    }
    const of = sweeps[(part['of'] as string | undefined) ?? names[0]!]!;
    for (const key of isRecord(part['where']) ? Object.keys(part['where']) : []) {
      if (key in of.grid || key in of.zip) continue;
      const varied = [...Object.keys(of.grid), ...Object.keys(of.zip)].join(', ') || 'nothing';
      throw new UserError({ where, what: `${path}.where names ${key}`, expected: `what its sweep varies: ${varied}` });
    }
    for (const [key, one] of Object.entries(part)) if (key !== 'where' && key !== 'set') look(one, `${path}.${key}`);
  };
  look(panels, 'panels');
  look(claims, 'claims');
  const ids = claims.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice) throw new UserError({ where, what: `two claims have the id ${twice}`, fix: 'give each its own' });
}
