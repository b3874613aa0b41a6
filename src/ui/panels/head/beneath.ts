import { fitNumber } from '../../../core/format.ts';
import { drawColumns } from '../../../plot/columns.ts';
import type { Matrix } from '../../../plot/heatmap.ts';
import { bar } from '../../../plot/sparkline.ts';
import type { Style } from '../../../plot/style.ts';
import { blankLine, fitLine, type Line, repeated, span } from '../../../plot/text.ts';
import { largestWeights } from '../../../runs/patterns.ts';
import { entryNames } from '../../screen/pattern_axes.ts';
import type { Size } from '../../screen/size.ts';
import type { Model, Reads } from '../../state/model.ts';
import { meanEntropy, type Patterns, selectedHead } from '../../state/pattern.ts';
import { namesOf, promptsAreRows } from '../../state/probe.ts';
import { rowLabels } from '../common/geometry.ts';

type Shown = Pick<Model, 'shapes' | 'probe'> & Reads<'model' | 'config', 'head' | 'cell' | 'prompt' | 'mean'>;

/** Cells of a neighbour, at least and at most, and of what stands around its bar. */
const neighbour = { least: 24, most: 48, around: 14 };

/** How spread the attention of all heads of the layer is, where there is room under the picture. */
export function neighbours(model: Shown, patterns: Patterns, { columns, rows }: Size): Line[] {
  const { layer, head, count } = selectedHead(model);
  const room = columns - rowLabels;
  const width = Math.max(neighbour.least, Math.min(neighbour.most, Math.floor(room / count.heads)));
  const across = Math.floor(room / width);
  const down = Math.ceil(count.heads / Math.max(1, across));
  if (count.heads < 2 || across < 1 || rows < down + 1) return [];
  const most = Math.log(patterns.columns);
  const cells = Array.from({ length: count.heads }, (_, at): Line => {
    const entropy = meanEntropy(patterns.matrix(layer * count.heads + at));
    const style: Style = at === head ? { fg: 'focus', bold: true } : { fg: 'hint' };
    return fitLine(
      [
        span(` H${at}`.padEnd(5), style),
        span(bar(entropy / most, width - neighbour.around), style),
        span(fitNumber(entropy, 5), style),
      ],
      width,
    );
  });
  return [
    blankLine(1),
    [span(` mean entropy of the heads of L${layer}, in nats`, { fg: 'hint' })],
    ...Array.from({ length: down }, (_, row) => cells.slice(row * across, (row + 1) * across).flat()),
  ];
}

/** Rows of the columns of the queries: at least and at most, and around them. */
const profile = { least: 3, most: 12, around: 3 };
/** Cells of a column, at most. */
const widestColumn = 12;

/** How sharply each query attends, where there is room under all else. */
export function queryProfile(model: Shown, matrix: Matrix, cursor: number, size: Size): Line[] {
  const rows = Math.min(profile.most, size.rows - profile.around);
  const pitch = Math.min(widestColumn, Math.floor((size.columns - rowLabels - 2) / matrix.rows));
  if (rows < profile.least || pitch < 1) return [];
  const columns = drawColumns(largestWeights(matrix), {
    rows,
    pitch,
    most: 1,
    style: (query) => ({ fg: query === cursor ? 'focus' : 'hint' }),
  });
  const labels = new Map([
    [0, '1.00'],
    [rows - 1, '0'],
  ]);
  const names = entryNames({
    first: 0,
    count: matrix.rows,
    width: pitch * matrix.rows,
    cellOf: (at) => at * pitch,
    name: promptsAreRows(model) ? String : namesOf(model).short,
  });
  return [
    [],
    [span(` largest weight of each ${promptsAreRows(model) ? 'prompt’s query' : 'query'}`, { fg: 'hint' })],
    ...columns.map(
      (line, row): Line => [span(`${(labels.get(row) ?? '').padStart(rowLabels)} `, { fg: 'hint' }), ...line],
    ),
    [span(`${repeated(' ', rowLabels + 1)}${names}`, { fg: 'hint' })],
  ];
}
