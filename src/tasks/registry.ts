import type { TaskDefinition } from './contract.ts';
import { representationRegression } from './representation_regression.ts';

/** Every task, by the name configurations give it. */
export const tasks: ReadonlyMap<string, TaskDefinition> = new Map(
  [representationRegression].map((definition) => [definition.name, definition]),
);
