import { estimate } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Evaluation } from '../contract.ts';
import { errorsByPosition } from '../functions/errors.ts';
import { functionEvaluation } from '../functions/evaluation.ts';
import type { FunctionClass } from '../functions/function_class.ts';
import { errorOf } from '../functions/losses.ts';
import type { Prompts } from '../functions/prompts.ts';
import { named } from '../named.ts';
import { type Pool, type Predictions, predictionsOf } from './predictors.ts';

/** Held-out prompts of one class of functions. */
interface HeldOut {
  readonly functions: FunctionClass;
  readonly prompts: Prompts;
}

/** Prompts of one kind, with what is measured of them; `prefix` stands before all its names. */
interface Part extends HeldOut {
  readonly prefix: '' | 'new_';
  readonly evaluation: Evaluation;
  predictions(): Predictions;
}

/**
 * Errors on prompts of tasks of the pool and of new ones, and the distance of predictions from both predictors, mean (a − b)²/d over
 * prompts and points (Raventós et al. 2023). Standard errors are those over prompts of this pool.
 */
export function pooledEvaluation(ofPool: HeldOut, ofPrior: HeldOut, pool: Pool, lossName: string): Evaluation {
  const parts = [partOf('', ofPool, pool, lossName), partOf('new_', ofPrior, pool, lossName)];
  const all = <T>(of: (part: Part) => Readonly<Record<string, T>>): Record<string, T> =>
    Object.assign({}, ...parts.map((part) => named(part.prefix, of(part))));
  return {
    inputs: all(({ evaluation }) => evaluation.inputs),
    outputs: (forward, inputs) =>
      all(({ prefix, evaluation }) => evaluation.outputs(forward, { tokens: inputs[`${prefix}tokens`]! })),
    measure: (outputs) =>
      all((part) => {
        const prediction = outputs[`${part.prefix}prediction`]!;
        return { ...part.evaluation.measure({ prediction }), ...distancesOf(part, prediction.data) };
      }),
    references: all(({ evaluation }) => evaluation.references),
    *baselines(most) {
      yield* parts[0]!.evaluation.baselines(most);
      for (const part of parts) yield predictorErrors(part, most);
    },
  };
}

function partOf(prefix: Part['prefix'], { functions, prompts }: HeldOut, pool: Pool, lossName: string): Part {
  let known: Predictions | undefined;
  return {
    prefix,
    functions,
    prompts,
    evaluation: functionEvaluation(functions, lossName, prompts, prompts.points),
    // Kept, and computed only where something is measured: it takes longer than drawing the prompts.
    predictions: () => {
      known ??= predictionsOf(prompts, pool, functions.noise);
      return known;
    },
  };
}

function distancesOf({ prompts, predictions }: Part, prediction: ArrayLike<number>): Record<string, Estimate> {
  const { ridge, pool_bayes } = predictions();
  return {
    pool_bayes_distance: distance(prompts, prediction, pool_bayes),
    ridge_distance: distance(prompts, prediction, ridge),
    predictors_apart: distance(prompts, ridge, pool_bayes),
  };
}

function distance({ count, points, dim }: Prompts, a: ArrayLike<number>, b: ArrayLike<number>): Estimate {
  return estimate(
    Float64Array.from({ length: count }, (_, p) => {
      let sum = 0;
      for (let at = p * points; at < (p + 1) * points; at++) sum += (a[at]! - b[at]!) ** 2;
      return sum / (points * dim);
    }),
  );
}

/** Errors of both predictors on the first `most` prompts. */
function predictorErrors({ prefix, prompts, functions, predictions }: Part, most = prompts.count) {
  const { count, points, targets } = prompts;
  const errors = Object.entries(predictions()).map(([name, predicted]) => {
    const errorAt = (p: number, i: number) =>
      errorOf(functions.kind, predicted[p * points + i], targets[p * points + i]!);
    return named(`baseline/${name}/${prefix}`, errorsByPosition(points, Math.min(count, most), errorAt));
  });
  return Object.assign({}, ...errors) as Record<string, Estimate>;
}
