import type { SeriesView } from '../core/series.ts';
import type { Tick } from './axes.ts';
import { type Box, svgMarker } from './svg.ts';
import { nothingMeasured, plotIn, svgAxes } from './svg_axes.ts';

interface SvgChart {
  readonly title: string;
  /** `sign` is the number of the curve's marker. */
  readonly series: readonly { readonly view: SeriesView; readonly colour: string; readonly sign: number }[];
  readonly x: { readonly name: string; readonly ticks?: readonly Tick[] };
  readonly logY: boolean;
}

/** Curves over each other with axes; a curve that is thinner than a pixel's steps shows its extremes. */
export function svgChart(box: Box, { title, series, x, logY }: SvgChart): string {
  const plot = plotIn(box);
  const ends = series.flatMap(({ view }) => [view.at(0)?.step ?? 0, view.at(-1)?.step ?? 0]);
  const [from, to] = [Math.min(...ends), Math.max(1, ...ends)];
  const reduced = series.map(({ view }) => view.reduce({ columns: Math.floor(plot.width), from, to, scale: 'linear' }));
  const values = reduced.flatMap(({ min, max }) => [...min, ...max]);
  const scale = logY ? 'log' : 'linear';
  const axes = svgAxes(box, { title, x: { ...x, from, to, scale: 'linear' }, y: { values, scale } });
  if (!axes) return nothingMeasured(box, title);
  const curves = reduced.map(({ min, max }, i) => {
    const points: string[] = [];
    for (let column = 0; column < min.length; column++) {
      if (!Number.isFinite(min[column]!) || !Number.isFinite(max[column]!)) continue;
      const at = (plot.x + column + 0.5).toFixed(1);
      points.push(`${at} ${axes.y(max[column]!).toFixed(1)}`);
      if (min[column] !== max[column]) points.push(`${at} ${axes.y(min[column]!).toFixed(1)}`);
    }
    const last = points.at(-1)?.split(' ').map(Number);
    const line = `<path d="M${points.join('L')}" fill="none" stroke="${series[i]!.colour}" stroke-width="1.8"/>`;
    return points.length === 0 ? '' : `${line}${svgMarker(last![0]!, last![1]!, series[i]!.sign, series[i]!.colour)}`;
  });
  return [...axes.below, ...curves, ...axes.above].join('\n');
}
