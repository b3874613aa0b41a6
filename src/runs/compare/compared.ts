import type { Band } from '../../core/band.ts';
import { plural, significant, thousands } from '../../core/format.ts';
import { isRecord } from '../../core/record.ts';
import { Series } from '../../core/series.ts';
import { leastSigma } from '../../core/stats.ts';
import { quantileOfT } from '../../core/student.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';
import { headlineMetric } from '../../metrics/headline.ts';
import { evalLoss, trainLoss } from '../../metrics/shared.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { Estimate, ModelFacts } from '../../protocol/events.ts';
import type { Metric } from '../../protocol/measures.ts';
import type { ProbeFrame } from '../../protocol/messages.ts';
import type { RunState } from '../state.ts';
import type { PruningCurve } from './pruning.ts';

/** A run or snapshot to be held against others. */
export interface Compared {
  /** Short and unlike the others' names. */
  readonly name: string;
  readonly state: RunState & { readonly config: RunConfig; readonly model: ModelFacts };
  /** Its activations at its last step. */
  readonly frame?: ProbeFrame;
  /** Step → seconds of training since its start, without pauses; empty where nothing tells. */
  readonly clock: Series;
  readonly pruning: readonly PruningCurve[];
  /** What a person should know of its files, one sentence each. */
  readonly notices: readonly string[];
  /** Where several runs stand as one: curves and values of the state are means over them, all else is the first one's. */
  readonly over?: Over;
}

/** The runs that stand as one. */
export interface Over {
  readonly runs: readonly string[];
  readonly seeds: readonly number[];
  /** By metric. */
  readonly bands: ReadonlyMap<string, Band>;
}

/** `5 seeds`, or `10 runs` where several share one. */
export function membersText({ runs, seeds }: Over): string {
  return runs.length === seeds.length ? plural(seeds.length, 'seed') : plural(runs.length, 'run');
}

/** `×1.32`: how many times the best. */
export function timesText(ratio: number): string {
  return `×${significant(ratio, 3)}`;
}

/** A value of a run; of several that stand as one, their mean with its standard deviation, null for fewer than two. */
export interface Value extends Estimate {
  readonly sd?: number | null;
}

/** What curves are laid out along. */
export const axes = ['step', 'time', 'samples'] as const;
export type Axis = (typeof axes)[number];

/** A metric of all runs. */
export interface MetricRow {
  readonly name: string;
  /** By run; undefined where a run does not measure it. */
  readonly values: readonly (Value | undefined)[];
  /** Position of the best; −1 where none is better than all others. */
  readonly best: number;
  /** By what the best is apart from the one that it is told from the least; null where there is no best, or an error is not known. */
  readonly lead: Lead | null;
  /** By run, as multiples of the best; null where there is no best, or a value is not positive. */
  readonly ratios: readonly (number | null)[];
}

/** Standard errors between two values, and how many chance makes of it no more than once in twenty times. */
interface Lead {
  readonly sigma: number;
  readonly needed: number;
}

/** A setting in which runs differ. */
export interface Difference {
  readonly path: string;
  /** By run; undefined where a run has no such setting. */
  readonly values: readonly unknown[];
}

/**
 * Everything measured at the end of the runs: evaluations, and the training loss of the last step. Losses of different
 * tasks have no common measure: then none is the best.
 */
export function metricRows(runs: readonly Compared[]): MetricRow[] {
  const measured = runs.map(({ state }) => {
    // A gap at the end: the model is no longer the one that had the loss before.
    const loss = state.curves.get(trainLoss)?.view().at(-1)?.value;
    return { ...(Number.isFinite(loss) && { [trainLoss]: { mean: loss!, stderr: null, n: 1 } }), ...state.estimates };
  });
  const names = [...new Set(measured.flatMap((values) => Object.keys(values)))];
  const alike = new Set(runs.map(({ state }) => state.config.task.name)).size === 1;
  return names.map((name) => {
    const values = measured.map((one): Value | undefined => (one as Record<string, Value>)[name]);
    const best = alike ? bestOf(metricOf(runs, name)?.better ?? 'none', values) : -1;
    const top = values[best]?.mean ?? 0;
    const ratios = values.map((value) => (top > 0 && (value?.mean ?? 0) > 0 ? value!.mean! / top : null));
    return { name, values, best, lead: leadOf(values, best), ratios };
  });
}

/** The row that tells most of which run is the best: that of a metric, where it has a best, else one with a sure best, else any. */
export function decidingRow(rows: readonly MetricRow[], metric: string | undefined): MetricRow | undefined {
  const judged = rows.filter(({ best }) => best >= 0);
  return judged.find(({ name }) => name === metric) ?? judged.find(isSure) ?? judged[0];
}

/** Whether a run is better than all others by more than chance makes of it: where errors are not known, by its value. */
export const isSure = ({ best, lead }: MetricRow): boolean => best >= 0 && (lead === null || lead.sigma >= lead.needed);

/** Of the best and each other |a − b| / √(e_a² + e_b²), with the standard errors of their means: the least of what it needs. */
function leadOf(values: readonly (Value | undefined)[], best: number): Lead | null {
  const top = values[best];
  if (!top) return null;
  const leads: Lead[] = [];
  for (const [i, value] of values.entries()) {
    if (i === best || value?.mean === undefined || value.mean === null) continue;
    const errors = [top, value].map(errorOf);
    if (errors.includes(null)) return null;
    const sigma = Math.abs(value.mean - top.mean!) / Math.hypot(...(errors as number[]));
    leads.push({ sigma, needed: neededSigma(top, value, errors as number[]) });
  }
  return leads.sort((a, b) => a.sigma / a.needed - b.sigma / b.needed)[0] ?? null;
}

const errorOf = ({ stderr, sd, n }: Value): number | null =>
  sd === undefined ? stderr : sd === null ? null : sd / Math.sqrt(n);

/**
 * Standard errors between two means that tell them apart: two, or the quantile of Student's t where spreads are known from
 * a few runs only (Welch 1947: ν = (e_a² + e_b²)² / (e_a⁴ / (n_a − 1) + e_b⁴ / (n_b − 1))).
 */
function neededSigma(a: Value, b: Value, errors: readonly number[]): number {
  const ofRuns = [a, b].map(({ sd, n }) => (sd === undefined ? Number.POSITIVE_INFINITY : n - 1));
  const squares = errors.map((error) => error ** 2);
  const spread = squares.reduce((sum, square, i) => sum + square ** 2 / ofRuns[i]!, 0);
  const freedom = (squares[0]! + squares[1]!) ** 2 / spread;
  return Number.isFinite(freedom) ? Math.max(leastSigma, quantileOfT(freedom)) : leastSigma;
}

/** What the first run that knows a metric says of it. */
export function metricOf(runs: readonly Compared[], name: string): Metric | undefined {
  for (const { state } of runs) {
    const info = state.metrics.info(name);
    if (info) return info;
  }
  return undefined;
}

/** Runs whose evaluations are of an earlier step than they have come to, a sentence each. */
export function earlierEvaluations(runs: readonly Compared[]): string[] {
  return runs.flatMap(({ name, state }) => {
    const steps = Object.keys(state.estimates).flatMap((metric) => state.curves.get(metric)?.lastStep ?? []);
    const last = Math.max(...steps);
    return steps.length > 0 && last < state.step ? [`${name}: evaluated at step ${thousands(last)}`] : [];
  });
}

function bestOf(better: Metric['better'], values: readonly (Estimate | undefined)[]): number {
  if (better === 'none' || values.filter((value) => value?.mean !== undefined).length < 2) return -1;
  const sign = better === 'lower' ? 1 : -1;
  let best = -1;
  values.forEach((value, i) => {
    const mean = value?.mean;
    if (mean === undefined || mean === null) return;
    if (best < 0 || sign * mean < sign * values[best]!.mean!) best = i;
  });
  const top = values[best]?.mean;
  return values.filter((value) => value?.mean === top).length === 1 ? best : -1;
}

/** The settings in which the runs differ, in the order of the first run's; where runs stand as one, without their seeds. */
export function differences(runs: readonly Compared[]): Difference[] {
  const isOver = runs.some(({ over }) => over !== undefined);
  return differing(runs.map(({ state }) => state.config)).filter(({ path }) => !isOver || path !== 'seed');
}

/** The settings in which configurations differ, in the order of the first one's. */
export function differing(configs: readonly RunConfig[]): Difference[] {
  const settings = configs.map((config) => new Map(leaves(config, '')));
  const paths = [...new Set(settings.flatMap((one) => [...one.keys()]))];
  return paths
    .filter((path) => path !== 'title' && path !== 'description' && path !== '$schema')
    .map((path) => ({ path, values: settings.map((one) => one.get(path)) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
}

function leaves(value: unknown, path: string): [string, unknown][] {
  if (!isRecord(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key));
}

/** Metrics of which at least one run has a curve, those that most runs share first, then those that tell most. */
export function curveNames(runs: readonly Compared[]): string[] {
  const count = new Map<string, number>();
  for (const { state } of runs) {
    for (const [name, curve] of state.curves) if (curve.length > 1) count.set(name, (count.get(name) ?? 0) + 1);
  }
  const telling = [...new Set(runs.flatMap(({ state }) => tellingNames(state.metrics)))];
  const rank = (name: string): number => telling.indexOf(name) + (telling.includes(name) ? 0 : telling.length + 1);
  return [...count.keys()].sort((a, b) => count.get(b)! - count.get(a)! || rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** Metrics that people look at first: those that runs of a task are judged by, then what is charted. */
function tellingNames({ headlines, charts }: MetricCatalogue): string[] {
  const own = headlines.filter((name) => name !== trainLoss && name !== evalLoss);
  return [...own, ...charts.flatMap(({ curves }) => curves.flatMap(({ names }) => names))];
}

/** Where a share of the neurons or heads stands in a pruning curve: thousandths, as steps are whole numbers. */
export const perMille = 1000;

/** What runs measure against the share of them that is pruned, one curve for every `prune --json` beside them. */
export function pruningSeries(runs: readonly Compared[]): { run: number; order: string; series: Series }[] {
  return runs.flatMap(({ pruning, state }, run) =>
    pruning.map(({ order, metric: told, points }) => {
      const has = (name: string): boolean => points.every(({ metrics }) => metrics[name] !== undefined);
      const metric = told !== undefined && has(told) ? told : headlineMetric(state.metrics, has);
      const series = new Series();
      for (const { fraction, metrics } of [...points].sort((a, b) => a.fraction - b.fraction)) {
        series.push(Math.round(perMille * fraction), metric === undefined ? null : metrics[metric]!.mean);
      }
      return { run, order, series };
    }),
  );
}

/** A curve along an axis: steps, milliseconds of training, or prompts drawn; undefined where a run cannot say. */
export function curveAlong({ state, clock, over }: Compared, metric: string, axis: Axis): Series | undefined {
  const curve = state.curves.get(metric);
  if (!curve || axis === 'step') return curve;
  if (over && axis === 'time') return undefined;
  const place = axis === 'samples' ? samplesAt(state.config) : timeAt(clock);
  return place && moved(curve, place);
}

/** The band round a curve along an axis, where runs stand as one. */
export function bandAlong(run: Compared, metric: string, axis: Axis) {
  const band = run.over?.bands.get(metric);
  if (!band || band.count < 2 || axis === 'time') return undefined;
  const place = axis === 'samples' ? samplesAt(run.state.config) : undefined;
  const along = (curve: Series) => (place ? moved(curve, place) : curve).view();
  return { low: along(band.low), high: along(band.high) };
}

function samplesAt({ task, train }: RunConfig): ((step: number) => number) | undefined {
  // Exact gradients over the population draw nothing.
  return task['training_set'] === 'population' ? undefined : (step) => step * train.batch;
}

/** Milliseconds at a step, between recorded steps in proportion. */
function timeAt(clock: Series): ((step: number) => number) | undefined {
  const view = clock.view();
  if (view.length < 2) return undefined;
  return (step) => {
    const index = Math.min(view.length - 1, view.indexOf(step));
    const [after, before] = [view.at(index)!, view.at(Math.max(0, index - 1))!];
    const span = after.step - before.step;
    const share = span > 0 ? Math.max(0, Math.min(1, (step - before.step) / span)) : 1;
    return Math.round(1000 * (before.value + share * (after.value - before.value)));
  };
}

function moved(curve: Series, place: (step: number) => number): Series {
  const result = new Series();
  const view = curve.view();
  let reached = 0;
  for (let i = 0; i < view.length; i++) {
    const { step, value, min, max } = view.at(i)!;
    reached = Math.max(reached, place(step));
    result.push(reached, value, min, max);
  }
  return result;
}
