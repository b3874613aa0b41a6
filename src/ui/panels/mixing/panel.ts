import { fitNumber } from '../../../core/format.ts';
import type { Matrix } from '../../../plot/heatmap.ts';
import { drawHeatmap, drawSignedScale } from '../../../plot/heatmap.ts';
import { shrunk, transposed } from '../../../plot/matrix.ts';
import { signedScale } from '../../../plot/signed_scale.ts';
import type { Line } from '../../../plot/text.ts';
import { blankLine, fitLine, span } from '../../../plot/text.ts';
import type { Size } from '../../screen/size.ts';
import type { Model } from '../../state/model.ts';
import { matrixNamed } from '../../state/probe.ts';
import type { HeadGrid } from '../common/geometry.ts';
import { moveCellKey } from '../common/token_cursor.ts';
import { type Panel, pick } from '../contract.ts';
import { around, mixingGrid } from './grid.ts';

const select = ({ probe, shapes, view, look }: Model) => ({ probe, shapes, look, view: pick(view, 'cell') });
type Shown = ReturnType<typeof select>;

/** The learned mixing matrix Â = Σ_h w_h · pattern_h beside the optimal A, and what parts them: all [N, K]. */
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
  keys: [moveCellKey(runsAcross)],
  select,
  uses({ shapes, look }, { columns, rows }) {
    const [height, width] = shapes.get('mixing') ?? [];
    if (!height || !width) return rows;
    const { down, pitch } = mixingGrid(
      { rows: height, columns: width },
      { columns: columns - 2, rows: rows - 2 },
      look,
    );
    return down * pitch.rows + around + 2;
  },
  draw(model, size) {
    const learned = matrixNamed(model.probe, 'mixing');
    if (!learned)
      return { title, body: [[span(' the learned and the optimal mixing matrix appear here', { fg: 'hint' })]] };
    const optimal = matrixNamed(model.probe, 'optimal_mixing');
    const known = optimal?.rows === learned.rows && optimal.columns === learned.columns ? optimal : undefined;
    const compared = { learned, optimal: known, difference: known && minus(learned, known) };
    return { title, detail: underCursor(model, compared), body: drawn(model, compared, size) };
  },
};

const title = 'mixing';

/** Tokens run across the screen unless the matrices are drawn turned. */
function runsAcross({ shapes, look }: Model, inside: Size | undefined): 'token' | 'prompt' {
  const [rows, columns] = shapes.get('mixing') ?? [1, 1];
  return inside && mixingGrid({ rows: rows!, columns: columns! }, inside, look).turned ? 'prompt' : 'token';
}

interface Compared {
  readonly learned: Matrix;
  /** Both undefined where the frame has no optimum of the same size. */
  readonly optimal: Matrix | undefined;
  readonly difference: Matrix | undefined;
}

function drawn(model: Shown, compared: Compared, size: Size): Line[] {
  const { learned, optimal, difference } = compared;
  const grid = mixingGrid(learned, size, model.look);
  const ends = {
    shared: endOfScale(grid, optimal ? [learned, optimal] : [learned]),
    difference: endOfScale(grid, difference ? [difference] : []),
  };
  const pictures = [
    picture(model, grid, { matrix: learned, end: ends.shared, names: ['learned Â', 'Â'] }),
    ...(optimal ? [picture(model, grid, { matrix: optimal, end: ends.shared, names: ['optimal A', 'A'] })] : []),
    ...(difference
      ? [picture(model, grid, { matrix: difference, end: ends.difference, names: ['difference Â − A', 'Â − A'] })]
      : []),
  ];
  const body = Array.from({ length: grid.down }, (_, row) =>
    pictures.slice(row * grid.across, (row + 1) * grid.across),
  );
  return [
    axes(learned, grid, size.columns),
    ...body.flatMap((row) => beside(row, grid)),
    ...Array.from({ length: Math.max(0, size.rows - around - grid.down * grid.pitch.rows) }, () => blankLine(1)),
    scales(model, ends, size.columns),
    distance(compared, size.columns),
  ];
}

/** Share of the entries that may lie beyond the scale: the ones with which given tokens repeat their labels are few. */
const beyond = 0.04;

/** The end of one scale for the matrices as they are drawn, averaged where they are. */
function endOfScale({ turned, thumbnail }: HeadGrid, matrices: readonly Matrix[]): number {
  const drawn = matrices.map((matrix) =>
    shrunk(turned ? transposed(matrix) : matrix, 2 * thumbnail.rows, thumbnail.columns),
  );
  return signedScale(
    drawn.map(({ data }) => data),
    beyond,
  );
}

function axes(matrix: Matrix, grid: HeadGrid, width: number): Line {
  const [down, across] = grid.turned ? ['token', 'prompt token'] : ['prompt token', 'token'];
  const [rows, columns] = grid.turned ? [matrix.columns, matrix.rows] : [matrix.rows, matrix.columns];
  const averaged = columns > grid.thumbnail.columns || rows > 2 * grid.thumbnail.rows ? '   (averaged)' : '';
  return fitLine([span(` ${down} ↓  ${across} →${averaged}`, { fg: 'hint' })], width);
}

/** One matrix under its name; the shorter name where the picture is narrow. */
function picture(
  model: Shown,
  grid: HeadGrid,
  { matrix, end, names }: { readonly matrix: Matrix; readonly end: number; readonly names: readonly [string, string] },
): Line[] {
  const { columns, rows } = grid.thumbnail;
  const { depth, glyphs } = model.look;
  const { row, column } = cursorIn(model, matrix);
  const turned = grid.turned ? transposed(matrix) : matrix;
  const name = names[0].length <= grid.pitch.columns - 1 ? names[0] : names[1];
  return [
    [span(name)],
    ...drawHeatmap(turned, {
      width: columns,
      height: rows,
      aspect: 'fill',
      min: -end,
      max: end,
      map: 'diverging',
      depth,
      glyphs,
      cursor: grid.turned ? { row: column, column: row } : { row, column },
    }),
  ];
}

function beside(pictures: readonly (readonly Line[])[], grid: HeadGrid): Line[] {
  return Array.from({ length: grid.pitch.rows }, (_, line) => [
    span(' '),
    ...pictures.flatMap((lines, place) =>
      place < pictures.length - 1 ? fitLine(lines[line]!, grid.pitch.columns) : lines[line]!,
    ),
  ]);
}

/** The two scales: that of both matrices, and that of their difference. */
function scales({ look }: Shown, ends: { readonly shared: number; readonly difference: number }, width: number): Line {
  const { depth, glyphs } = look;
  const scale = (name: string, end: number): Line => [
    span(` ${name} `, { fg: 'hint' }),
    ...drawSignedScale({ width: Math.min(32, Math.floor(width / 2) - name.length - 2), end, depth, glyphs }),
  ];
  return fitLine([...scale('Â, A', ends.shared), ...scale('Â − A', ends.difference)], width);
}

/** How far the learned matrix is from the optimal one, and where it is furthest. */
function distance({ optimal, difference }: Compared, width: number): Line {
  if (!optimal || !difference) return [span(' this frame has no optimal mixing matrix', { fg: 'hint' })];
  let largest = 0;
  for (let index = 1; index < difference.data.length; index++) {
    if (Math.abs(difference.data[index]!) > Math.abs(difference.data[largest]!)) largest = index;
  }
  const digits = (count: number) => String(count - 1).length;
  const row = String(Math.floor(largest / difference.columns)).padStart(digits(difference.rows));
  const column = String(largest % difference.columns).padStart(digits(difference.columns));
  const line: Line = [
    span(' ‖Â − A‖/‖A‖ ', { fg: 'hint' }),
    span(fitNumber(norm(difference.data) / norm(optimal.data), 7), { fg: 'value', bold: true }),
    span('  largest ', { fg: 'hint' }),
    span(fitNumber(difference.data[largest]!, 8)),
    span(` at ${column} → ${row}`, { fg: 'hint' }),
  ];
  return fitLine(line, width);
}

/** Cursor in matrix coordinates: row is the prompt token, column the token that is predicted. */
function cursorIn({ view }: Shown, matrix: Matrix) {
  return { row: Math.min(view.cell.column, matrix.rows - 1), column: Math.min(view.cell.row, matrix.columns - 1) };
}

function underCursor(model: Shown, { learned, optimal }: Compared): Line {
  const { row, column } = cursorIn(model, learned);
  const at = row * learned.columns + column;
  const place = (index: number, count: number) => String(index).padStart(String(count - 1).length);
  return [
    span(`token ${place(column, learned.columns)} → prompt ${place(row, learned.rows)} Â `, { fg: 'hint' }),
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
