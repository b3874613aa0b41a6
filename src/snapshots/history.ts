import type { StoredTensor } from './safetensors.ts';
import { quote } from './strict-json.ts';

/** A curve reduced to columns: at `step[i]` (whole numbers) ends a stretch with these extremes and last value. */
export interface HistoryColumns {
  readonly step: Float64Array;
  readonly min: Float32Array;
  readonly max: Float32Array;
  readonly last: Float32Array;
}

type History = Readonly<Record<string, HistoryColumns>>;

const section = 'history/';

/** Curves as tensors `history/<metric>/step`, `min`, `max` and `last`. */
export function historyTensors(history: History): Record<string, StoredTensor> {
  return Object.fromEntries(
    Object.entries(history).flatMap(([metric, { step, ...values }]) => {
      const shape = [step.length];
      const columns = { step: BigInt64Array.from(step, BigInt), ...values };
      return Object.entries(columns).map(([part, data]) => [`${section}${metric}/${part}`, { shape, data }]);
    }),
  );
}

/**
 * Curves from their tensors, with one value a step.
 * @throws RangeError saying what is wrong with them
 */
export function historyOf(tensors: ReadonlyMap<string, StoredTensor>): History {
  // Metric names may hold slashes themselves: `history/<family>/<index>/min`.
  const columns = [...tensors.keys()].filter((name) => name.startsWith(section));
  const metrics = new Set(columns.map((name) => name.split('/').slice(1, -1).join('/')));
  const curves = [...metrics].map((metric): [string, HistoryColumns] => {
    const columnNamed = (part: string): unknown => tensors.get(`${section}${metric}/${part}`)?.data;
    const curve = curveOf(columnNamed('step'), columnNamed('min'), columnNamed('max'), columnNamed('last'));
    if (typeof curve === 'string') throw new RangeError(`has ${section}${quote(metric)} ${curve}`);
    return [metric, curve];
  });
  const named = withGapsApart(Object.fromEntries(curves));
  return Object.fromEntries(Object.entries(named).map(([name, curve]) => [name, oneValueAStep(curve)]));
}

/** Whether a tensor holds the steps of a curve. */
export const isCurveStep = (name: string): boolean => name.startsWith(section) && name.endsWith('/step');

/** The last step of the curves among tensors; undefined where there are none. */
export function lastStepOf(tensors: ReadonlyMap<string, StoredTensor>): number | undefined {
  const steps = [...tensors].filter(([name]) => isCurveStep(name)).flatMap(([, { data }]) => Number(data.at(-1) ?? 0));
  const last = Math.max(...steps);
  return Number.isSafeInteger(last) && last >= 0 ? last : undefined;
}

/** The tensors of a file with its curves as they are read today. */
export function withHistoryOfToday(tensors: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  const others = [...tensors].filter(([name]) => !name.startsWith(section));
  return new Map([...others, ...Object.entries(historyTensors(historyOf(tensors)))]);
}

/** A curve from its columns, or what is wrong with them. Whoever casts a whole file to float64 casts these as well. */
function curveOf(steps: unknown, min: unknown, max: unknown, last: unknown): HistoryColumns | string {
  const isWhole = steps instanceof BigInt64Array || steps instanceof Float64Array;
  if (!(isWhole && isFloats(min) && isFloats(max) && isFloats(last))) {
    return 'without int64 step and float32 min, max, last';
  }
  const step = stepsFrom(steps);
  if (![min, max, last].every((column) => column.length === step.length)) return 'with columns of unlike lengths';
  // Int64 that is said to be float64 is subnormal, which counts as zero once a session of onnxruntime has run here.
  const halves = new Uint32Array(step.buffer);
  for (let i = 0; i < step.length; i++) {
    const at = step[i]!;
    const isZero = halves[2 * i] === 0 && halves[2 * i + 1] === 0;
    if (!Number.isSafeInteger(at) || (at === 0 && !isZero) || at < (step[i - 1] ?? 0)) return 'whose steps do not rise';
  }
  return { step, min: new Float32Array(min), max: new Float32Array(max), last: new Float32Array(last) };
}

/** By halves of 32 bits: to convert big integers one by one takes most of the time of reading the curves of many runs. */
function stepsFrom(steps: BigInt64Array | Float64Array): Float64Array {
  if (steps instanceof Float64Array) return new Float64Array(steps);
  const halves = new Int32Array(steps.buffer, steps.byteOffset, 2 * steps.length);
  const whole = new Float64Array(steps.length);
  for (let i = 0; i < whole.length; i++) whole[i] = halves[2 * i + 1]! * 2 ** 32 + (halves[2 * i]! >>> 0);
  return whole;
}

const isFloats = (column: unknown): column is Float32Array | Float64Array =>
  column instanceof Float32Array || column instanceof Float64Array;

/**
 * Earlier versions called the gap that an update worked on `gap`, as the one that is evaluated after an update, and kept
 * both in one curve. At a step that has two values the first is of training; of the others, those at steps that have a
 * training loss are.
 */
function withGapsApart(history: History): History {
  const { gap, train_loss: loss } = history;
  if (!gap || !loss || history['train_gap']) return history;
  const trained = new Set(loss.step);
  const isOfTraining = (i: number): boolean => trained.has(gap.step[i]!) && gap.step[i] !== gap.step[i - 1];
  const { gap: _, ...others } = history;
  const parts = { train_gap: picked(gap, isOfTraining), gap: picked(gap, (i) => !isOfTraining(i)) };
  return { ...others, ...Object.fromEntries(Object.entries(parts).filter(([, { step }]) => step.length > 0)) };
}

/** The last of several values at one step: what was measured again, as after pruning, counts. */
function oneValueAStep(curve: HistoryColumns): HistoryColumns {
  const isLast = (i: number): boolean => curve.step[i] !== curve.step[i + 1];
  return curve.step.every((_, i) => isLast(i)) ? curve : picked(curve, isLast);
}

function picked({ step, min, max, last }: HistoryColumns, isPicked: (index: number) => boolean): HistoryColumns {
  const keep = (_: number, i: number): boolean => isPicked(i);
  return { step: step.filter(keep), min: min.filter(keep), max: max.filter(keep), last: last.filter(keep) };
}
