import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import { UserError } from '../core/errors.ts';

/** The name in `valid` that a person most likely meant, ready to append to a message. */
export function nearest(name: string, valid: readonly string[]): string {
  return valid.length === 0 ? '' : `did you mean ${closest(name, [...valid])}?`;
}

export interface Problem {
  readonly error: z.ZodError;
  /** What the schema was given. */
  readonly value: unknown;
  /** Key path at which that stands in the configuration. */
  readonly prefix: readonly string[];
  /** Valid keys of the object in which the first problem lies. */
  readonly keys: readonly string[];
}

/**
 * Turns the first problem that a schema found into one line naming file (or flag) and key path.
 * @param where which file or flag gave the value at a key path
 */
export function complain({ error, value, prefix, keys }: Problem, where: (path: string) => string): UserError {
  const issue = error.issues[0]!;
  const path = [...prefix, ...issue.path.map(String)];
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const at = [...path, key].join('.');
    return new UserError({
      where: where(at),
      what: `unknown key ${at}`,
      expected: `one of ${keys.join(', ')}`,
      fix: nearest(key, keys),
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

function written(value: unknown): string {
  return typeof value === 'number' && Number.isNaN(value) ? 'not a number' : JSON.stringify(value);
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `a value of type ${issue.expected}`;
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
