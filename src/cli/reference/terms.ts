import { shared } from '../../metrics/shared.ts';
import { models } from '../../models/registry.ts';
import type { Measures } from '../../protocol/measures.ts';
import { tasks } from '../../tasks/registry.ts';

/** A symbol or word of what is measured, and the tasks or models that mean it so; none where all do. */
export interface Term {
  readonly term: string;
  readonly meaning: string;
  readonly owners: readonly string[];
}

/** What tasks and models say that their symbols and words stand for, in their order. */
export function termsKnown(): Term[] {
  const found = new Map<string, { term: string; meaning: string; owners: string[] }>();
  const owners: readonly (readonly [string | undefined, Partial<Measures>])[] = [
    [undefined, shared],
    ...tasks,
    ...models,
  ];
  for (const [owner, { terms = {} }] of owners) {
    for (const [term, meaning] of Object.entries(terms)) {
      const key = `${term} ${meaning}`;
      const one = found.get(key) ?? { term, meaning, owners: [] };
      if (owner !== undefined) one.owners.push(owner);
      found.set(key, one);
    }
  }
  return [...found.values()];
}
