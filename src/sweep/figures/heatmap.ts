import { significant } from '../../core/format.ts';
import { contrastOf, mapColour, shareOf } from '../../plot/colourmap.ts';
import { faint, svgDocument, svgText } from '../../plot/svg.ts';
import { isSame, picked, settingsText, valueText } from '../cells.ts';
import { type Group, type Spread, seedsText } from '../groups.ts';
import { edge, figureWidth, hex } from './legend.ts';

const cellHeight = 46;
/** Where values reach over more than this factor, colours go by their logarithms. */
const wide = 20;

interface Layout {
  readonly rows: string;
  readonly columns: string;
  readonly title: string;
}

/** The value at the end over two settings, one picture for every combination of the others: mean ± standard deviation. */
export function heatmapFigure(
  groups: readonly Group[],
  spread: (group: Group) => Spread,
  { rows, columns, title }: Layout,
): string {
  const [rowValues, columnValues] = [valuesOf(groups, rows), valuesOf(groups, columns)];
  const spreads = groups.map(spread);
  const means = spreads.flatMap(({ mean }) => (mean === null ? [] : [mean]));
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const isLog = least > 0 && most / least > wide;
  const place = (value: number): number => (isLog ? Math.log(value) : value);
  // About seven pixels a character.
  const labelWidth = 20 + 7 * Math.max(...rowValues.map((value) => `${rows} ↓ ${valueText(value)}`.length));
  const width = Math.min(120, (figureWidth - 2 * edge - labelWidth) / columnValues.length);
  const pieces = [svgText(edge, edge + 14, title, { bold: true })];
  let y = edge + 30;
  for (const { settings, members } of panelsOf(groups, [rows, columns])) {
    if (settings !== '') pieces.push(svgText(edge, y + 12, settings, { fill: faint }));
    const top = y + 34;
    pieces.push(svgText(edge + labelWidth, y + 12, `${columns} →`, { size: 11, fill: faint }));
    columnValues.forEach((value, column) => {
      const middle = edge + labelWidth + (column + 0.5) * width;
      pieces.push(svgText(middle, top - 6, valueText(value), { size: 11, anchor: 'middle' }));
    });
    rowValues.forEach((value, row) => {
      const label = `${row === 0 ? `${rows} ↓ ` : ''}${valueText(value)}`;
      const at = { y: top + row * cellHeight, x: edge + labelWidth };
      pieces.push(svgText(at.x - 8, at.y + cellHeight / 2 + 4, label, { size: 11, anchor: 'end' }));
      columnValues.forEach((other, column) => {
        const group = members.find((one) =>
          isSame(picked(one.settings, [rows, columns]), { [rows]: value, [columns]: other }),
        );
        const { mean, sd } = group ? spread(group) : { mean: null, sd: null };
        const x = at.x + column * width;
        if (mean === null) return;
        const colour = mapColour('viridis', shareOf(place(mean), place(least), place(most)));
        const ink = hex(contrastOf(colour));
        const middle = x + width / 2;
        pieces.push(
          `<rect x="${x}" y="${at.y}" width="${width - 1}" height="${cellHeight - 1}" fill="${hex(colour)}"/>`,
        );
        pieces.push(svgText(middle, at.y + 20, significant(mean), { anchor: 'middle', fill: ink }));
        if (sd !== null)
          pieces.push(svgText(middle, at.y + 36, `± ${significant(sd, 2)}`, { size: 10, anchor: 'middle', fill: ink }));
      });
    });
    y = top + rowValues.length * cellHeight + 16;
  }
  const scale = isLog ? '; colours by logarithm' : '';
  pieces.push(svgText(edge, y + 12, `${seedsText(spreads.map(({ n }) => n))}${scale}`, { size: 11, fill: faint }));
  const needed = Math.max(labelWidth + columnValues.length * width, 8 * title.length);
  return svgDocument(Math.ceil(needed) + 2 * edge, y + 12 + edge, pieces);
}

function valuesOf(groups: readonly Group[], path: string): unknown[] {
  const found = new Map(groups.map(({ settings }) => [valueText(settings[path]), settings[path]]));
  const values = [...found.values()];
  return values.every((value) => typeof value === 'number') ? values.sort((a, b) => a - b) : values;
}

/** Groups that differ in these settings alone, together. */
function panelsOf(groups: readonly Group[], paths: readonly string[]): { settings: string; members: Group[] }[] {
  const panels = new Map<string, Group[]>();
  for (const group of groups) {
    const others = Object.fromEntries(Object.entries(group.settings).filter(([path]) => !paths.includes(path)));
    const text = settingsText(others);
    panels.set(text, [...(panels.get(text) ?? []), group]);
  }
  return [...panels].map(([settings, members]) => ({ settings, members }));
}
