import { ticks } from 'd3-array';
import { significant, thousands } from '../../core/format.ts';
import { Series } from '../../core/series.ts';
import { positionOf, type Tick } from '../../plot/axes.ts';
import { drawChart } from '../../plot/chart.ts';
import type { ChartSeries } from '../../plot/chart_curves.ts';
import { runTokens } from '../../plot/style.ts';
import type { Line } from '../../plot/text.ts';
import type { FollowedPanel } from '../../reproduce/follow/follower.ts';
import type { Size } from '../screen/size.ts';
import { type Look, tintsOf } from '../terminal/look.ts';

/** Places along the axis of the chart, which counts in whole steps: fine enough for any terminal. */
const places = 10_000;

/** A panel of a figure as far as its numbers are there: means over seeds, with what they spread over. @param empty what is said before there are any */
export function drawFigure(
  { x, y, ends: [low, high], lines }: FollowedPanel,
  look: Look,
  { columns: width, rows: height }: Size,
  empty: string,
): Line[] {
  const isShown = ({ x: at }: { x: number }): boolean => at >= low && at <= high && (x.scale === 'linear' || at > 0);
  const shown = lines.map(({ label, points }) => ({ label, points: points.filter(isShown) }));
  const isFlat = !(high > low);
  const placeOf = (value: number): number =>
    isFlat ? places / 2 : Math.round(places * positionOf(value, low, high, x.scale));
  const series = shown.flatMap(({ label, points }, i): ChartSeries[] => {
    const of = (pick: (point: (typeof points)[number]) => number) => {
      const curve = new Series();
      for (const point of points) curve.push(placeOf(point.x), pick(point));
      return curve.view();
    };
    const role = runTokens[i % runTokens.length]!;
    const band = { low: of((point) => point.low), high: of((point) => point.high) };
    return points.length === 0 ? [] : [{ label, role, view: of((point) => point.mean), band }];
  });
  const labels = isFlat ? [] : ticksOf(x, low, high, width);
  return drawChart({
    width,
    height,
    glyphs: look.glyphs,
    signed: look.depth === 'none' || series.length > runTokens.length,
    tints: tintsOf(look),
    series,
    legend: 'names',
    x: {
      from: 0,
      to: places,
      scale: 'linear',
      name: '',
      ticks: labels.map(({ value, label }) => ({ value: placeOf(value), label })),
      text: (place) => significant(isFlat ? low : valueAt(place / places, low, high, x.scale)),
    },
    y: { scale: y.scale, ...(y.from !== undefined && { from: y.from }), ...(y.to !== undefined && { to: y.to }) },
    empty,
  });
}

/** What lies at a share of the axis. */
function valueAt(share: number, low: number, high: number, scale: 'linear' | 'log'): number {
  return scale === 'log' ? low * (high / low) ** share : low + share * (high - low);
}

function ticksOf(axis: FollowedPanel['x'], low: number, high: number, width: number): Tick[] {
  const given = axis.ticks?.filter((value) => value >= low && value <= high);
  const values = given ?? ticks(low, high, Math.max(2, Math.floor(width / 16)));
  const text = (value: number): string => (Number.isInteger(value) ? thousands(value) : String(value));
  return values.map((value) => ({ value, label: text(value) }));
}
