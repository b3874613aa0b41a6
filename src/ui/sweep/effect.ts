import { Series } from '../../core/series.ts';
import { positionOf } from '../../plot/axes.ts';
import { drawChart } from '../../plot/chart.ts';
import { drawPanel } from '../../plot/panel.ts';
import type { Line } from '../../plot/text.ts';
import { valueText } from '../../sweep/cells.ts';
import { isFinal, spreadOver } from '../../sweep/overview.ts';
import type { Size } from '../screen/size.ts';
import { tintsOf } from '../terminal/look.ts';
import { tokenOf, valueAxisOf } from './axis.ts';
import type { SweepModel } from './model.ts';

/** Places along the axis of the chart, which counts in whole steps: fine enough for any terminal. */
const places = 10_000;
/** Largest setting over the least from which the axis is logarithmic. */
const wide = 4;
/** Values of the setting from which they make a curve. */
const fewest = 3;

/**
 * What the metric came to against the setting that varies: mean and ± sd over seeds, on the axis of all tiles. Undefined where
 * not one numeric setting varies alone, for fewer than three of its values, and before all are finished: runs that are
 * half done would turn the trend round.
 */
export function drawEffect(model: SweepModel, { columns, rows }: Size): Line[] | undefined {
  const { matrix, metric, data, look } = model;
  const y = valueAxisOf(model);
  const [path, ...others] = Object.keys(matrix.combinations[0]?.settings ?? {});
  if (path === undefined || others.length > 0 || metric === undefined || !y) return undefined;
  if (!matrix.combinations.every(isFinal)) return undefined;
  const points = matrix.combinations
    .map((one) => ({ x: one.settings[path], ...spreadOver(one, metric) }))
    .flatMap(({ x, mean, sd }) => (typeof x === 'number' && mean !== null ? [{ x, mean, sd: sd ?? 0 }] : []))
    .toSorted((a, b) => a.x - b.x);
  const [low, high] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 0];
  if (points.length < fewest || points.length < matrix.combinations.length || !(high > low)) return undefined;
  const scale = low > 0 && high >= wide * low ? 'log' : 'linear';
  const placeOf = (x: number): number => Math.round(places * positionOf(x, low, high, scale));
  const curve = (pick: (point: (typeof points)[number]) => number) => {
    const series = new Series();
    for (const point of points) series.push(placeOf(point.x), pick(point));
    return series.view();
  };
  const short = data.metrics?.short(metric) ?? metric;
  const name = path.split('.').at(-1)!;
  const band = { low: curve(({ mean, sd }) => mean - sd), high: curve(({ mean, sd }) => mean + sd) };
  return drawPanel({
    width: columns,
    height: rows,
    title: `${short} by ${name}`,
    footer: `at the end · ${scale === 'log' ? 'log ' : ''}${name} →`,
    glyphs: look.glyphs,
    body: drawChart({
      width: columns - 2,
      height: rows - 2,
      glyphs: look.glyphs,
      tints: tintsOf(look),
      series: [{ label: '', role: tokenOf(model), view: curve(({ mean }) => mean), band }],
      legend: false,
      x: {
        from: 0,
        to: places,
        scale: 'linear',
        name: '',
        ticks: points.map(({ x }) => ({ value: placeOf(x), label: valueText(x) })),
      },
      y,
    }),
  });
}
