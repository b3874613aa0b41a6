import { type BaselineOptions, defaultOptions } from '../../baselines/contract.ts';
import { baselines } from '../../baselines/registry.ts';
import { matrix } from '../../core/linalg.ts';
import { mean } from '../../core/stats.ts';
import type { Yielding } from '../../core/yielding.ts';
import { Attempt } from '../../metrics/attempt.ts';
import { estimateOfKnown } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import { errorsByPosition } from './errors.ts';
import type { FunctionClass, Reference } from './function_class.ts';
import { errorOf } from './losses.ts';
import type { Prompts } from './prompts.ts';

/**
 * Errors of the predictors of a class on the first `most` held-out prompts, as `baseline/<name>/error_at/<i>` and
 * `…/error_last`; predictor after predictor, with a part of the work for every prompt.
 */
export function* measureReferences(
  functions: FunctionClass,
  prompts: Prompts,
  positions: number,
  most = Number.POSITIVE_INFINITY,
): Generator<Record<string, Estimate>, void> {
  for (const one of functions.references) {
    const work = measureOne(functions.kind, one, { ...prompts, count: Math.min(prompts.count, most) }, positions);
    let part = work.next();
    for (; !part.done; part = work.next()) yield {};
    const errors = Object.entries(part.value);
    yield Object.fromEntries(errors.map(([metric, error]) => [`baseline/${one.name}/${metric}`, error]));
  }
}

function* measureOne(
  kind: FunctionClass['kind'],
  reference: Reference,
  prompts: Prompts,
  positions: number,
): Yielding<Record<string, Estimate>> {
  const count = Math.min(prompts.count, reference.most ?? Number.POSITIVE_INFINITY);
  const candidates: { readonly errors: Float64Array; readonly mean: number; readonly reason: string | undefined }[] =
    [];
  for (const options of reference.options ?? [{}]) {
    const errors = new Float64Array(count * positions);
    const attempt = new Attempt();
    for (let p = 0; p < count; p++) {
      yield;
      for (let i = 0; i < positions; i++) {
        const prediction = attempt.number(() => predictAt(reference, options, prompts, p, i));
        errors[p * positions + i] = errorOf(kind, prediction, prompts.targets[p * prompts.points + i]!);
      }
    }
    const known = errors.filter(Number.isFinite);
    const { reason } = attempt;
    candidates.push({ errors, mean: known.length > 0 ? mean(known) : Number.POSITIVE_INFINITY, reason });
  }
  const { errors, reason } = candidates.reduce((best, one) => (one.mean < best.mean ? one : best));
  return errorsByPosition(
    positions,
    count,
    (p, i) => errors[p * positions + i]!,
    (values) => estimateOfKnown(values, reason),
  );
}

/** Prediction for prompt p from its first i examples. */
function predictAt(
  { name, of = name, seen = (value) => value }: Reference,
  options: Partial<BaselineOptions>,
  { dim, points, inputs, labels, queries }: Prompts,
  p: number,
  i: number,
): number {
  const first = p * points;
  const x = matrix(i, dim, Float64Array.from(inputs.subarray(first * dim, (first + i) * dim), seen));
  const y = Float64Array.from(labels.subarray(first, first + i));
  const asked = (queries ?? inputs).subarray((first + i) * dim, (first + i + 1) * dim);
  const query = matrix(1, dim, Float64Array.from(asked, seen));
  return baselines.get(of)!.predict(x, y, query, { ...defaultOptions, ...options })[0]!;
}
