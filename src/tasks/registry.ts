import type { TaskDefinition } from './contract.ts';
import { linearRegression } from './linear_regression.ts';
import { patternClassification } from './pattern_classification.ts';
import { representationRegression } from './representation_regression.ts';

/** Every task, by the name configurations give it. */
export const tasks: ReadonlyMap<string, TaskDefinition> = new Map(
  [representationRegression, patternClassification, linearRegression].map((definition) => [
    definition.name,
    definition as TaskDefinition,
  ]),
);
