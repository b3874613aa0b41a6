import type { Series } from '../core/series.ts';
import type { RunConfig } from '../protocol/config.ts';
import { titleOf, valueText, withSetting } from '../protocol/controls.ts';
import type {
  EngineRecord,
  Estimate,
  LedgerEntry,
  ModelFacts,
  Numbers,
  Parent,
  RunEvent,
  Summary,
} from '../protocol/events.ts';
import { describeEdits, type MaskScope, parseMask } from '../protocol/mask.ts';
import { editMasks, type MaskValues, openMasks, type PartCounts } from '../protocol/masks.ts';
import { type Changes, maskChange, noChanges, settingChange, withChange } from './changes.ts';
import { extendCurves } from './curves.ts';

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
export interface MeasuredPart extends LedgerEntry {
  readonly step: number;
  readonly revision: number;
}

/** What each part of the model is worth: how much a metric changes when it is removed. */
interface Ledger {
  readonly metric: string;
  /** By address. */
  readonly entries: ReadonlyMap<string, MeasuredPart>;
}

/** Something that a person should know of. */
interface Alert {
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
  readonly theory: Numbers;
  readonly parent?: Parent;
  /** Step at which this run began: 0, or where its parent was left. */
  readonly start: number;
  readonly step: number;
  readonly phase: 'waiting' | 'running' | 'paused' | 'finished' | 'failed';
  /** Metric name → its curve. */
  readonly curves: ReadonlyMap<string, Series>;
  /** The latest evaluation, metric by metric. */
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** Values in force of controls changed since the start, by path. */
  readonly controls: Readonly<Record<string, unknown>>;
  /** What can be taken back, and made again. */
  readonly changes: Changes;
  readonly mask: MaskInForce;
  readonly ledger: Ledger;
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

export const emptyRun: RunState = {
  revision: 0,
  run: '',
  theory: {},
  start: 0,
  step: 0,
  phase: 'waiting',
  curves: new Map(),
  estimates: {},
  controls: {},
  changes: noChanges,
  mask: unmasked({ layers: 0, heads: 0, neurons: 0 }),
  ledger: { metric: '', entries: new Map() },
  marks: [],
  snapshots: [],
  marked: new Set(),
  alerts: [],
  alert: undefined,
};

/** Lists that nobody has seen yet, so that they may grow in place. */
type OwnLists = Set<unknown>;

/**
 * The state after more events: as `reduceRun` folds them, but successive measurements make one state, and lists are copied
 * once.
 */
export function reduceRunEvents(state: RunState, events: readonly RunEvent[]): RunState {
  const own: OwnLists = new Set();
  let next = state;
  for (let index = 0; index < events.length; ) {
    const first = index;
    while (index < events.length && isMeasurement(events[index]!)) index++;
    next =
      index > first
        ? measured(next, events.slice(first, index) as Measurement[])
        : reduced(next, events[index++]!, own);
  }
  return next;
}

type Measurement = Extract<RunEvent, { type: 'metrics' | 'evaluated' }>;

function isMeasurement({ type }: RunEvent): boolean {
  return type === 'metrics' || type === 'evaluated';
}

/** The state after measurements, of which there may be a thousand in a second. */
function measured(state: RunState, events: readonly Measurement[]): RunState {
  let { curves, alert } = state;
  const estimates: Record<string, Estimate> = {};
  for (const event of events) {
    if (event.type === 'metrics') {
      curves = extendCurves(curves, event.step, event.values, event.min, event.max);
      continue;
    }
    const means: Record<string, number | null> = {};
    for (const name in event.values) {
      estimates[name] = event.values[name]!;
      means[name] = estimates[name].mean;
    }
    curves = extendCurves(curves, event.step, means);
    if (alert?.kind === 'notice' && event.step > alert.step) alert = undefined;
  }
  const evaluated = events.some(({ type }) => type === 'evaluated');
  return {
    ...state,
    revision: state.revision + events.length,
    // After a divergence the run goes back some steps, and its events say so.
    step: events.at(-1)!.step,
    curves,
    alert,
    ...(evaluated && { estimates: { ...state.estimates, ...estimates } }),
  };
}

/** The state after one more event. */
export function reduceRun(state: RunState, event: RunEvent): RunState {
  return reduced(state, event, new Set());
}

function reduced(state: RunState, event: RunEvent, own: OwnLists): RunState {
  // After a divergence the run goes back some steps, and its events say so.
  const next = { ...state, revision: state.revision + 1, step: event.step };
  switch (event.type) {
    case 'run_started': {
      const { ending: _, summary: __, failure: ___, ...going } = next;
      return {
        ...going,
        run: event.run,
        config: event.config,
        model: event.model,
        engine: event.engine,
        theory: event.theory,
        start: state.config ? Math.min(state.start, event.step) : event.step,
        mask: unmasked(event.model),
        phase: 'running',
        ...(event.parent && { parent: event.parent }),
        ...superseded(state, event.step),
      };
    }
    case 'theory':
      return { ...next, theory: { ...state.theory, ...event.values } };
    case 'metrics':
    case 'evaluated':
      return measured(state, [event]);
    case 'control_changed':
      return {
        ...next,
        controls: { ...state.controls, [event.path]: event.to },
        changes: withChange(state.changes, settingChange(event.path, event.from, event.to), event.why),
        ...(state.config && { config: withSetting(state.config, event.path, event.to) }),
        marks: marked(
          own,
          state.marks,
          event.step,
          'control',
          `${titleOf(event.path)} ${valueText(event.from)} → ${valueText(event.to)}`,
        ),
      };
    case 'mask_applied': {
      const { revision, scope, edits } = event;
      const parsed = edits.flatMap((text) => parseMask(text, 'mask_applied'));
      const values = editMasks(state.mask.values, parsed, 'mask_applied');
      const label = parsed.length > 0 ? `${describeEdits(parsed)} (${scope})` : `scope ${scope}`;
      return {
        ...next,
        mask: { revision, scope, values },
        changes: withChange(state.changes, maskChange(state.mask, { scope, values }), event.why),
        marks: marked(own, state.marks, event.step, 'mask', label),
      };
    }
    case 'snapshot_saved':
      return {
        ...next,
        snapshots: appended(own, state.snapshots, { step: event.step, file: event.file, why: event.why }),
        marks: marked(own, state.marks, event.step, 'snapshot', `snapshot (${event.why})`),
      };
    case 'snapshot_marked': {
      const others = [...state.marked].filter((file) => file !== event.file);
      return { ...next, marked: new Set(event.marked ? [...others, event.file] : others) };
    }
    case 'paused':
      return { ...next, phase: 'paused' };
    case 'resumed':
      return { ...next, phase: 'running', alert: undefined };
    case 'alert': {
      const alert: Alert = { step: event.step, kind: event.kind, message: event.message };
      return {
        ...next,
        alerts: appended(own, state.alerts, alert),
        alert,
        // A notice is no change of the run.
        marks: event.kind === 'notice' ? state.marks : marked(own, state.marks, event.step, 'alert', event.message),
      };
    }
    case 'ledger': {
      const { step, revision } = event;
      const fresh = event.entries.map((entry) => [entry.address, { step, revision, ...entry }] as const);
      return { ...next, ledger: { metric: event.metric, entries: new Map([...state.ledger.entries, ...fresh]) } };
    }
    case 'run_finished':
      return { ...next, phase: 'finished', ending: event.reason, summary: event.summary };
    case 'run_failed':
      return { ...next, phase: 'failed', failure: event.message };
  }
}

function unmasked(counts: PartCounts): MaskInForce {
  return { revision: 0, scope: 'probe', values: openMasks(counts) };
}

/** What still counts when a run goes on from an earlier step in its own folder. */
function superseded(state: RunState, step: number): Partial<RunState> {
  const counts = (one: { readonly step: number }): boolean => one.step <= step;
  return {
    controls: {},
    changes: noChanges,
    curves: new Map([...state.curves].map(([name, curve]) => [name, curve.until(step)])),
    marks: state.marks.filter(counts),
    snapshots: state.snapshots.filter(counts),
    alerts: state.alerts.filter(counts),
    alert: undefined,
  };
}

/** Marks among which a repeated one is looked for. */
const recentMarks = 256;

/** The marks with one more; what is repeated at one step, as after a divergence, is marked once. */
function marked(
  own: OwnLists,
  marks: readonly Mark[],
  step: number,
  kind: Mark['kind'],
  label: string,
): readonly Mark[] {
  for (let i = marks.length - 1; i >= Math.max(0, marks.length - recentMarks); i--) {
    if (marks[i]!.step === step && marks[i]!.label === label) return marks;
  }
  return appended(own, marks, { step, kind, label });
}

function appended<T>(own: OwnLists, list: readonly T[], item: T): readonly T[] {
  if (own.has(list)) {
    (list as T[]).push(item);
    return list;
  }
  const copy = [...list, item];
  own.add(copy);
  return copy;
}
