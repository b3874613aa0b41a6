import { gradients } from './gradient.ts';
import { clipByNorm, normOf } from './optimizers/clip.ts';
import type { Optimizer, OptimizerSettings, UpdateState } from './optimizers/contract.ts';
import { layoutOf, type ParameterLayout, type ParameterSpec, pack, partsOf, shaped } from './parameters.ts';
import { type ScheduleKind, schedule } from './schedules.ts';
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
  const layout = layoutOf(options.parameters);
  const live = declareLiveInputs(recorder, options, layout);
  const batches = declareBatches(recorder, options);
  let state = declareState(recorder, options.optimizer, layout.size);
  const reports: Record<string, SymbolicTensor>[] = [];
  for (let i = 0; i < options.unroll; i++) {
    const update = recordUpdate(options, layout, live, state, batchOf(options.batch, batches, i));
    state = update.state;
    reports.push(update.report);
  }
  return recorder.finish({
    theta: state.theta,
    ...prefixed('slot', state.slots),
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
  /** [P]. */
  readonly keep: SymbolicTensor | undefined;
}

const declareLiveInputs = (
  recorder: Recorder,
  { clip, decay, freeze = false }: TrainingOptions,
  layout: ParameterLayout,
): LiveInputs => ({
  learningRate: recorder.input('learning_rate', []),
  weightDecay: decay ? recorder.input('weight_decay', []) : undefined,
  totalSteps: recorder.input('total_steps', []),
  clipNorm: clip ? recorder.input('clip_norm', []) : undefined,
  keep: keptEntries(recorder, layout, freeze),
});

/** 1 for entries of θ [P] that are trained, 0 for those of fixed parameters and those held now; undefined when all are. */
function keptEntries(recorder: Recorder, layout: ParameterLayout, freeze: boolean): SymbolicTensor | undefined {
  const vector: Shape = [{ name: 'parameter', size: layout.size }];
  const input = freeze ? recorder.input('keep', vector) : undefined;
  const fixed = layout.parameters.filter((parameter) => parameter.fixed);
  if (fixed.length === 0) return input;
  const trained = new Float64Array(layout.size).fill(1);
  for (const { start, end } of fixed) trained.fill(0, start, end);
  const constant = recorder.constant(vector, trained);
  return input ? input.mul(constant) : constant;
}

interface TrainingState extends UpdateState {
  readonly step: SymbolicTensor;
}

function declareState(recorder: Recorder, optimizer: Optimizer, size: number): TrainingState {
  const vector: Shape = [{ name: 'parameter', size }];
  const slots = optimizer.slots.map(
    ({ name, kind }) => [name, recorder.input(`slot/${name}`, kind === 'vector' ? vector : [])] as const,
  );
  return {
    theta: recorder.input('theta', vector),
    slots: Object.fromEntries(slots),
    step: recorder.input('step', []),
  };
}

function recordUpdate(
  options: TrainingOptions,
  layout: ParameterLayout,
  live: LiveInputs,
  state: TrainingState,
  batch: Readonly<Record<string, SymbolicTensor>>,
): { state: TrainingState; report: Record<string, SymbolicTensor> } {
  const parts = partsOf(layout, state.theta);
  const { loss, scalars } = options.objective(shaped(layout, parts), batch);
  const slopes = gradients(loss, Object.values(parts));
  const packed = pack(layout, Object.fromEntries(Object.keys(parts).map((name, i) => [name, slopes[i]!])));
  const whole = live.keep ? packed.mul(live.keep) : packed;
  const { gradient, norm } = live.clipNorm
    ? clipByNorm(whole, live.clipNorm)
    : { gradient: whole, norm: normOf(whole) };
  const { kind, warmupSteps, finalFraction } = options.schedule;
  const { step } = state;
  const multiplier = schedule(kind, { step, totalSteps: live.totalSteps, warmupSteps, finalFraction });
  const learningRate = live.learningRate.mul(multiplier);
  const { weightDecay } = live;
  const updated = options.optimizer.update(options.settings, { ...state, gradient, learningRate, weightDecay });
  const held = live.keep ? withFrozen(live.keep, state, updated) : updated;
  return {
    state: { ...held, step: step.add(1) },
    report: { ...scalars, learning_rate: learningRate, gradient_norm: norm },
  };
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
