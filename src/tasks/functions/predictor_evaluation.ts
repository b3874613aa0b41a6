import { estimate } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Evaluation } from '../contract.ts';
import { named } from '../named.ts';
import { errorsByPosition } from './errors.ts';
import { functionEvaluation } from './evaluation.ts';
import type { FunctionClass } from './function_class.ts';
import { errorOf } from './losses.ts';
import type { Prompts } from './prompts.ts';

/** Held-out prompts of one class of functions. */
export interface HeldOut {
  readonly functions: FunctionClass;
  readonly prompts: Prompts;
}

/** Predictions without training for every input from the examples before it [prompt * point], by name of the predictor. */
export type Predictions = Readonly<Record<string, Float64Array>>;

/** What predictors make of held-out prompts, and what is measured of that. */
export interface Predictors {
  of(heldOut: HeldOut): Predictions;
  /** Those whose distance from the network is measured. */
  readonly distances: readonly string[];
  /** Two of them whose distance from each other is told, as `predictors_apart`. */
  readonly apart: readonly [string, string];
}

/** Prompts of one kind, with what is measured of them; `prefix` stands before all its names. */
interface Part extends HeldOut {
  readonly prefix: string;
  readonly evaluation: Evaluation;
  predictions(): Predictions;
}

/**
 * Errors on prompts of several kinds, by the prefix of their names, and the distance of predictions from those of predictors,
 * mean (a − b)²/d over prompts and points (Raventós et al. 2023).
 */
export function predictorEvaluation(
  heldOut: Readonly<Record<string, HeldOut>>,
  predictors: Predictors,
  lossName: string,
): Evaluation {
  const parts = Object.entries(heldOut).map(([prefix, one]) => partOf(prefix, one, predictors, lossName));
  const all = <T>(of: (part: Part) => Readonly<Record<string, T>>): Record<string, T> =>
    Object.assign({}, ...parts.map((part) => named(part.prefix, of(part))));
  return {
    inputs: all(({ evaluation }) => evaluation.inputs),
    outputs: (forward, inputs) =>
      all(({ prefix, evaluation }) => evaluation.outputs(forward, { tokens: inputs[`${prefix}tokens`]! })),
    measure: (outputs) =>
      all((part) => {
        const prediction = outputs[`${part.prefix}prediction`]!;
        return { ...part.evaluation.measure({ prediction }), ...distancesOf(part, predictors, prediction.data) };
      }),
    references: all(({ evaluation }) => evaluation.references),
    *baselines(most) {
      yield* parts[0]!.evaluation.baselines(most);
      for (const part of parts) yield predictorErrors(part, most);
    },
  };
}

function partOf(prefix: string, heldOut: HeldOut, predictors: Predictors, lossName: string): Part {
  const { functions, prompts } = heldOut;
  let known: Predictions | undefined;
  return {
    prefix,
    functions,
    prompts,
    evaluation: functionEvaluation(functions, lossName, prompts, prompts.points),
    // Kept, and computed only where something is measured: it takes longer than drawing the prompts.
    predictions: () => {
      known ??= predictors.of(heldOut);
      return known;
    },
  };
}

function distancesOf(
  { prompts, predictions }: Part,
  { distances, apart: [a, b] }: Predictors,
  prediction: ArrayLike<number>,
): Record<string, Estimate> {
  const own = predictions();
  return {
    ...Object.fromEntries(distances.map((name) => [`${name}_distance`, distance(prompts, prediction, own[name]!)])),
    predictors_apart: distance(prompts, own[a]!, own[b]!),
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

/** Errors of the predictors on the first `most` prompts. */
function predictorErrors({ prefix, prompts, functions, predictions }: Part, most = prompts.count) {
  const { count, points, targets } = prompts;
  const errors = Object.entries(predictions()).map(([name, predicted]) => {
    const errorAt = (p: number, i: number) =>
      errorOf(functions.kind, predicted[p * points + i]!, targets[p * points + i]!);
    return named(`baseline/${name}/${prefix}`, errorsByPosition(points, Math.min(count, most), errorAt));
  });
  return Object.assign({}, ...errors) as Record<string, Estimate>;
}
