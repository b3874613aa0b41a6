import { burstyClassification } from './bursty_classification.ts';
import type { TaskDefinition } from './contract.ts';
import { decisionTree } from './decision_tree.ts';
import { linearClassification } from './linear_classification.ts';
import { linearRegression } from './linear_regression.ts';
import { markovChain } from './markov_chain.ts';
import { mixedRegression } from './mixed_regression.ts';
import { modularSums } from './modular_sums.ts';
import { noisyLinearRegression } from './noisy_linear_regression.ts';
import { pairRegression } from './pair_regression.ts';
import { patternClassification } from './pattern_classification.ts';
import { pooledRegression } from './pooled_regression.ts';
import { quadraticRegression } from './quadratic_regression.ts';
import { reluNetworkRegression } from './relu_network_regression.ts';
import { repeatedSequence } from './repeated_sequence.ts';
import { representationRegression } from './representation_regression.ts';
import { sparseLinearRegression } from './sparse_linear_regression.ts';

const definitions = [
  representationRegression,
  patternClassification,
  linearRegression,
  noisyLinearRegression,
  sparseLinearRegression,
  quadraticRegression,
  reluNetworkRegression,
  decisionTree,
  linearClassification,
  pooledRegression,
  mixedRegression,
  pairRegression,
  markovChain,
  repeatedSequence,
  burstyClassification,
  modularSums,
];

const known = new Map(definitions.map((definition) => [definition.name, definition as TaskDefinition]));

/** Every task, by the name configurations give it. */
export const tasks: ReadonlyMap<string, TaskDefinition> = known;

/** Adds a task that does not come with the program. */
export function addTask(definition: TaskDefinition): void {
  known.set(definition.name, definition);
}
