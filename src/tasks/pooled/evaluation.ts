import type { Evaluation } from '../contract.ts';
import { type HeldOut, predictorEvaluation } from '../functions/predictor_evaluation.ts';
import { type Pool, predictionsOf } from './predictors.ts';

/**
 * Errors on prompts of tasks of the pool and of new ones, and the distance of predictions from both predictors. Standard errors are
 * those over prompts of this pool.
 */
export function pooledEvaluation(ofPool: HeldOut, ofPrior: HeldOut, pool: Pool, lossName: string): Evaluation {
  return predictorEvaluation(
    { '': ofPool, new_: ofPrior },
    {
      of: ({ prompts, functions }) => ({ ...predictionsOf(prompts, pool, functions.noise) }),
      distances: ['pool_bayes', 'ridge'],
      apart: ['ridge', 'pool_bayes'],
    },
    lossName,
  );
}
