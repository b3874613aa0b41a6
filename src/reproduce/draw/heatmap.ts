import { significant } from '../../core/format.ts';
import { contrastOf, mapColour, shareOf } from '../../plot/colourmap.ts';
import { type Box, svgText } from '../../plot/svg.ts';
import type { PanelSpec } from '../recipe/schema.ts';
import type { Line } from './collect.ts';
import { spreadsOf } from './spread.ts';

type Heatmap = Extract<PanelSpec, { readonly kind: 'heatmap' }>;

/** A value over two settings, as colours with the numbers in them. */
export function heatmapPanel({ title, row_label, column_label }: Heatmap, lines: readonly Line[], box: Box): string[] {
  const means = lines.map(({ points }) => spreadsOf(points, 'linear'));
  const all = means.flat().map(({ mean }) => mean);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const [left, top] = [box.x + 110, box.y + 62];
  const columns = lines[0]?.points ?? [];
  const width = (box.width - 126) / Math.max(1, columns.length);
  const height = Math.min(52, (box.height - 84) / Math.max(1, lines.length));
  const heads = columns.map(({ x }, i) => svgText(left + (i + 0.5) * width, top - 8, String(x), { anchor: 'middle' }));
  const cells = lines.flatMap(({ label }, row) => [
    svgText(left - 8, top + (row + 0.5) * height + 4, label, { anchor: 'end' }),
    ...means[row]!.flatMap(({ x, mean }) => {
      const column = columns.findIndex((one) => one.x === x);
      const colour = mapColour('viridis', shareOf(mean, least, most));
      const [at, down] = [left + column * width, top + row * height];
      return [
        `<rect x="${at}" y="${down}" width="${width - 1}" height="${height - 1}" fill="${hex(colour)}"/>`,
        svgText(at + width / 2, down + height / 2 + 4, significant(mean), {
          anchor: 'middle',
          fill: hex(contrastOf(colour)),
        }),
      ];
    }),
  ]);
  const names = [
    svgText(left, box.y + 20, title, { size: 14, bold: true }),
    svgText(left, box.y + 38, `${row_label} ↓   ${column_label} →`),
  ];
  return [...names, ...heads, ...cells];
}

const hex = (rgb: number): string => `#${rgb.toString(16).padStart(6, '0')}`;
