import { visible } from '../core/visible.ts';
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
/** Colour of what explains: ticks, names of axes, frames. */
export const faint = '#6a6f78';
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

/** Pieces of which only what lies in a box is seen; without a name that others in the same page might have. */
export function svgClipped({ x, y, width, height }: Box, pieces: readonly string[]): string {
  const box = `x="${x}" y="${y}" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}"`;
  return `<svg ${box}>\n${pieces.join('\n')}\n</svg>`;
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
