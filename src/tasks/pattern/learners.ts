import type { Baseline } from '../../baselines/contract.ts';
import { defaultOptions } from '../../baselines/contract.ts';
import { linearSvm } from '../../baselines/linear_svm.ts';
import { logistic } from '../../baselines/logistic.ts';
import { nearest1, nearest3 } from '../../baselines/nearest.ts';
import { rbfSvm } from '../../baselines/rbf_svm.ts';
import { type Matrix, matrix } from '../../core/linalg.ts';

/** The learners of Li et al. 2024, section 5, with the defaults of scikit-learn. */
export const learners: readonly Baseline[] = [logistic, linearSvm, rbfSvm, nearest1, nearest3];

/** Prompts as learners see them: inputs x and labels, without embeddings. */
export interface LabelledPrompts {
  /** [prompt, token, width], the query last; x are the first `features` numbers of a token. */
  readonly tokens: Float32Array;
  /** Labels of the contexts ±1 [prompt, token]; that of the query is not used. */
  readonly labels: Float32Array;
  readonly count: number;
  readonly length: number;
  readonly features: number;
}

/** Decision of a learner on the query of prompt p, from its last l contexts. */
export function decide(learner: Baseline, prompts: LabelledPrompts, p: number, contexts: number): number {
  const { tokens, labels, count, length, features } = prompts;
  const width = tokens.length / (count * length);
  const query = (p + 1) * length - 1;
  const inputs = (from: number, to: number): Matrix => {
    const result = matrix(to - from, features);
    for (let i = from; i < to; i++) {
      result.data.set(tokens.subarray(i * width, i * width + features), (i - from) * features);
    }
    return result;
  };
  const examples = inputs(query - contexts, query);
  const signs = Float64Array.from(labels.subarray(query - contexts, query));
  return learner.predict(examples, signs, inputs(query, query + 1), defaultOptions)[0]!;
}
