import { fitNumber } from '../../../core/format.ts';
import { signedMap } from '../../../plot/colourmap.ts';
import type { Matrix } from '../../../plot/heatmap.ts';
import { drawHeatmap, drawSignedScale, heatmapLayout, pooling } from '../../../plot/heatmap.ts';
import { transposed } from '../../../plot/matrix.ts';
import { signedScale } from '../../../plot/signed_scale.ts';
import type { Line } from '../../../plot/text.ts';
import { blankLine, fitLine, span } from '../../../plot/text.ts';
import { stretchesIn } from '../../../runs/prompt_tokens.ts';
import { partsLegend, rowParts } from '../../screen/pattern_axes.ts';
import { type Size, withinBorder } from '../../screen/size.ts';
import type { Model } from '../../state/model.ts';
import { matrixNamed, tokensOf } from '../../state/probe.ts';
import { moveCellKey } from '../common/token_cursor.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { aroundIn, longRow, mixingPicture } from './grid.ts';
import { distances, queryRow } from './query_row.ts';

const select = ({ probe, shapes, run, view, look }: Model) => ({
  probe,
  shapes,
  look,
  run: pick(run, 'config', 'phase'),
  view: pick(view, 'cell'),
});
type Shown = ReturnType<typeof select>;

/**
 * The learned mixing matrix Â = Σ_h w_h · pattern_h beside the optimal A, and what parts them. Both are [N, K]; drawn as
 * attention is, query tokens down and the prompt's tokens across.
 */
export const mixingPanel: Panel<Shown> = {
  id: 'mixing',
  name: 'mixing matrix',
  column: 'right',
  minimum: 10,
  ample: 14,
  maximum: 60,
  share: 1,
  dropped: 4,
  pictures: true,
  offered: ({ shapes }) => shapes.has('mixing'),
  keys: [moveCellKey],
  select,
  uses({ shapes, look }, { columns, rows }) {
    const [keys, queries] = shapes.get('mixing') ?? [];
    if (!keys || !queries) return rows;
    const inside = withinBorder({ columns, rows });
    return mixingPicture({ rows: queries, columns: keys }, inside, look).rows + aroundIn(inside.columns) + 2;
  },
  draw(model, size) {
    const learned = matrixOf(model, 'mixing');
    if (!learned)
      return { title, body: waiting(model.run, 'the learned and the optimal mixing matrix appear here', size) };
    const optimal = matrixOf(model, 'optimal_mixing');
    const known = optimal?.rows === learned.rows && optimal.columns === learned.columns ? optimal : undefined;
    const compared = { learned, optimal: known, difference: known && minus(learned, known) };
    return { title, detail: underCursor(model, compared), body: drawn(model, compared, size) };
  },
};

const title = 'mixing';

/** A matrix [N, K] of the frame as [K, N]. */
function matrixOf({ probe }: Shown, name: string): Matrix | undefined {
  const matrix = matrixNamed(probe, name);
  return matrix && transposed(matrix);
}

interface Compared {
  readonly learned: Matrix;
  /** Both undefined where the frame has no optimum of the same size. */
  readonly optimal: Matrix | undefined;
  readonly difference: Matrix | undefined;
}

function drawn(model: Shown, { learned, optimal, difference }: Compared, size: Size): Line[] {
  const picture = mixingPicture(learned, size, model.look);
  const ends = {
    shared: endOfScale(optimal ? [learned, optimal] : [learned]),
    difference: endOfScale(difference ? [difference] : []),
  };
  const pictures = [
    named(model, picture, { matrix: learned, end: ends.shared, names: ['learned Â', 'Â'] }),
    ...(optimal ? [named(model, picture, { matrix: optimal, end: ends.shared, names: ['optimal A', 'A'] })] : []),
    ...(difference
      ? [named(model, picture, { matrix: difference, end: ends.difference, names: ['difference Â − A', 'Â − A'] })]
      : []),
  ];
  const { depth, glyphs } = model.look;
  const layout = heatmapLayout(learned.rows, learned.columns, {
    width: picture.columns,
    height: picture.rows,
    depth,
    glyphs,
  });
  const stretches = stretchesIn(tokensOf(model), learned.rows);
  const brackets = rowParts(stretches, learned.rows, layout);
  const notes = ['query ↓ takes label of key →', partsLegend(stretches), pooling(layout)];
  const beside = besideEachOther(pictures, brackets, picture);
  const left = 1 + pictures.length * (Math.max(picture.columns, shortestName) + 1);
  const { row } = cursorIn(model, learned);
  const aside = { columns: size.columns - left, rows: beside.length };
  const taken = queryRow({ learned, optimal }, row, aside);
  const values = [...taken, ...distances(difference, row, { ...aside, rows: aside.rows - taken.length })];
  const fill = size.rows - aroundIn(size.columns) - picture.rows;
  const end = distance({ learned, optimal, difference });
  return [
    fitLine([span(` ${notes.filter((note) => note !== '').join('   ')}`, { fg: 'hint' })], size.columns),
    ...beside.map((line, at) => (values[at] ? [...fitLine(line, left), ...values[at]!] : line)),
    ...Array.from({ length: Math.max(0, fill) }, () => blankLine(1)),
    ...(size.columns >= longRow
      ? [fitLine([...scales(model, ends, scalesWidth), ...end], size.columns)]
      : [scales(model, ends, size.columns), fitLine(end, size.columns)]),
  ];
}

/** Cells of the scales where the distance stands beside them. */
const scalesWidth = 62;

/** Share of the entries that may lie beyond the scale: the ones with which given tokens repeat their labels are few. */
const beyond = 0.04;

/** The end of one scale for the matrices, however small they are drawn. */
function endOfScale(matrices: readonly Matrix[]): number {
  return signedScale(
    matrices.map(({ data }) => data),
    beyond,
  );
}

/** One matrix under its name; the shorter name where the picture is narrow. */
function named(
  model: Shown,
  { columns, rows }: Size,
  { matrix, end, names }: { readonly matrix: Matrix; readonly end: number; readonly names: readonly [string, string] },
): Line[] {
  const { depth, glyphs, theme, still } = model.look;
  const cursor = still ? undefined : cursorIn(model, matrix);
  const shape = { width: columns, height: rows, depth, glyphs };
  const name = names[0].length <= columns ? names[0] : names[1];
  return [[span(name)], ...drawHeatmap(matrix, { ...shape, min: -end, max: end, map: signedMap(theme), cursor })];
}

function besideEachOther(pictures: readonly (readonly Line[])[], brackets: readonly string[], size: Size): Line[] {
  const width = Math.max(size.columns, shortestName) + 1;
  return Array.from({ length: size.rows + 1 }, (_, line) => [
    span(brackets[line - 1] ?? ' ', { fg: 'hint' }),
    ...pictures.flatMap((lines) => fitLine(lines[line]!, width)),
  ]);
}

/** Cells of the shortest name that a difference has. */
const shortestName = 5;

/** The two scales: that of both matrices, and that of their difference. */
function scales({ look }: Shown, ends: { readonly shared: number; readonly difference: number }, width: number): Line {
  const { depth, glyphs, theme } = look;
  const scale = (name: string, end: number): Line => [
    span(` ${name} `, { fg: 'hint' }),
    ...drawSignedScale({
      width: Math.min(32, Math.floor(width / 2) - name.length - 2),
      end,
      map: signedMap(theme),
      depth,
      glyphs,
    }),
  ];
  return fitLine([...scale('Â, A', ends.shared), ...scale('Â − A', ends.difference)], width);
}

/** How far the learned matrix is from the optimal one, and where it is furthest. */
function distance({ optimal, difference }: Compared): Line {
  if (!optimal || !difference) return [span(' this frame has no optimal mixing matrix', { fg: 'hint' })];
  let largest = 0;
  for (let index = 1; index < difference.data.length; index++) {
    if (Math.abs(difference.data[index]!) > Math.abs(difference.data[largest]!)) largest = index;
  }
  const digits = (count: number) => String(count - 1).length;
  const query = String(Math.floor(largest / difference.columns)).padStart(digits(difference.rows));
  const key = String(largest % difference.columns).padStart(digits(difference.columns));
  return [
    span(' ‖Â − A‖/‖A‖ ', { fg: 'hint' }),
    span(fitNumber(norm(difference.data) / norm(optimal.data), 7), { fg: 'value', bold: true }),
    span('  largest ', { fg: 'hint' }),
    span(fitNumber(difference.data[largest]!, 8)),
    span(` at ${query} → ${key}`, { fg: 'hint' }),
  ];
}

function cursorIn({ view }: Shown, matrix: Matrix) {
  return { row: Math.min(view.cell.row, matrix.rows - 1), column: Math.min(view.cell.column, matrix.columns - 1) };
}

function underCursor(model: Shown, { learned, optimal }: Compared): Line {
  const { row, column } = cursorIn(model, learned);
  const at = row * learned.columns + column;
  const place = (index: number, count: number) => String(index).padStart(String(count - 1).length);
  return [
    span(`query ${place(row, learned.rows)} → key ${place(column, learned.columns)} Â `, { fg: 'hint' }),
    span(fitNumber(learned.data[at]!, 6), { fg: 'value', bold: true }),
    ...(optimal ? [span(' A ', { fg: 'hint' }), span(fitNumber(optimal.data[at]!, 6))] : []),
  ];
}

function minus(a: Matrix, b: Matrix): Matrix {
  return { ...a, data: a.data.map((value, index) => value - b.data[index]!) };
}

/** Frobenius norm. */
function norm(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
