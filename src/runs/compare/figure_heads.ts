import { significant } from '../../core/format.ts';
import { heatmapLayout, type Matrix, pooling, seenIn } from '../../plot/heatmap.ts';
import { sharedScale } from '../../plot/shared_scale.ts';
import { faint, svgHeatmap, svgMarker, svgText } from '../../plot/svg.ts';
import { attentionAxes, type HeadPatterns, headPatterns, patternOf, sharpness } from '../patterns.ts';
import { promptTokens, type Stretch, stretchesIn, stretchText } from '../prompt_tokens.ts';
import type { Compared } from './compared.ts';
import { colourOf, edge, inner, type Part, width } from './figure_page.ts';
import { type HeadTable, headTable } from './head_table.ts';

/** Most columns of heads; more would be too small to see. */
const mostColumns = 16;
/** Pixels left of the heads, for names; largest place of a head, and what lies between two. */
const left = 110;
const widest = 150;
const gap = 8;

/** The heads of all runs in columns of heads that attend alike, a row for each run. */
export function heads(runs: readonly Compared[], y: number): Part {
  const patterns = runs.map(({ frame, state }) => headPatterns(frame, state.model.pattern));
  const table = headTable(patterns);
  if (!table) return { pieces: [], height: 0 };
  const columns = Math.min(mostColumns, table.columns);
  const each = Math.min(widest, Math.floor((inner - left) / columns));
  const size = each - gap;
  const pictures = runs.map((_, run) =>
    Array.from({ length: table.columns }, (_, column): Matrix | undefined => {
      const placed = table.rows[run]?.[column];
      return placed && patternOf(patterns[run]!, placed.head, 0);
    }),
  );
  const { end: max, exceeded } = sharedScale(pictures.flat().filter((one) => one !== undefined));
  const pieces = [
    svgText(edge, y + 14, `Attention, one scale: ${attentionAxes}`, { bold: true }),
    svgText(width - edge, y + 14, explain(runs, table, columns), { size: 11, anchor: 'end', fill: faint }),
  ];
  runs.forEach((run, i) => {
    const top = y + 28 + i * (size + 26);
    pieces.push(svgMarker(edge + 6, top + 24, i, colourOf(i)));
    pieces.push(svgText(edge + 18, top + 28, shortened(run.name), { size: 11, fill: colourOf(i) }));
    for (let column = 0; column < columns; column++) {
      const picture = pictures[i]![column];
      if (!picture) continue;
      const x = edge + left + column * each;
      pieces.push(svgText(x, top + 12, labelOf(table, patterns, i, column), { size: 10, fill: faint }));
      pieces.push(headPicture({ x, y: top + 16, width: size, height: size }, picture, max));
    }
    const stretches = stretchesOf(run, patterns[i]);
    pieces.push(...stretches.map((one) => bracket(one, edge + left - 4, top + 16, size / (patterns[i]?.queries ?? 1))));
  });
  const bottom = y + 28 + runs.length * (size + 26) + 6;
  const notes = [...new Set(runs.flatMap((run, i) => notesOf(run, patterns[i], size)))].join(' · ');
  const ramp: Matrix = { rows: 1, columns: 64, data: Float32Array.from({ length: 64 }, (_, i) => i / 63) };
  const scale = { x: edge + left + 14, y: bottom, width: 160, height: 12 };
  pieces.push(svgText(edge + left, bottom + 10, '0', { size: 11, fill: faint }));
  pieces.push(svgHeatmap(scale, ramp, { min: 0, max: 1, map: 'viridis' }));
  pieces.push(
    svgText(edge + left + 180, bottom + 10, `${exceeded ? '≥ ' : ''}${significant(max)}`, { size: 11, fill: faint }),
  );
  pieces.push(svgText(edge + left + 240, bottom + 10, notes, { size: 11, fill: faint }));
  return { pieces, height: bottom - y + 36 };
}

/** A head's pattern, or where that would hardly show, a tile of how sharp it is. */
function headPicture(box: Parameters<typeof svgHeatmap>[0], picture: Matrix, max: number): string {
  const range = { min: 0, max, map: 'viridis' } as const;
  if (isDrawn(picture, box.width)) return svgHeatmap(box, picture, range);
  const value = sharpness(picture);
  const tile = svgHeatmap(box, { rows: 1, columns: 1, data: Float32Array.of(value) }, range);
  const middle = [box.x + box.width / 2, box.y + box.height + 9] as const;
  return `${tile}${svgText(...middle, value.toFixed(2).replace(/^0/, ''), { size: 10, anchor: 'middle', fill: faint })}`;
}

const square = (size: number) => ({ width: size, height: size, depth: 'none' }) as const;

function isDrawn({ rows, columns }: Pick<Matrix, 'rows' | 'columns'>, size: number): boolean {
  return seenIn({ rows, columns }, square(size)).enough;
}

/** What plays which part among the queries; nothing where each prompt has one. */
function stretchesOf({ state, frame }: Compared, patterns: HeadPatterns | undefined): Stretch[] {
  if (!patterns || patterns.queries === 1) return [];
  const tokens = promptTokens(state.config, (name) => frame?.tensors[name]?.shape);
  return stretchesIn(tokens, patterns.queries);
}

/** A line left of the queries that play one part. */
function bracket({ from, to }: Stretch, x: number, top: number, row: number): string {
  const [start, end] = [top + from * row + 1, top + (to + 1) * row - 1].map((y) => y.toFixed(1));
  return `<path d="M${x + 3} ${start}H${x}V${end}H${x + 3}" fill="none" stroke="${faint}"/>`;
}

/** What the brackets are, and what else is to be said of a run's pictures. */
function notesOf(run: Compared, patterns: HeadPatterns | undefined, size: number): string[] {
  if (!patterns) return [];
  const { rows, columns } = patternOf(patterns, 0, 0);
  const parts = stretchesOf(run, patterns).map(stretchText).join(', ');
  if (!isDrawn({ rows, columns }, size)) return ['tiles: mean over queries of the largest weight'];
  const reduced = pooling(heatmapLayout(rows, columns, square(size)));
  return [...(parts ? [`rows: ${parts}`] : []), ...(reduced ? [`each pixel the ${reduced}`] : [])];
}

function labelOf(
  table: HeadTable,
  patterns: readonly (HeadPatterns | undefined)[],
  run: number,
  column: number,
): string {
  const { head, similarity } = table.rows[run]![column]!;
  const { heads } = patterns[run]!;
  const alike = similarity === undefined ? '' : ` · ${similarity.toFixed(2)}`;
  return `L${Math.floor(head / heads)}H${head % heads}${alike}`;
}

function explain(runs: readonly Compared[], table: HeadTable, columns: number): string {
  const all = table.columns > columns ? `${columns} of ${table.columns} heads · ` : '';
  const how = table.matched.every(Boolean)
    ? `matched with the heads of ${runs[table.reference]!.name}; numbers: 1 − total variation`
    : 'patterns of unlike sizes stand in their own order';
  return `${all}${how}`;
}

function shortened(name: string): string {
  return name.length > 13 ? `${name.slice(0, 12)}…` : name;
}
