import { gradients } from './gradient.ts';
import { clipByNorm, normOf } from './optimizers/clip.ts';
import type { Optimizer, OptimizerSettings, UpdateState } from './optimizers/contract.ts';
import { type ParameterSpec, pack, partsOf, shaped } from './parameters.ts';
import { type ScheduleKind, schedule } from './schedules.ts';
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
  readonly schedule: { readonly kind: ScheduleKind; readonly warmupSteps: number; readonly finalFraction: number };
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
  const batches = declareBatches(recorder, options);
  let state = declareState(recorder, options.optimizer, segments);
  const reports: Record<string, SymbolicTensor>[] = [];
  for (let i = 0; i < options.unroll; i++) {
    const update = recordUpdate(options, segments, live, state, batchOf(options.batch, batches, i));
    state = update.state;
    reports.push(update.report);
  }
  return recorder.finish({
    theta: joined(state.segments.map(({ theta }) => theta)),
    ...prefixed('slot', joinedSlots(options.optimizer, state.segments)),
    step: state.step,
    ...prefixed('scalars', columnsOf(reports)),
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
  const keep = keptEntries(recorder, segments, freeze);
  return {
    learningRate: recorder.input('learning_rate', []),
    weightDecay: decay ? recorder.input('weight_decay', []) : undefined,
    totalSteps: recorder.input('total_steps', []),
    clipNorm: clip ? recorder.input('clip_norm', []) : undefined,
    keep: keep && cut(segments, keep),
  };
}

const vectorOf = (segments: readonly Segment[]): Shape => [{ name: 'parameter', size: segments.at(-1)?.end ?? 0 }];

/** 1 for entries of θ [P] that are trained, 0 for those of fixed parameters and those held now; undefined when all are. */
function keptEntries(recorder: Recorder, segments: readonly Segment[], freeze: boolean): SymbolicTensor | undefined {
  const vector = vectorOf(segments);
  const input = freeze ? recorder.input('keep', vector) : undefined;
  const fixed = segments.flatMap(({ layout, start: offset }) =>
    layout.parameters.filter((one) => one.fixed).map(({ start, end }) => [offset + start, offset + end] as const),
  );
  if (fixed.length === 0) return input;
  const trained = new Float64Array(segments.at(-1)?.end ?? 0).fill(1);
  for (const [start, end] of fixed) trained.fill(0, start, end);
  const constant = recorder.constant(vector, trained);
  return input ? input.mul(constant) : constant;
}

interface TrainingState {
  /** Slots of one number are the same in all. */
  readonly segments: readonly UpdateState[];
  readonly step: SymbolicTensor;
}

function declareState(recorder: Recorder, optimizer: Optimizer, segments: readonly Segment[]): TrainingState {
  const vector = vectorOf(segments);
  const slots = optimizer.slots.map(({ name, kind }) => {
    if (kind === 'vector') return [name, cut(segments, recorder.input(`slot/${name}`, vector))] as const;
    const number = recorder.input(`slot/${name}`, []);
    return [name, segments.map(() => number)] as const;
  });
  const thetas = cut(segments, recorder.input('theta', vector));
  return {
    segments: thetas.map((theta, i) => ({
      theta,
      slots: Object.fromEntries(slots.map(([name, parts]) => [name, parts[i]!])),
    })),
    step: recorder.input('step', []),
  };
}

const joinedSlots = ({ slots }: Optimizer, segments: readonly UpdateState[]): Record<string, SymbolicTensor> =>
  Object.fromEntries(
    slots.map(({ name, kind }) => {
      const parts = segments.map((segment) => segment.slots[name]!);
      return [name, kind === 'scalar' ? parts[0]! : joined(parts)];
    }),
  );

function recordUpdate(
  options: TrainingOptions,
  segments: readonly Segment[],
  live: LiveInputs,
  state: TrainingState,
  batch: Readonly<Record<string, SymbolicTensor>>,
): { state: TrainingState; report: Record<string, SymbolicTensor> } {
  const parts = segments.map(({ layout }, i) => partsOf(layout, state.segments[i]!.theta));
  const parameters = segments.map(({ layout }, i) => shaped(layout, parts[i]!));
  const { loss, scalars } = options.objective(Object.assign({}, ...parameters), batch);
  const { gradient, norm } = gradientOf(loss, segments, parts, live);
  const { kind, warmupSteps, finalFraction } = options.schedule;
  const { step } = state;
  const multiplier = schedule(kind, { step, totalSteps: live.totalSteps, warmupSteps, finalFraction });
  const learningRate = live.learningRate.mul(multiplier);
  const { weightDecay } = live;
  const updated = state.segments.map((before, i) => {
    const inputs = { ...before, gradient: gradient[i]!, learningRate, weightDecay };
    const after = options.optimizer.update(options.settings, inputs);
    return live.keep ? withFrozen(live.keep[i]!, before, after) : after;
  });
  return {
    state: { segments: updated, step: step.add(1) },
    report: { ...scalars, learning_rate: learningRate, gradient_norm: norm },
  };
}

/** The gradient by segment, clipped and without frozen entries, and its norm before clipping. */
function gradientOf(
  loss: SymbolicTensor,
  segments: readonly Segment[],
  parts: readonly Readonly<Record<string, SymbolicTensor>>[],
  { keep, clipNorm }: LiveInputs,
): { readonly gradient: readonly SymbolicTensor[]; readonly norm: SymbolicTensor } {
  const slopes = gradients(
    loss,
    parts.flatMap((segment) => Object.values(segment)),
  ).values();
  const gradient = segments.map(({ layout }, i) => {
    const packed = pack(
      layout,
      mapValues(parts[i]!, () => slopes.next().value!),
    );
    return keep ? packed.mul(keep[i]!) : packed;
  });
  return clipNorm ? clipByNorm(gradient, clipNorm) : { gradient, norm: normOf(gradient) };
}

/** new · keep + old · (1 − keep) for θ and every slot that has an entry for each parameter: 0 and 1 select exactly. */
function withFrozen(keep: SymbolicTensor, before: UpdateState, after: UpdateState): UpdateState {
  const frozen = keep.neg().add(1);
  const select = (old: SymbolicTensor, fresh: SymbolicTensor): SymbolicTensor =>
    fresh.shape.length === 0 ? fresh : fresh.mul(keep).add(old.mul(frozen));
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
function columnsOf(reports: readonly Readonly<Record<string, SymbolicTensor>>[]): Record<string, SymbolicTensor> {
  return mapValues(reports[0] ?? {}, (first, name) => {
    if (first.shape.length > 0) throw new GraphError(`the reported scalar "${name}" is ${describe(first.shape)}`);
    return concat(
      reports.map((report) => report[name]!.reshape([{ name: 'update', size: 1 }])),
      0,
    );
  });
}

const prefixed = <T>(prefix: string, values: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));

const mapValues = <T, R>(values: Readonly<Record<string, T>>, f: (value: T, name: string) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, f(value, name)]));
