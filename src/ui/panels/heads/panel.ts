import { fitNumber } from '../../../core/format.ts';
import type { Matrix } from '../../../plot/heatmap.ts';
import { drawHeatmap, drawScale } from '../../../plot/heatmap.ts';
import { shrunk, transposed } from '../../../plot/matrix.ts';
import { sharedScale } from '../../../plot/shared_scale.ts';
import type { Line } from '../../../plot/text.ts';
import { blankLine, fitLine, fitText, repeated, span } from '../../../plot/text.ts';
import type { Size } from '../../screen/size.ts';
import { type Model, withNotice, withView } from '../../state/model.ts';
import type { Patterns } from '../../state/pattern.ts';
import {
  isHeadKept,
  meanEntropy,
  patternLabel,
  selectedHead,
  selectedPart,
  shownPatterns,
} from '../../state/pattern.ts';
import type { HeadGrid } from '../common/geometry.ts';
import { headGrid, headsInRow, rowsInView } from '../common/geometry.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { headsKeys } from './keys.ts';
import { headAt, headsRoom } from './room.ts';

/** Cells from which a thumbnail's label has room for the mean entropy. */
const entropyWidth = 9;
/** Those from which it can be named. */
const namedWidth = 18;

const select = (model: Model) => {
  const { probe, run, view, look } = model;
  return {
    probe,
    look,
    run: pick(run, 'model', 'phase', 'mask'),
    view: pick(view, 'head', 'prompt', 'mean'),
    label: patternLabel(model, shownPatterns(model)?.prompts ?? 1),
  };
};
type Shown = ReturnType<typeof select>;

export const headsPanel: Panel<Shown> = {
  id: 'heads',
  name: 'heads',
  column: 'right',
  minimum: 8,
  ample: 14,
  maximum: 60,
  share: 1.4,
  dropped: 1,
  pictures: true,
  prompt: true,
  keys: headsKeys,
  parts: selectedPart,
  stepOut: (model) =>
    !model.view.mean && (shownPatterns(model)?.prompts ?? 1) > 1
      ? withNotice(withView(model, { mean: true }), 'mean of all probe prompts; p shows one of them')
      : undefined,
  pressed: headAt,
  select,
  uses({ run, view, look }, { columns, rows }) {
    if (!run.model) return rows;
    const room = headsRoom({ columns: columns - 2, rows: rows - 2 });
    const { down, pitch } = headGrid(run.model.pattern, selectedHead({ run, view }).count, room, look);
    // Border and scale.
    return down * pitch.rows + 3;
  },
  draw(model, size) {
    const patterns = shownPatterns(model);
    if (!patterns)
      return { title: 'heads', body: waiting(model.run, 'every head’s attention pattern appears here', size) };
    const { index, count } = selectedHead(model);
    const room = headsRoom(size);
    const grid = headGrid(patterns, count, room, model.look);
    const rows = rowsInView(grid, count, index);
    const shown = rows.flatMap((row) => headsInRow(grid, count, row));
    const all = count.layers * count.heads;
    const pictures = Array.from({ length: all }, (_, head) => pictureOf(patterns, grid, head));
    const maximum = sharedScale(pictures);
    const { depth, glyphs, colourMap } = model.look;
    const range = shown.length < all ? ` ${shown[0]}–${shown.at(-1)} of ${all}` : '';
    const averaged = pictures[0]!.data.length < patterns.rows * patterns.columns ? ', averaged' : '';
    const title = `heads${range}${model.label}`;
    const reduced = `${grid.turned ? ', turned' : ''}${averaged}`;
    return {
      title,
      detail: fittingDetail(reduced, size.columns - title.length - barAround),
      body: [
        ...rows.flatMap((row) => thumbnails(model, { patterns, grid, pictures, maximum, top: rows[0]! }, row)),
        ...Array.from({ length: Math.max(0, room.rows - rows.length * grid.pitch.rows) }, () => blankLine(1)),
        drawScale({ width: Math.min(size.columns, 40), min: 0, max: maximum, map: colourMap, depth, glyphs }),
      ],
    };
  },
};

/** Cells of the title bar that are neither title nor detail. */
const barAround = 10;

/** The fullest account of how the patterns are drawn that fits. */
function fittingDetail(reduced: string, room: number): string {
  const forms = [`attention pattern${reduced} · one scale`, `attention${reduced} · one scale`, `attention${reduced}`];
  return forms.find((form) => form.length <= room) ?? forms.at(-1)!;
}

/** A head's pattern as its thumbnail shows it. */
function pictureOf(patterns: Patterns, grid: HeadGrid, head: number): Matrix {
  const matrix = patterns.matrix(head);
  const turned = grid.turned ? transposed(matrix) : matrix;
  // Half blocks show two rows of entries in one of cells.
  return shrunk(turned, 2 * grid.thumbnail.rows, grid.thumbnail.columns);
}

interface Drawing {
  readonly patterns: Patterns;
  readonly grid: HeadGrid;
  readonly pictures: readonly Matrix[];
  /** End of the one scale. */
  readonly maximum: number;
  /** The first row of the grid that is in view. */
  readonly top: number;
}

/** One row of thumbnails under their labels; a layer's first row in view begins with its name. */
function thumbnails(model: Shown, { patterns, grid, pictures, maximum, top }: Drawing, row: number): Line[] {
  const { depth, glyphs, colourMap } = model.look;
  const heads = headsInRow(grid, patterns, row);
  const shape = { width: grid.thumbnail.columns, height: grid.thumbnail.rows, aspect: 'fill' as const, depth, glyphs };
  const drawn = heads.map((head) => [
    labelOf(model, patterns, head, grid),
    ...(isHeadKept(model, head)
      ? drawHeatmap(pictures[head]!, { ...shape, min: 0, max: maximum, map: colourMap })
      : crossedOut(grid.thumbnail)),
  ]);
  const isFirst = row === top || row % grid.rowsOfLayer === 0;
  const layer = isFirst && grid.margin > 0 ? `L${Math.floor(row / grid.rowsOfLayer)}` : '';
  return Array.from({ length: grid.pitch.rows }, (_, line) => [
    span(` ${fitText(line === 0 ? layer : '', grid.margin)}`, { fg: 'title', bold: true }),
    ...drawn.flatMap((thumbnail, place) =>
      place < drawn.length - 1 ? fitLine(thumbnail[line]!, grid.pitch.columns) : thumbnail[line]!,
    ),
  ]);
}

function labelOf(model: Shown, patterns: Patterns, head: number, grid: HeadGrid): Line {
  const { index } = selectedHead(model);
  const name = `H${head % patterns.heads}`;
  const label =
    head === index ? span(`▸${name}`, { fg: 'focus', bold: true }) : span(grid.pitch.columns > 6 ? ` ${name}` : name);
  if (!isHeadKept(model, head)) {
    const { fg, bold } = label.style ?? {};
    const style = { fg: fg ?? 'pruned', ...(bold && { bold }), dim: true, strike: true } as const;
    const said = grid.thumbnail.columns < entropyWidth ? '✕' : ' ✕ out';
    return [span(label.text, style), span(said, { fg: 'pruned', dim: true })];
  }
  if (grid.thumbnail.columns < entropyWidth) return [label];
  const word = grid.thumbnail.columns < namedWidth ? '' : 'entropy ';
  return [
    ...fitLine([label], grid.thumbnail.columns - 5 - word.length),
    span(word, { fg: 'hint' }),
    span(fitNumber(meanEntropy(patterns.matrix(head)), 5), { fg: 'hint' }),
  ];
}

/** In place of the pattern of a head that is pruned. */
function crossedOut({ columns, rows }: Size): Line[] {
  return Array.from({ length: rows }, () => [span(repeated('·', columns), { fg: 'pruned', dim: true })]);
}
