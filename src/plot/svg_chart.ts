import type { Reduction, SeriesView } from '../core/series.ts';
import type { Tick } from './axes.ts';
import { type Box, svgMarker } from './svg.ts';
import { nothingMeasured, plotIn, svgAxes } from './svg_axes.ts';

interface SvgSeries {
  readonly view: SeriesView;
  readonly colour: string;
  /** Number of the curve's marker. */
  readonly sign: number;
  /** What it spreads over, drawn faintly behind. */
  readonly band?: { readonly low: SeriesView; readonly high: SeriesView } | undefined;
}

interface SvgChart {
  readonly title: string;
  readonly series: readonly SvgSeries[];
  readonly x: { readonly name: string; readonly ticks?: readonly Tick[] };
  readonly logY: boolean;
}

/** Curves over each other with axes; a curve that is thinner than a pixel's steps shows its extremes. */
export function svgChart(box: Box, { title, series, x, logY }: SvgChart): string {
  const plot = plotIn(box);
  const ends = series.flatMap(({ view }) => [view.at(0)?.step ?? 0, view.at(-1)?.step ?? 0]);
  const [from, to] = [Math.min(...ends), Math.max(1, ...ends)];
  const range = { columns: Math.floor(plot.width), from, to, scale: 'linear' } as const;
  const reduced = series.map(({ view, band, ...look }) => ({
    ...look,
    line: view.reduce(range),
    ...(band && { low: band.low.reduce(range), high: band.high.reduce(range) }),
  }));
  const values = reduced.flatMap(({ line, low = line, high = line }) =>
    [line, low, high].flatMap(({ min, max }) => [...min, ...max]),
  );
  const scale = logY ? 'log' : 'linear';
  const axes = svgAxes(box, { title, x: { ...x, from, to, scale: 'linear' }, y: { values, scale } });
  if (!axes) return nothingMeasured(box, title);
  const at = (column: number, value: number): string =>
    `${(plot.x + column + 0.5).toFixed(1)} ${axes.y(value).toFixed(1)}`;
  const areas = reduced.map(({ low, high, colour }) => {
    if (!low || !high) return '';
    const upper = columnsOf(high).map((column) => at(column, high.max[column]!));
    const lower = columnsOf(low).map((column) => at(column, low.min[column]!));
    return `<path d="M${[...upper, ...lower.reverse()].join('L')}Z" fill="${colour}" fill-opacity="0.18"/>`;
  });
  const curves = reduced.map(({ line, colour, sign }) => {
    const points = columnsOf(line).flatMap((column) => {
      const [top, bottom] = [line.max[column]!, line.min[column]!];
      return top === bottom ? [at(column, top)] : [at(column, top), at(column, bottom)];
    });
    const [endX, endY] = points.at(-1)?.split(' ').map(Number) ?? [];
    const path = `<path d="M${points.join('L')}" fill="none" stroke="${colour}" stroke-width="1.8"/>`;
    return points.length === 0 ? '' : `${path}${svgMarker(endX!, endY!, sign, colour)}`;
  });
  return [...axes.below, ...areas, ...curves, ...axes.above].filter((piece) => piece !== '').join('\n');
}

/** Columns in which something lies. */
function columnsOf({ min, max }: Reduction): number[] {
  const all = Array.from(min, (_, column) => column);
  return all.filter((column) => Number.isFinite(min[column]!) && Number.isFinite(max[column]!));
}
