import { ticks } from 'd3-array';
import { duration, siCount } from '../../core/format.ts';
import { type ChartOptions, describeChart, plotChart } from '../../plot/chart.ts';
import type { ChartSeries } from '../../plot/chart_curves.ts';
import { drawsBands } from '../../plot/curves.ts';
import { textWidth } from '../../plot/text.ts';
import {
  type Axis,
  bandAlong,
  type Compared,
  curveAlong,
  metricOf,
  perMille,
  pruningSeries,
} from '../../runs/compare/compared.ts';
import type { Size } from '../screen/size.ts';
import { tintsOf } from '../terminal/look.ts';
import { type CompareModel, pruningCurve, runToken } from './model.ts';

/** Cells of the title bar round its words. */
const titleBar = 9;

/** A curve of every run over each other, along one axis. @param legend whether their values stand below */
export function drawCompareCurves(model: CompareModel, size: Size, legend = true) {
  const { curves, curve, axis } = model;
  const name = curves[curve];
  if (name === undefined) return { title: 'curves', body: [] };
  const options = {
    ...(name === pruningCurve ? pruningOptions(model, size) : chartOptions(model, name, size)),
    ...(legend ? {} : { legend }),
  };
  const { title: long, short } = metricOf(model.runs, name) ?? { title: name, short: name };
  const titles = name === pruningCurve ? ['error against the share pruned', 'error when pruned'] : [long, short];
  const missing = model.runs.length - options.series.length;
  const lacks = missing > 0 && name !== pruningCurve ? ` · ${missing} without ${axis}` : '';
  const isMean = options.series.some(({ band }) => band);
  const bands = isMean ? `mean${drawsBands(options) ? ' ± 1 sd' : ''} · ` : '';
  const { lines, jumps } = plotChart(options);
  const detail = `${bands}${describeChart(options, jumps)}${lacks}`;
  const fits = (one: string, beside: string) => textWidth(one) + textWidth(beside) <= size.columns - titleBar;
  const title = titles.find((one) => fits(one, detail)) ?? titles.find((one) => fits(one, '')) ?? titles.at(-1)!;
  const isSaid = fits(title, detail);
  return { title, detail: isSaid || legend ? detail : '', body: lines };
}

function chartOptions(model: CompareModel, name: string, size: Size): ChartOptions {
  const { runs, axis, logX, look } = model;
  const better = metricOf(runs, name)?.better;
  const series = runs.flatMap((run, i): ChartSeries[] => {
    const curve = curveAlong(run, name, axis);
    if (!curve) return [];
    const kind = better === 'lower' || better === 'higher' ? { better } : {};
    const band = bandAlong(run, name, axis);
    return [{ label: run.name, role: runToken(i), view: curve.view(), band, ...kind }];
  });
  const ends = series.flatMap(({ view }) => [view.at(0)?.step ?? 0, view.at(-1)?.step ?? 0]);
  const [from, to] = [Math.min(...ends), Math.max(1, ...ends)];
  const scale = logX ? 'log' : 'linear';
  return {
    width: size.columns,
    height: size.rows,
    glyphs: look.glyphs,
    signed: look.depth === 'none',
    tints: tintsOf(look),
    series,
    x: { from: logX ? Math.max(1, from) : from, to, scale, ...axisLabels(axis, from, to, size.columns) },
    y: { scale: isLogY(model) ? 'log' : 'linear' },
    empty: missingText(runs, axis),
  };
}

function missingText(runs: readonly Compared[], axis: Axis): string {
  if (axis === 'time' && runs.some(({ over }) => over)) return 'means over runs\nhave no time of their own';
  if (axis === 'time') return 'snapshots alone\ndo not tell the time;\ncompare run folders';
  if (axis === 'samples')
    return `${runs.length === 1 ? 'this run trains' : 'these runs train'} on the whole population:\nno prompts are drawn`;
  return 'no run has this curve';
}

/** Labels of times and of large counts; steps are labelled by the chart itself. */
function axisLabels(axis: Axis, from: number, to: number, columns: number): Partial<ChartOptions['x']> {
  if (axis === 'step') return {};
  const values = ticks(from, to, Math.max(1, Math.floor(columns / 16)));
  const label = axis === 'time' ? (value: number) => duration(value / 1000) : siCount;
  return {
    name: axis === 'time' ? 'time' : 'prompt',
    text: label,
    ticks: values.map((value) => ({ value, label: label(value) })),
  };
}

/** Largest value over the least from which decades are drawn: shares that lie between a half and 1 would leave most of them empty. */
const wide = 4;

/** Whether values stand on a log axis: as a person chose, else where they spread far, or reach 0, as errors do. */
export function isLogY({ runs, curves, curve, logY }: CompareModel): boolean {
  if (logY !== undefined) return logY;
  const views = runs.flatMap(({ state }) => state.curves.get(curves[curve] ?? '')?.view() ?? []);
  const ends = (['lower', 'higher'] as const).map((better) => views.flatMap((view) => view.best(better)?.value ?? []));
  const [least, largest] = [Math.min(...ends[0]!), Math.max(...ends[1]!)];
  return !(least > 0 && largest < wide * least);
}

function pruningOptions({ runs, logY = true, look }: CompareModel, size: Size): ChartOptions {
  const series = pruningSeries(runs).map(
    ({ run, order, series: curve }): ChartSeries => ({
      label: `${runs[run]!.name} ${order}`,
      role: runToken(run),
      view: curve.view(),
    }),
  );
  const to = Math.max(1, ...series.map(({ view }) => view.at(-1)?.step ?? 0));
  const shares = ticks(0, to, Math.max(1, Math.floor(size.columns / 16)));
  return {
    width: size.columns,
    height: size.rows,
    glyphs: look.glyphs,
    signed: look.depth === 'none',
    series,
    x: {
      from: 0,
      to,
      scale: 'linear',
      name: 'pruned',
      ticks: shares.map((value) => ({ value, label: `${(100 * value) / perMille} %` })),
    },
    y: { scale: logY ? 'log' : 'linear' },
  };
}
