import { factorNearOne } from '../../core/format.ts';
import type { Series } from '../../core/series.ts';
import { mean } from '../../core/stats.ts';
import { type FittedRate, fittedRate, gapCurve } from '../../metrics/rate.ts';
import type { ChartLevel } from '../../plot/chart.ts';
import type { Token } from '../../plot/style.ts';
import type { Chart } from '../../protocol/measures.ts';
import type { RunState } from '../../runs/state.ts';
import type { View } from './model.ts';
import { selectedHead } from './pattern.ts';

interface DrawnMetric {
  readonly role: Token;
  readonly name: string;
  readonly label?: string;
}

/** The charts that a run has all curves for; that of the losses always. */
export function chartsOf({ metrics, curves }: RunState): readonly Chart[] {
  const [losses, ...others] = metrics.charts;
  const isWhole = (chart: Chart) => chart.curves.every(({ names }) => names.some((name) => curves.has(name)));
  const isOfHeads = (chart: Chart) =>
    chart.curves.some(({ names }) => names.some((name) => name.includes('#') && curves.has(atHead(name, first))));
  return [losses!, ...others.filter((chart) => isWhole(chart) || isOfHeads(chart))];
}

const first = 'L0H0';

/** A text of a chart that tells of one head, of that one. */
const atHead = (text: string, address: string): string => text.replace('#', address);

function chartAt(chart: Chart, address: string): Chart {
  const curves = chart.curves.map((curve) => ({ ...curve, names: curve.names.map((name) => atHead(name, address)) }));
  return { ...chart, title: atHead(chart.title, address), curves };
}

/** The chart that was chosen by key, else by the configuration, among those there are; of heads, that of the selected one. */
export function shownChart({
  run,
  view,
}: {
  readonly run: RunState;
  readonly view: Pick<View, 'chart' | 'head'>;
}): Chart {
  const wanted = view.chart ?? run.config?.screen?.curves;
  const charts = chartsOf(run);
  const { layer, head } = selectedHead({ run, view });
  return chartAt(charts.find(({ name }) => name === wanted) ?? charts[0]!, `L${layer}H${head}`);
}

/** The metrics of a chart that have a curve, with their colour. */
export function drawnMetrics(run: RunState, chart: Chart = run.metrics.charts[0]!): readonly DrawnMetric[] {
  return chart.curves.flatMap(({ role, names, label }) => {
    const name = names.find((candidate) => run.curves.has(candidate));
    return name === undefined ? [] : [{ role, name, ...(label && { label }) }];
  });
}

/** What a chart's curves are held against: values of theory, predictors without training, and what is fitted. */
export function levelsOf(run: RunState, chart: Chart): readonly ChartLevel[] {
  return (chart.levels ?? []).flatMap((level) =>
    level.value === undefined
      ? fittedLevel(run, chart, level.label)
      : knownLevel(run, { ...level, value: level.value }),
  );
}

/**
 * The same of several runs, each level once: one that holds in all of them, the mean of those that differ, as the mean of
 * the curves is held against them. A decay that differs has no mean and is left out.
 */
export function levelsOfAll(runs: readonly RunState[], chart: Chart): readonly ChartLevel[] {
  const all = runs.map((run) => levelsOf(run, chart)).filter((levels) => levels.length > 0);
  const labels = [...new Set(all.flatMap((levels) => levels.map(({ label }) => label)))];
  return labels.flatMap((label) => {
    const same = all.flatMap((levels) => levels.filter((level) => level.label === label));
    const [first] = same;
    if (same.every((level) => JSON.stringify(level) === JSON.stringify(first))) return [first!];
    if (same.some(({ decay }) => decay)) return [];
    return [{ label: `mean ${label}`, value: mean(same.map(({ value }) => value)) }];
  });
}

/** What theory says under that name, or what was measured exactly. */
export function theoryValue(run: RunState, name: string): number | undefined {
  return run.theory[name] ?? run.estimates[name]?.mean ?? undefined;
}

type Level = NonNullable<Chart['levels']>[number] & { readonly value: string };

/** A distance below this share of what it is measured from is rounding. */
const negligible = 1e-12;

function knownLevel(run: RunState, { label, value: name, above, factor: factorName }: Level): ChartLevel[] {
  const value = theoryValue(run, name);
  const base = above === undefined ? 0 : theoryValue(run, above);
  const factor = factorName === undefined ? undefined : theoryValue(run, factorName);
  if (value === undefined || base === undefined || (factorName !== undefined && factor === undefined)) return [];
  if (above !== undefined && !(value - base > negligible * base)) return [];
  const decay = factor !== undefined && { text: factorNearOne(factor), decay: { factor, at: 0 } };
  const isPlain = above === undefined && factor === undefined;
  const before = run.theoryBefore.map((past) => ({
    until: past.until,
    value: (isPlain ? valueBefore(run, name, past) : undefined) ?? Number.NaN,
  }));
  return [{ label, value: value - base, before, ...decay }];
}

/** What theory said of the settings of the task before, or what was measured under them. */
function valueBefore(run: RunState, name: string, { until, values }: RunState['theoryBefore'][number]) {
  const view = run.curves.get(name)?.view();
  return typeof run.theory[name] === 'number' ? values[name] : view?.at(view.indexOf(until) - 1)?.value;
}

const fits = new WeakMap<Series, { readonly length: number; readonly fit: FittedRate | undefined }>();

/** How fast the gap falls. */
export function fittedGap(run: RunState): FittedRate | undefined {
  const curve = gapCurve(run.curves);
  return curve && fitOf(run, curve);
}

/** While the run goes on, fitted anew when its curve has grown by a hundredth. */
function fitOf({ phase }: RunState, curve: Series): FittedRate | undefined {
  const known = fits.get(curve);
  const grown = phase === 'running' ? 1.01 : 1;
  if (known && curve.length <= grown * known.length) return known.fit;
  const fit = fittedRate(curve.view());
  fits.set(curve, { length: curve.length, fit });
  return fit;
}

/** The geometric decay that was fitted to the last half of a chart's first curve. */
function fittedLevel(run: RunState, chart: Chart, label: string): ChartLevel[] {
  const [drawn] = drawnMetrics(run, chart);
  const fitted = drawn && fitOf(run, run.curves.get(drawn.name)!);
  if (!fitted) return [];
  const { factor, value, from, to } = fitted;
  return [{ label, value, text: factorNearOne(factor), decay: { factor, at: to, from, to } }];
}
