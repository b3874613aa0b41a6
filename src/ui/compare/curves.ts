import { ticks } from 'd3-array';
import { duration, siCount } from '../../core/format.ts';
import { type ChartOptions, type ChartSeries, describeChart, drawChart } from '../../plot/chart.ts';
import { drawsBands } from '../../plot/curves.ts';
import {
  type Axis,
  bandAlong,
  type Compared,
  curveAlong,
  metricOf,
  perMille,
  pruningSeries,
} from '../../runs/compare/compared.ts';
import { tintsOf } from '../terminal/look.ts';
import { type CompareModel, pruningCurve, runToken } from './model.ts';

/** A curve of every run over each other, along one axis. */
export function drawCompareCurves(model: CompareModel, size: { readonly columns: number; readonly rows: number }) {
  const { curves, curve, axis } = model;
  const name = curves[curve];
  if (name === undefined) return { title: 'curves', body: [] };
  const options = name === pruningCurve ? pruningOptions(model, size) : chartOptions(model, name, size);
  const title = name === pruningCurve ? 'error against the share pruned' : (metricOf(model.runs, name)?.title ?? name);
  const missing = model.runs.length - options.series.length;
  const lacks = missing > 0 && name !== pruningCurve ? ` · ${missing} without ${axis}` : '';
  const isMean = options.series.some(({ band }) => band);
  const bands = isMean ? `mean${drawsBands(options) ? ' ± 1 sd' : ''} · ` : '';
  return { title, detail: `${bands}${describeChart(options)}${lacks}`, body: drawChart(options) };
}

function chartOptions(model: CompareModel, name: string, size: { columns: number; rows: number }): ChartOptions {
  const { runs, axis, logX, logY, look } = model;
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
    y: { scale: logY ? 'log' : 'linear' },
    empty: missingText(runs, axis),
  };
}

function missingText(runs: readonly Compared[], axis: Axis): string {
  if (axis === 'time' && runs.some(({ over }) => over)) return 'means over runs have no time of their own';
  if (axis === 'time') return 'snapshots alone do not tell the time;\ncompare run folders';
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

function pruningOptions({ runs, logY, look }: CompareModel, size: { columns: number; rows: number }): ChartOptions {
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
