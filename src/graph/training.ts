import { gradients } from './gradient.ts';
import { clipByNorm, squaredNorm } from './optimizers/clip.ts';
import type { Optimizer, OptimizerSettings, UpdateState } from './optimizers/contract.ts';
import { type ParameterLayout, type ParameterSpec, pack, partsOf, shaped } from './parameters.ts';
import { recordRates, type ScheduleSettings } from './rates.ts';
import { cut, joined, type Segment, segmentsOf } from './segments.ts';
import { describe, GraphError } from './shape.ts';
import { concat, type Recorder, type SymbolicTensor } from './symbolic.ts';
import type { Graph, Shape } from './types.ts';

export interface Objective {
  /** The scalar to minimise. */
  readonly loss: SymbolicTensor;
  /** Further scalars to report for every update. */
  readonly scalars: Readonly<Record<string, SymbolicTensor>>;
}

export interface TrainingOptions {
  readonly parameters: readonly ParameterSpec[];
  readonly optimizer: Optimizer;
  readonly settings: OptimizerSettings;
  readonly schedule: ScheduleSettings;
  /** Whether the gradient's norm is bounded by the input `clip_norm`. */
  readonly clip: boolean;
  /** Whether parameters decay at the rate of the input `weight_decay`; two passes over them that most runs do without. */
  readonly decay: boolean;
  /** Whether the entries of θ and of every slot where the input `keep` [P] is 0 stay as they are. */
  readonly freeze?: boolean;
  /** Number of updates U in one run of the graph. */
  readonly unroll: number;
  /** What one update needs, by name; empty when the objective needs no data. */
  readonly batch: Readonly<Record<string, Shape>>;
  /** Records the objective of one update; called once for each of the U. */
  objective(
    parameters: Readonly<Record<string, SymbolicTensor>>,
    batch: Readonly<Record<string, SymbolicTensor>>,
  ): Objective;
}

/**
 * The graph of U updates in a row. Inputs `theta` [P], `slot/<name>` and `step` (updates done so far) are also outputs,
 * to be fed back at the next run. Further inputs: scalars `learning_rate` (peak), `weight_decay`, `total_steps`,
 * `clip_norm`; `keep` [P], 1 trained, 0 frozen; `batch/<name>` [U, …]; and whatever the objective declared on the recorder, shared by all updates.
 * An input that the settings make useless is not an input of the graph: see `Graph.inputs`. Further outputs:
 * `scalars/<name>` [U] for the objective's scalars, `learning_rate` and `gradient_norm` (before clipping), each taken
 * at the parameters before the update.
 */
export function recordTraining(recorder: Recorder, options: TrainingOptions): Graph {
  const segments = segmentsOf(options.parameters);
  const live = declareLiveInputs(recorder, options, segments);
  const rates = recordRates(recorder, options, live);
  const batches = declareBatches(recorder, options);
  let states = declareState(recorder, options.optimizer, segments);
  const factors = segments.map(({ layout }) => rateFactors(recorder, layout, options.optimizer));
  const reports: Report[] = [];
  for (let i = 0; i < options.unroll; i++) {
    const batch = batchOf(options.batch, batches, i);
    const update = recordUpdate(options, { segments, live, rates: rates.ofUpdate(i), factors, states, batch });
    states = update.states;
    reports.push(update.report);
  }
  const scalars = {
    ...columnsOf(reports.map((report) => report.scalars)),
    learning_rate: rates.learningRate,
    gradient_norm: columnOf(reports.map((report) => report.squaredNorm)).sqrt(),
  };
  return recorder.finish({
    theta: joined(states.map(({ theta }) => theta)),
    ...prefixed('slot', joinedSlots(options.optimizer, states)),
    ...rates.state,
    ...prefixed('scalars', scalars),
  });
}

/** What may change from run to run. */
interface LiveInputs {
  readonly learningRate: SymbolicTensor;
  readonly weightDecay: SymbolicTensor | undefined;
  readonly totalSteps: SymbolicTensor;
  readonly clipNorm: SymbolicTensor | undefined;
  /** By segment. */
  readonly keep: readonly SymbolicTensor[] | undefined;
}

function declareLiveInputs(
  recorder: Recorder,
  { clip, decay, freeze = false }: TrainingOptions,
  segments: readonly Segment[],
): LiveInputs {
  const keep = keptEntries(recorder, segments, { freeze, decay });
  return {
    learningRate: recorder.input('learning_rate', []),
    weightDecay: decay ? recorder.input('weight_decay', []) : undefined,
    totalSteps: recorder.input('total_steps', []),
    clipNorm: clip ? recorder.input('clip_norm', []) : undefined,
    keep: keep && cut(segments, keep),
  };
}

const vectorOf = (segments: readonly Segment[]): Shape => [{ name: 'parameter', size: segments.at(-1)?.end ?? 0 }];

/**
 * 1 for entries of θ [P] that are trained, 0 for those held now, and for those of fixed parameters where they would decay:
 * elsewhere they stay by themselves, as their gradient is 0. Undefined where nothing need be held.
 */
function keptEntries(
  recorder: Recorder,
  segments: readonly Segment[],
  { freeze, decay }: { readonly freeze: boolean; readonly decay: boolean },
): SymbolicTensor | undefined {
  const vector = vectorOf(segments);
  const input = freeze ? recorder.input('keep', vector) : undefined;
  if (!decay) return input;
  const fixed = segments.flatMap(({ layout, start: offset }) =>
    layout.parameters.filter((one) => one.fixed).map(({ start, end }) => [offset + start, offset + end] as const),
  );
  if (fixed.length === 0) return input;
  const trained = new Float64Array(segments.at(-1)?.end ?? 0).fill(1);
  for (const [start, end] of fixed) trained.fill(0, start, end);
  const constant = recorder.constant(vector, trained);
  return input ? input.mul(constant) : constant;
}

const vectorSlots = ({ slots }: Optimizer): string[] =>
  slots.flatMap(({ name, kind }) => (kind === 'vector' ? [name] : []));

/** Of the learning rates [P] of some parameters; undefined where all have the same. */
function rateFactors(
  recorder: Recorder,
  { size, parameters }: ParameterLayout,
  { kind }: Optimizer,
): SymbolicTensor | undefined {
  if (parameters.every(({ rate }) => (rate?.[kind] ?? 1) === 1)) return undefined;
  const factors = new Float64Array(size);
  for (const { rate, start, end } of parameters) factors.fill(rate?.[kind] ?? 1, start, end);
  return recorder.constant([{ name: 'parameter', size }], factors);
}

/** By segment. */
function declareState(recorder: Recorder, optimizer: Optimizer, segments: readonly Segment[]): UpdateState[] {
  const vector = vectorOf(segments);
  const slots = vectorSlots(optimizer).map(
    (name) => [name, cut(segments, recorder.input(`slot/${name}`, vector))] as const,
  );
  return cut(segments, recorder.input('theta', vector)).map((theta, i) => ({
    theta,
    slots: Object.fromEntries(slots.map(([name, parts]) => [name, parts[i]!])),
  }));
}

const joinedSlots = (optimizer: Optimizer, states: readonly UpdateState[]): Record<string, SymbolicTensor> =>
  Object.fromEntries(vectorSlots(optimizer).map((name) => [name, joined(states.map(({ slots }) => slots[name]!))]));

/** What one update works on; factors of rates, states and the inputs `keep` by segment. */
interface Update {
  readonly segments: readonly Segment[];
  readonly live: LiveInputs;
  readonly rates: Readonly<Record<string, SymbolicTensor>>;
  readonly factors: readonly (SymbolicTensor | undefined)[];
  readonly states: readonly UpdateState[];
  readonly batch: Readonly<Record<string, SymbolicTensor>>;
}

/** Of one update. */
interface Report {
  readonly scalars: Readonly<Record<string, SymbolicTensor>>;
  /** |g|² before clipping. */
  readonly squaredNorm: SymbolicTensor;
}

function recordUpdate(
  { objective, optimizer, settings }: TrainingOptions,
  { segments, live, rates, factors, states, batch }: Update,
): { states: UpdateState[]; report: Report } {
  const parts = segments.map(({ layout }, i) => partsOf(layout, states[i]!.theta));
  const parameters = segments.map(({ layout }, i) => shaped(layout, parts[i]!));
  const { loss, scalars } = objective(Object.assign({}, ...parameters), batch);
  const found = gradientOf(loss, segments, parts, live);
  const { keep, clipNorm, weightDecay } = live;
  const used = clipNorm ? clipByNorm(found, clipNorm).gradient : found;
  const updated = states.map((before, i) => {
    const factor = factors[i];
    const own = factor ? { ...rates, rate: rates['rate']!.mul(factor) } : rates;
    const after = optimizer.update(settings, { ...before, gradient: used[i]!, rates: own, weightDecay });
    return keep ? withFrozen(keep[i]!, before, after) : after;
  });
  return { states: updated, report: { scalars, squaredNorm: squaredNorm(found) } };
}

/** The gradient by segment, 0 for fixed parameters and frozen entries. */
function gradientOf(
  loss: SymbolicTensor,
  segments: readonly Segment[],
  parts: readonly Readonly<Record<string, SymbolicTensor>>[],
  { keep }: LiveInputs,
): SymbolicTensor[] {
  const trained = segments.flatMap(({ layout }, i) =>
    layout.parameters.filter((one) => !one.fixed).map(({ name }) => parts[i]![name]!),
  );
  const derivatives = gradients(loss, trained).values();
  return segments.map(({ layout }, i) => {
    const byName = layout.parameters.map(({ name, fixed = false }): [string, SymbolicTensor] => {
      const part = parts[i]![name]!;
      return [name, fixed ? part.recorder.scalar(0).expand(part.shape) : derivatives.next().value!];
    });
    const packed = pack(layout, Object.fromEntries(byName));
    return keep ? packed.mul(keep[i]!) : packed;
  });
}

/** new · keep + old · (1 − keep) for θ and every slot: 0 and 1 select exactly. */
function withFrozen(keep: SymbolicTensor, before: UpdateState, after: UpdateState): UpdateState {
  const frozen = keep.neg().add(1);
  const select = (old: SymbolicTensor, fresh: SymbolicTensor): SymbolicTensor => fresh.mul(keep).add(old.mul(frozen));
  return {
    theta: select(before.theta, after.theta),
    slots: mapValues(after.slots, (slot, name) => select(before.slots[name]!, slot)),
  };
}

function declareBatches(recorder: Recorder, { batch, unroll }: TrainingOptions): Record<string, SymbolicTensor> {
  const update = { name: 'update', size: unroll };
  return mapValues(batch, (shape, name) => recorder.input(`batch/${name}`, [update, ...shape]));
}

/** [U, …] → […] of update `index`. */
const batchOf = (
  shapes: Readonly<Record<string, Shape>>,
  batches: Readonly<Record<string, SymbolicTensor>>,
  index: number,
): Record<string, SymbolicTensor> =>
  mapValues(shapes, (shape, name) => batches[name]!.slice(0, index, index + 1).reshape(shape));

/** Scalars of U updates → name → [U]. */
const columnsOf = (reports: readonly Readonly<Record<string, SymbolicTensor>>[]): Record<string, SymbolicTensor> =>
  mapValues(reports[0] ?? {}, (first, name) => {
    if (first.shape.length > 0) throw new GraphError(`the reported scalar "${name}" is ${describe(first.shape)}`);
    return columnOf(reports.map((report) => report[name]!));
  });

/** A number of each update → [U]. What is done to all of them with the same constant is done once. */
function columnOf(scalars: readonly SymbolicTensor[]): SymbolicTensor {
  const [{ node, sources, recorder }] = scalars as readonly [SymbolicTensor];
  const side = sources.findIndex((source) => source.node.op === 'constant');
  const isShared = scalars.every((one) => one.node.op === node.op && one.sources[side]?.id === sources[side]?.id);
  if (side >= 0 && isShared && isArithmetic(node.op)) {
    const column = columnOf(scalars.map((scalar) => scalar.sources[1 - side]!));
    return recorder.record(node.op, [column, column].with(side, sources[side]!), {});
  }
  return concat(
    scalars.map((scalar) => scalar.reshape([{ name: 'update', size: 1 }])),
    0,
  );
}

type Arithmetic = 'add' | 'sub' | 'mul' | 'div';

const isArithmetic = (op: string): op is Arithmetic => ['add', 'sub', 'mul', 'div'].includes(op);

const prefixed = <T>(prefix: string, values: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));

const mapValues = <T, R>(values: Readonly<Record<string, T>>, f: (value: T, name: string) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, f(value, name)]));
