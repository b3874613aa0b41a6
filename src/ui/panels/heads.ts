import { fitNumber } from '../../core/format.ts';
import type { Matrix } from '../../plot/heatmap.ts';
import { drawHeatmap, drawScale } from '../../plot/heatmap.ts';
import type { Line } from '../../plot/text.ts';
import { blankLine, fitLine, span } from '../../plot/text.ts';
import type { HeadGrid } from '../geometry.ts';
import { headGrid, headsRoom } from '../geometry.ts';
import type { Model, Size } from '../model.ts';
import type { Patterns } from '../pattern.ts';
import { meanEntropy, patternsOf, selectedHead, sharedScale, shrunk, transposed } from '../pattern.ts';
import type { Panel } from './contract.ts';

/** Cells from which a thumbnail's label has room for the mean entropy. */
const entropyWidth = 9;

export const headsPanel: Panel = {
  id: 'heads',
  name: 'heads',
  column: 'right',
  minimum: 8,
  maximum: 60,
  share: 1.25,
  dropped: 1,
  pictures: true,
  reads: ({ probe, run, view, look }) => [probe, run.model, run.phase, view.head, look],
  draw(model, size) {
    const patterns = patternsOf(model.probe);
    if (!patterns) return { title: 'heads', body: waiting(model, size) };
    const { index, count } = selectedHead(model);
    const room = headsRoom(size);
    const grid = headGrid(patterns, count, room, model.look);
    const first = firstShown(grid, index, count);
    const shown = Math.min(count, first + grid.across * grid.down) - first;
    const pictures = picturesOf(patterns, grid, count);
    const maximum = sharedScale(pictures);
    const { depth, glyphs, colourMap } = model.look;
    const range = shown < count ? ` ${first}–${first + shown - 1} of ${count}` : '';
    return {
      title: `heads${range}`,
      detail: `attention pattern${grid.turned ? ', turned' : ''}${pictures[0]!.data.length < patterns.rows * patterns.columns ? ', averaged' : ''} · one scale`,
      body: [
        ...thumbnails(model, patterns, grid, pictures.slice(first, first + shown), first, maximum),
        ...Array.from({ length: Math.max(0, room.rows - grid.down * grid.pitch.rows) }, () => blankLine(1)),
        drawScale({ width: Math.min(size.columns, 40), min: 0, max: maximum, map: colourMap, depth, glyphs }),
      ],
    };
  },
};

/** Every head's pattern as its thumbnail shows it. */
function picturesOf(patterns: Patterns, grid: HeadGrid, count: number): Matrix[] {
  return Array.from({ length: count }, (_, head) => {
    const matrix = patterns.matrix(head);
    // Half blocks show two rows of entries in one of cells.
    const turned = grid.turned ? transposed(matrix) : matrix;
    return shrunk(turned, 2 * grid.thumbnail.rows, grid.thumbnail.columns);
  });
}

/** The first head in view: the grid scrolls by whole rows, only as far as the selected head needs. */
function firstShown(grid: HeadGrid, selected: number, count: number): number {
  const rows = Math.ceil(count / grid.across);
  const top = Math.max(0, Math.min(Math.floor(selected / grid.across) - Math.floor(grid.down / 2), rows - grid.down));
  return top * grid.across;
}

function thumbnails(
  model: Model,
  patterns: Patterns,
  grid: HeadGrid,
  pictures: readonly Matrix[],
  first: number,
  maximum: number,
): Line[] {
  const { depth, glyphs, colourMap } = model.look;
  const lines: Line[] = [];
  for (let start = 0; start < pictures.length; start += grid.across) {
    const drawn = pictures.slice(start, start + grid.across).map((matrix, place) => {
      const picture = drawHeatmap(matrix, {
        width: grid.thumbnail.columns,
        height: grid.thumbnail.rows,
        aspect: 'fill',
        min: 0,
        max: maximum,
        map: colourMap,
        depth,
        glyphs,
      });
      return [labelOf(model, patterns, first + start + place, grid), ...picture];
    });
    for (let row = 0; row < grid.pitch.rows; row++) {
      const between = (thumbnail: Line[], place: number) =>
        place < drawn.length - 1 ? fitLine(thumbnail[row]!, grid.pitch.columns) : thumbnail[row]!;
      lines.push([span(' '), ...drawn.flatMap(between)]);
    }
  }
  return lines;
}

function labelOf(model: Model, patterns: Patterns, head: number, grid: HeadGrid): Line {
  const { index } = selectedHead(model);
  const layer = patterns.layers > 1 ? `L${Math.floor(head / patterns.heads)}` : '';
  const name = `${layer}H${head % patterns.heads}`;
  const label =
    head === index ? span(`▸${name}`, { fg: 'focus', bold: true }) : span(grid.pitch.columns > 6 ? ` ${name}` : name);
  if (grid.thumbnail.columns < entropyWidth) return [label];
  return [
    ...fitLine([label], grid.thumbnail.columns - 5),
    span(fitNumber(meanEntropy(patterns.matrix(head)), 5), { fg: 'hint' }),
  ];
}

function waiting(model: Model, size: Size): Line[] {
  const text =
    model.run.phase === 'waiting' ? 'waiting for the trainer' : 'every head’s attention pattern appears here';
  return [
    ...Array.from({ length: Math.floor((size.rows - 1) / 2) }, () => blankLine(1)),
    fitLine([span(text, { fg: 'hint' })], size.columns, 'center'),
  ];
}
