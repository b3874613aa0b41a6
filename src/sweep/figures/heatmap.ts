import { significant } from '../../core/format.ts';
import { contrastOf, mapColour, shareOf } from '../../plot/colourmap.ts';
import { type Box, faint, svgDocument, svgText } from '../../plot/svg.ts';
import { isSame, picked, settingsText, valueText } from '../cells.ts';
import { type Group, openRunsText, openText, type Spread, seedsText } from '../groups.ts';
import { caption, edge, figureWidth, hex } from './legend.ts';

const cellHeight = 46;
/** Where values reach over more than this factor, colours go by their logarithms. */
const wide = 20;
/** Of cells without a value. */
const paper = 0xffffff;

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
  const panels = panelsOf(groups, [rows, columns]);
  for (const { settings, members } of panels) {
    if (settings !== '') {
      // In a line of its own: it may be longer than the labels of the rows.
      pieces.push(svgText(edge, y + 12, settings, { bold: true, size: 12 }));
      y += 20;
    }
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
        if (!group) return;
        const { mean, sd } = spread(group);
        const box = { x: at.x + column * width, y: at.y, width: width - 1, height: cellHeight - 1 };
        const colour = mean === null ? paper : mapColour('viridis', shareOf(place(mean), place(least), place(most)));
        const [first = '', ...more] = [
          ...(mean === null ? [] : [significant(mean)]),
          ...(sd === null ? [] : [`± ${significant(sd, 2)}`]),
          openText(group),
        ].filter((text) => text !== '');
        pieces.push(...cellPieces(box, colour, first, more));
      });
    });
    y = top + rowValues.length * cellHeight + 16;
  }
  const scale = isLog ? '; colours by logarithm' : '';
  const under = [`${seedsText(spreads.map(({ n }) => n))}${scale}`, openRunsText(groups)];
  pieces.push(caption(y + 24, ...under));
  const texts = [8 * title.length, 6 * under.join(' · ').length, ...panels.map(({ settings }) => 8 * settings.length)];
  const needed = Math.max(labelWidth + columnValues.length * width, ...texts);
  return svgDocument(Math.ceil(needed) + 2 * edge, y + 12 + edge, pieces);
}

/** A cell of the map: its colour, and words under each other, of which the first is larger. */
function cellPieces({ x, y, width, height }: Box, colour: number, first: string, more: readonly string[]): string[] {
  const fill = hex(contrastOf(colour));
  const texts = [{ text: first, size: 12 }, ...more.map((text) => ({ text, size: 10 }))];
  const pitch = texts.length > 2 ? 13 : 16;
  const top = y + (height - pitch * texts.length) / 2 + 12;
  const frame = colour === paper ? ` stroke="${faint}" stroke-dasharray="3 3"` : '';
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${hex(colour)}"${frame}/>`,
    ...texts.map(({ text, size }, i) =>
      svgText(x + width / 2, top + i * pitch, text, { size, anchor: 'middle', fill }),
    ),
  ];
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
