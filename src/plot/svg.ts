import type { SeriesView } from '../core/series.ts';
import { visible } from '../core/visible.ts';
import { positionOf, type Scale, stepTicks, type Tick, valueRange, valueTicks } from './axes.ts';
import { type ColourMap, mapColour, shareOf } from './colourmap.ts';
import type { Matrix } from './heatmap.ts';
import { encodePng } from './png.ts';
import { resample } from './resample.ts';

/** Where something stands, in pixels from the top left. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface TextStyle {
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
  readonly fill?: string;
}

const ink = '#1b1d20';
const faint = '#6a6f78';
const rule = '#c8ccd2';
const paper = 0xffffff;
const family = "'DejaVu Sans','Segoe UI',Helvetica,Arial,sans-serif";

/** A whole picture from its pieces, on white. */
export function svgDocument(width: number, height: number, pieces: readonly string[]): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const ground = `<rect width="${width}" height="${height}" fill="#${paper.toString(16)}"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${family}">\n${[ground, ...pieces].join('\n')}\n</svg>\n`;
}

/** A line of text whose baseline begins, or ends, at a place. */
export function svgText(x: number, y: number, text: string, style: TextStyle = {}): string {
  const { size = 12, anchor = 'start', bold = false, fill = ink } = style;
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" fill="${fill}"${weight}>${escaped(text)}</text>`;
}

/** A sign that tells curves apart besides their colours; `index` counts the curves. */
export function svgMarker(x: number, y: number, index: number, fill: string): string {
  const hollow = index >= 4;
  const paint = hollow ? `fill="#ffffff" stroke="${fill}" stroke-width="2"` : `fill="${fill}"`;
  const shapes = [
    `<circle cx="${x}" cy="${y}" r="4.5" ${paint}/>`,
    `<path d="M${x} ${y - 6}L${x + 5} ${y}L${x} ${y + 6}L${x - 5} ${y}Z" ${paint}/>`,
    `<path d="M${x} ${y - 5.5}L${x + 5.5} ${y + 4.5}L${x - 5.5} ${y + 4.5}Z" ${paint}/>`,
    `<rect x="${x - 4.5}" y="${y - 4.5}" width="9" height="9" ${paint}/>`,
  ];
  return shapes[index % shapes.length]!;
}

interface SvgChart {
  readonly title: string;
  /** `sign` is the number of the curve's marker. */
  readonly series: readonly { readonly view: SeriesView; readonly colour: string; readonly sign: number }[];
  readonly x: { readonly name: string; readonly ticks?: readonly Tick[] };
  readonly logY: boolean;
}

/** Room for the title, and for axes. */
const chartMargin = { top: 26, right: 12, bottom: 38, left: 58 };

/** Curves over each other with axes; a curve that is thinner than a pixel's steps shows its extremes. */
export function svgChart(box: Box, { title, series, x, logY }: SvgChart): string {
  const plot: Box = {
    x: box.x + chartMargin.left,
    y: box.y + chartMargin.top,
    width: box.width - chartMargin.left - chartMargin.right,
    height: box.height - chartMargin.top - chartMargin.bottom,
  };
  const ends = series.flatMap(({ view }) => [view.at(0)?.step ?? 0, view.at(-1)?.step ?? 0]);
  const [from, to] = [Math.min(...ends), Math.max(1, ...ends)];
  const reduced = series.map(({ view }) => view.reduce({ columns: Math.floor(plot.width), from, to, scale: 'linear' }));
  const positive = (value: number): boolean => Number.isFinite(value) && (!logY || value > 0);
  // What is not positive has no place on a log axis: it lies below a gap, at a foot that says so.
  const foot = logY && reduced.some(({ min }) => min.some((value) => value <= 0)) ? 18 : 0;
  const values = reduced.flatMap(({ min, max }) => [...min, ...max]).filter(positive);
  const heading = svgText(box.x, box.y + 14, title, { bold: true });
  if (values.length === 0)
    return [heading, svgText(plot.x, plot.y + 20, 'nothing measured', { fill: faint })].join('\n');
  const scale: Scale = logY ? 'log' : 'linear';
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const [bottom, top] = valueRange(low, high, scale);
  const place = (value: number): number =>
    logY && value <= 0
      ? plot.y + plot.height
      : plot.y + (plot.height - foot) * (1 - Math.max(0, positionOf(value, bottom, top, scale)));
  const ticks = valueTicks(bottom, top, scale, Math.floor(plot.height / 16));
  const levels = [...ticks, ...(foot > 0 ? [{ value: 0, label: '≤ 0' }] : [])].map(({ value, label }) => {
    const y = place(value).toFixed(1);
    const line = `<path d="M${plot.x} ${y}H${plot.x + plot.width}" stroke="${rule}" stroke-width="0.7"/>`;
    return `${line}${svgText(plot.x - 6, Number(y) + 4, label, { size: 11, anchor: 'end', fill: faint })}`;
  });
  const stations = (x.ticks ?? stepTicks(from, to, 'linear', Math.floor(plot.width / 7))).map(({ value, label }) =>
    svgText(plot.x + plot.width * positionOf(value, from, to, 'linear'), plot.y + plot.height + 16, label, {
      size: 11,
      anchor: 'middle',
      fill: faint,
    }),
  );
  const curves = reduced.map(({ min, max }, i) => {
    const points: string[] = [];
    for (let column = 0; column < min.length; column++) {
      if (!Number.isFinite(min[column]!) || !Number.isFinite(max[column]!)) continue;
      const at = (plot.x + column + 0.5).toFixed(1);
      points.push(`${at} ${place(max[column]!).toFixed(1)}`);
      if (min[column] !== max[column]) points.push(`${at} ${place(min[column]!).toFixed(1)}`);
    }
    const last = points.at(-1)?.split(' ').map(Number);
    const line = `<path d="M${points.join('L')}" fill="none" stroke="${series[i]!.colour}" stroke-width="1.8"/>`;
    return points.length === 0 ? '' : `${line}${svgMarker(last![0]!, last![1]!, series[i]!.sign, series[i]!.colour)}`;
  });
  const frame = `<path d="M${plot.x} ${plot.y}V${plot.y + plot.height}H${plot.x + plot.width}" fill="none" stroke="${faint}"/>`;
  const name = svgText(plot.x + plot.width, plot.y + plot.height + 32, x.name, {
    size: 11,
    anchor: 'end',
    fill: faint,
  });
  return [heading, ...levels, ...stations, ...curves, frame, name].join('\n');
}

/** A matrix in a box, of which a pixel shows the largest entry; values beyond the ends take their colours, NaN none. */
export function svgHeatmap(
  box: Box,
  matrix: Matrix,
  { min, max, map }: { readonly min: number; readonly max: number; readonly map: ColourMap },
): string {
  // Drawn at the box's own size, so that no program smooths it.
  const [width, height] = [Math.max(1, Math.round(box.width)), Math.max(1, Math.round(box.height))];
  const colours = Uint32Array.from(resample(matrix, { width, height }), (value) =>
    Number.isNaN(value) ? paper : mapColour(map, shareOf(value, min, max)),
  );
  const image = encodePng(colours, width, height).toString('base64');
  return `<image x="${box.x}" y="${box.y}" width="${width}" height="${height}" href="data:image/png;base64,${image}"/>`;
}

export function escaped(text: string): string {
  // XML has no place for most control characters either.
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
