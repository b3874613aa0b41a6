import { significant } from '../../core/format.ts';
import { Series } from '../../core/series.ts';
import { drawChart } from '../../plot/chart.ts';
import type { Line } from '../../plot/text.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Look } from '../../ui/terminal/look.ts';
import type { Sweep } from '../options/sweep_values.ts';

/** Closed forms at one value of what is swept. */
export interface TheoryPoint {
  readonly value: number;
  readonly theory: Readonly<Record<string, Estimate>>;
}

const [width, height] = [76, 18];

/** Values that span more than this need a log axis. */
const wideSpan = 100;

/** How much higher both ends must lie for the least value to be worth a mark. */
const noticeably = 1.05;

/** Cells that the label of a value and the space round it take. */
const labelRoom = 10;

/** One closed form against what is swept, with a mark where it is least. */
export function theoryChart(options: {
  readonly sweep: Sweep;
  readonly points: readonly TheoryPoint[];
  readonly metric: string;
  readonly label: string;
  readonly look: Look;
}): Line[] {
  const { sweep, points, metric, label, look } = options;
  const position = sweep.logarithmic ? Math.log10 : (value: number) => value;
  const series = new Series();
  for (const { value, theory } of points) series.push(position(value), theory[metric]?.mean ?? null);
  const values = points.flatMap(({ theory }) => theory[metric]?.mean ?? []);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const ends = [points[0]!.value, points.at(-1)!.value].map(position) as [number, number];
  const every = Math.ceil((points.length * labelRoom) / width);
  const lowest = points.findIndex(({ theory }) => theory[metric]?.mean === least);
  const rises = [0, -1].every((end) => (points.at(end)!.theory[metric]?.mean ?? least) > noticeably * least);
  return drawChart({
    width,
    height,
    glyphs: look.glyphs,
    series: [{ label, role: 'in_domain', view: series.view() }],
    marks: rises
      ? [{ step: position(points[lowest]!.value), label: `least, ${significant(least)}, at ${points[lowest]!.value}` }]
      : [],
    x: {
      from: ends[0],
      to: ends[1] > ends[0] ? ends[1] : ends[0] + 1,
      scale: 'linear',
      name: '',
      ticks: points
        .filter((_, index) => index % every === 0)
        .map(({ value }) => ({ value: position(value), label: String(value) })),
    },
    y: { scale: least > 0 && most / least > wideSpan ? 'log' : 'linear' },
    legend: false,
  });
}
