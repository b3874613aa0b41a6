import type { Optimizer, OptimizerSettings } from './optimizers/contract.ts';
import { type ScheduleKind, schedule } from './schedules.ts';
import { concat, type Recorder, type SymbolicTensor } from './symbolic.ts';
import type { Axis } from './types.ts';

export interface ScheduleSettings {
  readonly kind: ScheduleKind;
  readonly warmupSteps: number;
  readonly finalFraction: number;
}

/** What the factors of U updates in a row come from. */
interface RateSettings {
  readonly optimizer: Optimizer;
  readonly settings: OptimizerSettings;
  readonly schedule: ScheduleSettings;
  /** U. */
  readonly unroll: number;
}

/** Scalars that may change from run to run. */
interface RateControls {
  readonly learningRate: SymbolicTensor;
  readonly weightDecay: SymbolicTensor | undefined;
  readonly totalSteps: SymbolicTensor;
}

interface Rates {
  /** Scheduled, of every update [U]. */
  readonly learningRate: SymbolicTensor;
  /** The optimizer's factors for update `index`, each a scalar or [1]. */
  readonly ofUpdate: (index: number) => Readonly<Record<string, SymbolicTensor>>;
  /** `step` and the optimizer's scalar slots after the U updates, to be fed back. */
  readonly state: Readonly<Record<string, SymbolicTensor>>;
}

/**
 * All that U updates need and no gradient changes, in vectors over the updates. Declares the inputs `step` (updates done so
 * far) and `slot/<name>` of the optimizer's scalar slots.
 */
export function recordRates(
  recorder: Recorder,
  { optimizer, settings, schedule: { kind, warmupSteps, finalFraction }, unroll }: RateSettings,
  { learningRate: peak, weightDecay, totalSteps }: RateControls,
): Rates {
  const update = { name: 'update', size: unroll };
  const first = recorder.input('step', []);
  const step = first.add(
    recorder.constant(
      [update],
      Array.from({ length: unroll }, (_, i) => i),
    ),
  );
  const learningRate = peak.mul(schedule(kind, { step, totalSteps, warmupSteps, finalFraction }));
  const { weights, last } = recordWeights(recorder, optimizer, settings, update);
  const rates = optimizer.rates(settings, { learningRate, weightDecay, weights });
  return {
    learningRate: learningRate.expand([update]),
    ofUpdate: (index) => Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, entryOf(rate, index)])),
    state: { step: first.add(unroll), ...last },
  };
}

const entryOf = (rate: SymbolicTensor, index: number): SymbolicTensor =>
  rate.shape.length === 0 ? rate : rate.slice(0, index, index + 1);

/**
 * The scalar slots c ← β c + (1 − β) by name, after each update [U] and after the last. Update by update, not by powers of β,
 * so that results do not depend on how a run is cut into runs of the graph; but all slots at once.
 */
function recordWeights(
  recorder: Recorder,
  { slots }: Optimizer,
  settings: OptimizerSettings,
  update: Axis,
): {
  readonly weights: Readonly<Record<string, SymbolicTensor>>;
  readonly last: Readonly<Record<string, SymbolicTensor>>;
} {
  const decays = slots.flatMap((slot) =>
    slot.kind === 'scalar' ? [{ name: slot.name, beta: settings[slot.decay] }] : [],
  );
  if (decays.length === 0) return { weights: {}, last: {} };
  const one = { name: 'weight', size: 1 };
  const weight = { name: 'weight', size: decays.length };
  const beta = recorder.constant(
    [weight],
    decays.map((slot) => slot.beta),
  );
  const gain = recorder.constant(
    [weight],
    decays.map((slot) => 1 - slot.beta),
  );
  let current = concat(
    decays.map(({ name }) => recorder.input(`slot/${name}`, []).reshape([one])),
    0,
  );
  const rows: SymbolicTensor[] = [];
  for (let i = 0; i < update.size; i++) {
    current = current.mul(beta).add(gain);
    rows.push(current);
  }
  const table = concat(rows, 0).reshape([update, weight]);
  const column = (values: SymbolicTensor, i: number) => values.slice(values.shape.length - 1, i, i + 1);
  return {
    weights: Object.fromEntries(decays.map(({ name }, i) => [name, column(table, i).reshape([update])])),
    last: Object.fromEntries(decays.map(({ name }, i) => [`slot/${name}`, column(current, i).reshape([])])),
  };
}
