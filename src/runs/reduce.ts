import { continues } from '../core/series.ts';
import { MetricCatalogue } from '../metrics/catalogue.ts';
import { titleOf, valueText, withSetting } from '../protocol/controls.ts';
import type { Estimate, Numbers, RunEvent } from '../protocol/events.ts';
import { isSame, parseIntervention, removal } from '../protocol/interventions.ts';
import { describeEdits, parseMask } from '../protocol/mask_edits.ts';
import { editMasks } from '../protocol/mask_values.ts';
import { measuresIn } from '../protocol/measures.ts';
import { maskChange, noChanges, settingChange, withChange } from './changes.ts';
import { extendCurves } from './curves.ts';

import { type Alert, type Mark, type RunState, unmasked, unmeasured } from './state.ts';

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
        ? measured(next, events.slice(first, index).filter(isMeasurement))
        : reduced(next, events[index++]!, own);
  }
  return next;
}

type Measurement = Extract<RunEvent, { type: 'metrics' | 'evaluated' }>;

function isMeasurement(event: RunEvent): event is Measurement {
  return event.type === 'metrics' || event.type === 'evaluated';
}

/** The state after measurements, of which there may be a thousand in a second. */
function measured(state: RunState, events: readonly Measurement[]): RunState {
  let { curves, probed, alert } = state;
  const estimates: Record<string, Estimate> = {};
  for (const event of events) {
    if (event.type === 'metrics') {
      curves = extendCurves(curves, event.step, event.values, event.min, event.max);
      continue;
    }
    const { step, values, intact = values } = event;
    Object.assign(estimates, intact);
    curves = extendCurves(curves, step, meansOf(intact));
    if (intact !== values) probed = { estimates: values, curves: extendCurves(probed.curves, step, meansOf(values)) };
    if (alert?.kind === 'notice' && event.step > alert.step) alert = undefined;
  }
  const evaluated = events.some(({ type }) => type === 'evaluated');
  return {
    ...state,
    revision: state.revision + events.length,
    // After a divergence the run goes back some steps, and its events say so.
    step: events.at(-1)!.step,
    curves,
    probed,
    alert,
    ...(evaluated && { estimates: { ...state.estimates, ...estimates } }),
  };
}

function meansOf(estimates: Readonly<Record<string, Estimate>>): Numbers {
  const means: Record<string, number | null> = {};
  for (const name in estimates) means[name] = estimates[name]!.mean;
  return means;
}

/** The state after one more event. */
export function reduceRun(state: RunState, event: RunEvent): RunState {
  return reduced(state, event, new Set());
}

function reduced(state: RunState, event: RunEvent, own: OwnLists): RunState {
  if (isMeasurement(event)) return measured(state, [event]);
  // After a divergence the run goes back some steps, and its events say so.
  const run = { ...state, revision: state.revision + 1, step: event.step };
  const reduce = reducers[event.type] as (run: RunState, event: RunEvent, own: OwnLists) => RunState;
  return reduce(run, event, own);
}

type Reducers = {
  readonly [type in Exclude<RunEvent['type'], Measurement['type']>]: (
    run: RunState,
    event: Extract<RunEvent, { type: type }>,
    own: OwnLists,
  ) => RunState;
};

/** Whether it has begun before. */
const isAgain = ({ phase }: RunState): boolean => phase !== 'waiting';

/** What each event changes in a run that stands at its step. */
const reducers: Reducers = {
  run_started: (run, event) => {
    const { ending: _, summary: __, failure: ___, ...going } = run;
    return {
      ...going,
      run: event.run,
      config: event.config,
      model: event.model,
      engine: event.engine,
      metrics: new MetricCatalogue(measuresIn(event)),
      pictures: new Map(Object.entries(event.pictures ?? {})),
      ...(isAgain(run) ? theoryAnew(run, event.step, event.theory) : { theory: event.theory }),
      start: isAgain(run) ? Math.min(run.start, event.step) : event.step,
      mask: unmasked(event.model),
      phase: 'running',
      ...(event.parent && { parent: event.parent }),
      ...superseded(run, event.step),
    };
  },
  theory: (run, event) => ({ ...run, ...theoryTold(run, event.step, event.values) }),
  control_changed: (run, event, own) => ({
    ...run,
    controls: { ...run.controls, [event.path]: event.to },
    changes: withChange(run.changes, settingChange(event.path, event.from, event.to), event.why),
    ...(run.config && { config: withSetting(run.config, event.path, event.to) }),
    ...(event.path === 'prune.metric' && { ablation: unmeasured }),
    marks: marked(
      own,
      run.marks,
      event.step,
      'control',
      `${titleOf(event.path)} ${valueText(event.from)} → ${valueText(event.to)}`,
    ),
  }),
  mask_applied: (run, event, own) => {
    const { revision, scope, edits } = event;
    const parsed = edits.flatMap((text) => parseMask(text, 'mask_applied'));
    const values = editMasks(run.mask.values, parsed, 'mask_applied');
    const label = parsed.length > 0 ? `${describeEdits(parsed)} (${scope})` : `scope ${scope}`;
    return {
      ...run,
      mask: { revision, scope, values },
      probed: probeEnds(run.probed, event.step),
      changes: withChange(run.changes, maskChange(run.mask, { scope, values }), event.why),
      marks: marked(own, run.marks, event.step, 'mask', label),
    };
  },
  snapshot_saved: (run, event, own) => ({
    ...run,
    snapshots: appended(own, run.snapshots, { step: event.step, file: event.file, why: event.why }),
    marks: marked(own, run.marks, event.step, 'snapshot', `snapshot (${event.why})`),
  }),
  snapshot_removed: (run, event) => ({
    ...run,
    snapshots: run.snapshots.filter(({ file }) => file !== event.file),
    marked: new Set([...run.marked].filter((file) => file !== event.file)),
  }),
  snapshot_marked: (run, event) => {
    const others = [...run.marked].filter((file) => file !== event.file);
    return { ...run, marked: new Set(event.marked ? [...others, event.file] : others) };
  },
  paused: (run) => ({ ...run, phase: 'paused' }),
  resumed: (run) => ({ ...run, phase: 'running', alert: undefined }),
  alert: (run, event, own) => {
    const alert: Alert = { step: event.step, kind: event.kind, message: event.message };
    return {
      ...run,
      alerts: appended(own, run.alerts, alert),
      alert,
      // A notice is no change of the run.
      marks: event.kind === 'notice' ? run.marks : marked(own, run.marks, event.step, 'alert', event.message),
    };
  },
  ledger: (run, event) => {
    const { step, revision } = event;
    const fresh = event.entries.map((entry) => [entry.address, { step, revision, ...entry }] as const);
    const { metric, kind, asked = kind } = event;
    const read = (text: string | undefined) => (text === undefined ? removal : parseIntervention(text, 'ledger'));
    const intervention = read(kind);
    // What was measured by another metric, or with something else done to parts, is no longer comparable.
    const goesOn = metric === run.ablation.metric && isSame(intervention, run.ablation.intervention);
    const before = goesOn ? run.ablation.entries : [];
    return {
      ...run,
      ablation: { metric, intervention, asked: read(asked), entries: new Map([...before, ...fresh]) },
    };
  },
  run_finished: (run, event) => ({ ...run, phase: 'finished', ending: event.reason, summary: event.summary }),
  run_failed: (run, event) => ({ ...run, phase: 'failed', failure: event.message }),
};

/** What was measured of another mask ends there. */
function probeEnds({ curves }: RunState['probed'], step: number): RunState['probed'] {
  for (const curve of curves.values()) if (continues(curve, step, null)) curve.push(step, null);
  return { estimates: {}, curves };
}

type Told = Pick<RunState, 'theory' | 'theoryBefore'>;

/** Theory with values that were not known yet, or, where known ones are told again, anew. */
function theoryTold(run: RunState, step: number, values: Numbers): Told {
  const isKnown = (name: string) => typeof run.theory[name] === 'number';
  if (Object.keys(values).some(isKnown)) return theoryAnew(run, step, values);
  return { theory: { ...run.theory, ...values }, theoryBefore: run.theoryBefore };
}

/** Theory of other settings: what is not told again held for the settings before, and holds no longer. */
function theoryAnew({ theory, theoryBefore }: RunState, step: number, values: Numbers): Told {
  const differs = (name: string) => typeof theory[name] === 'number' && values[name] !== theory[name];
  const kept = theoryBefore.filter(({ until }) => until <= step);
  if (!Object.keys(values).some(differs)) return { theory: { ...theory, ...values }, theoryBefore: kept };
  return { theory: values, theoryBefore: [...kept, { until: step, values: theory }] };
}

const until = (curves: RunState['curves'], step: number): RunState['curves'] =>
  new Map([...curves].map(([name, curve]) => [name, curve.until(step)]));

/** What still counts when a run goes on from an earlier step in its own folder. */
function superseded(state: RunState, step: number): Partial<RunState> {
  const counts = (one: { readonly step: number }): boolean => one.step <= step;
  return {
    controls: {},
    changes: noChanges,
    curves: until(state.curves, step),
    probed: { estimates: {}, curves: until(state.probed.curves, step) },
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
