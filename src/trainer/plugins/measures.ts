import type { z } from 'zod';
import { type Measures, measuresSchema } from '../../protocol/measures.ts';
import { type Given, kindOf } from './given.ts';

/** What a definition of a plugin says of its numbers, refused in one line where it is not as documented. */
export function measuresGiven(definition: Given): Partial<Measures> {
  const keys = Object.keys(measuresSchema.unwrap().shape).filter((key) => definition.has(key));
  if (keys.length === 0) return {};
  const given = Object.fromEntries(keys.map((key) => [key, definition.any(key)]));
  const { data, error } = measuresSchema.safeParse({ metrics: [], ...given });
  if (!data) {
    const issue = error.issues[0]!;
    const value = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], given);
    return definition.refuse(memberOf(issue.path), kindOf(value), expectedOf(issue));
  }
  const wrong = data.metrics.findIndex(({ headline, better }) => headline && better !== 'lower');
  if (wrong >= 0)
    definition.refuse(`metrics[${wrong}].better`, kindOf(data.metrics[wrong]!.better), 'lower, as for all headlines');
  return data;
}

/** `metrics[0].title`. */
function memberOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

function expectedOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return issue.expected === 'array' ? 'a list' : `a ${issue.expected}`;
  if (issue.code === 'invalid_value') return issue.values.map(String).join(' or ');
  return issue.message;
}
