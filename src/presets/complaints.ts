import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { shortened } from '../core/format.ts';
import { nearest } from '../core/nearest.ts';

export interface Problem {
  readonly error: z.ZodError;
  /** What the schema was given. */
  readonly value: unknown;
  /** Key path at which that stands in the configuration. */
  readonly prefix: readonly string[];
  /** Valid keys of the object in which the first problem lies. */
  readonly keys: readonly string[];
  /** Key paths of the whole configuration. */
  readonly paths: readonly string[];
}

/** A key that stands elsewhere in the configuration, else the nearest of those that can stand here, else of all. */
function meant(key: string, keys: readonly string[], paths: readonly string[]): string {
  const last = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
  const exact = paths.find((path) => last(path) === key);
  if (exact !== undefined) return `did you mean ${exact}?`;
  const here = nearest(key, keys);
  if (here !== '') return here;
  const near = paths.find((path) => last(path) === closest(key, paths.map(last)));
  return near !== undefined && nearest(key, [last(near)]) !== '' ? `did you mean ${near}?` : '';
}

/**
 * Turns the first problem that a schema found into one line naming file (or flag) and key path.
 * @param where which file or flag gave the value at a key path
 */
export function complain({ error, value, prefix, keys, paths }: Problem, where: (path: string) => string): UserError {
  const issue = error.issues[0]!;
  const path = [...prefix, ...issue.path.map(String)];
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const at = [...path, shortened(key)].join('.');
    return new UserError({
      where: where(at),
      what: `unknown key ${at}`,
      expected: `one of ${keys.join(', ')}`,
      fix: meant(key, keys, paths),
    });
  }
  const found = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key as PropertyKey],
    value,
  );
  return new UserError({
    where: where(path.join('.')),
    what: `${path.join('.')} is ${found === undefined ? 'missing' : written(found)}`,
    expected: expectation(issue),
  });
}

/** A value as messages quote it. */
function written(value: unknown): string {
  if (typeof value === 'number') return Number.isNaN(value) ? 'not a number' : String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(shortened(value)) : String(value);
}

const typeNames: Readonly<Record<string, string>> = { int: 'a whole number', number: 'a number' };

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? `a value of type ${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `a number ${issue.inclusive ? '≥' : '>'} ${issue.minimum}`;
    case 'too_big':
      return `a number ${issue.inclusive ? '≤' : '<'} ${issue.maximum}`;
    case 'invalid_union':
      return issue.errors.map((branch) => (branch[0] ? expectation(branch[0]) : '')).join(', or ');
    default:
      return issue.message;
  }
}
