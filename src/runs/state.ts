import type { Series } from '../core/series.ts';
import { MetricCatalogue } from '../metrics/catalogue.ts';
import type { RunConfig } from '../protocol/config.ts';
import type {
  AblationScore,
  EngineRecord,
  Estimate,
  ModelFacts,
  Numbers,
  Parent,
  Summary,
} from '../protocol/events.ts';
import { type Intervention, removal } from '../protocol/interventions.ts';
import type { MaskScope } from '../protocol/mask_edits.ts';
import { type MaskValues, openMasks, type PartCounts } from '../protocol/mask_values.ts';
import { type Changes, noChanges } from './changes.ts';

/** A vertical mark on every curve: something a person or a policy did at a step. */
export interface Mark {
  readonly step: number;
  readonly kind: 'control' | 'mask' | 'snapshot' | 'pause' | 'alert';
  readonly label: string;
}

/** What is pruned, and who sees it. */
export interface MaskInForce {
  readonly revision: number;
  readonly scope: MaskScope;
  readonly values: MaskValues;
}

/** What a part is worth, with the step and the mask at which it was measured. */
export interface MeasuredPart extends AblationScore {
  readonly step: number;
  readonly revision: number;
}

/** What each part of the model is worth: how much a metric changes when something is done to it. */
interface AblationScores {
  readonly metric: string;
  /** What was done to them; removing, unless said. */
  readonly intervention: Intervention;
  /** What was asked for, where a snapshot has another name there. */
  readonly asked: Intervention;
  /** By address. */
  readonly entries: ReadonlyMap<string, MeasuredPart>;
}

/** Something that a person should know of. */
export interface Alert {
  readonly step: number;
  readonly kind: string;
  readonly message: string;
}

/**
 * Everything known about a run, folded from its events; live view, replay and comparison use this one reducer.
 * Curves are append-only columns shared between successive states; `revision` grows with every event.
 */
export interface RunState {
  readonly revision: number;
  readonly run: string;
  /** In force. */
  readonly config?: RunConfig;
  readonly model?: ModelFacts;
  readonly engine?: EngineRecord;
  /** Shapes of the tensors of its pictures, as far as the run has said them. */
  readonly pictures: ReadonlyMap<string, readonly number[]>;
  /** What is known of the names that it measures. */
  readonly metrics: MetricCatalogue;
  readonly theory: Numbers;
  /** What theory said until a setting of the task changed, and to which step that held. */
  readonly theoryBefore: readonly { readonly until: number; readonly values: Numbers }[];
  readonly parent?: Parent;
  /** Step at which this run began: 0, or where its parent was left. */
  readonly start: number;
  readonly step: number;
  readonly phase: 'waiting' | 'running' | 'paused' | 'finished' | 'failed';
  /** Metric name → its curve, of the model that is trained. */
  readonly curves: ReadonlyMap<string, Series>;
  /** The latest evaluation, metric by metric. */
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** The same of the model that a probe has pruned: what it measured last, and its curves, with a gap after each probe. */
  readonly probed: Pick<RunState, 'curves' | 'estimates'>;
  /** Values in force of controls changed since the start, by path. */
  readonly controls: Readonly<Record<string, unknown>>;
  /** What can be taken back, and made again. */
  readonly changes: Changes;
  readonly mask: MaskInForce;
  readonly ablation: AblationScores;
  readonly marks: readonly Mark[];
  readonly snapshots: readonly { readonly step: number; readonly file: string; readonly why: string }[];
  /** Files of snapshots that a person marked. */
  readonly marked: ReadonlySet<string>;
  readonly alerts: readonly Alert[];
  /** The latest alert, until the run goes on; a mere notice only until the next evaluation. */
  readonly alert: Alert | undefined;
  /** What ended the run: `completed`, `stopped`, `budget` or `diverged`. */
  readonly ending?: string;
  readonly summary?: Summary;
  readonly failure?: string;
}

export const unmeasured: AblationScores = { metric: '', intervention: removal, asked: removal, entries: new Map() };

export const emptyRun: RunState = {
  revision: 0,
  run: '',
  pictures: new Map(),
  metrics: new MetricCatalogue(),
  theory: {},
  theoryBefore: [],
  start: 0,
  step: 0,
  phase: 'waiting',
  curves: new Map(),
  estimates: {},
  probed: { curves: new Map(), estimates: {} },
  controls: {},
  changes: noChanges,
  mask: unmasked({ layers: 0, heads: 0, neurons: 0 }),
  ablation: unmeasured,
  marks: [],
  snapshots: [],
  marked: new Set(),
  alerts: [],
  alert: undefined,
};

/** A run that has not begun, as far as its settings tell. */
export function comingRun(
  known: Required<Pick<RunState, 'run' | 'config' | 'model' | 'metrics' | 'pictures'>>,
): RunState {
  return { ...emptyRun, ...known, mask: unmasked(known.model) };
}

/** Whether what it measures is known from what it has said alone, for nothing has been evaluated. */
export const isUnmeasured = ({ estimates }: Pick<RunState, 'estimates'>): boolean =>
  Object.keys(estimates).length === 0;

/** Everything kept. */
export function unmasked(counts: PartCounts): MaskInForce {
  return { revision: 0, scope: 'probe', values: openMasks(counts) };
}
