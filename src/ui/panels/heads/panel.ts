import { fitNumber } from '../../../core/format.ts';
import { mapOn } from '../../../plot/colourmap.ts';
import { drawHeatmap, drawTile, heatmapLayout, pooling } from '../../../plot/heatmap.ts';
import type { Line } from '../../../plot/text.ts';
import { blankLine, fitLine, fitText, repeated, span } from '../../../plot/text.ts';
import { formatIntervention } from '../../../protocol/interventions.ts';
import { attentionAxes, largestWeights, sharpness } from '../../../runs/patterns.ts';
import { stretchesIn } from '../../../runs/prompt_tokens.ts';
import { partsLegend, rowParts } from '../../screen/pattern_axes.ts';
import { scaleLine } from '../../screen/scale_line.ts';
import { type Size, withinBorder } from '../../screen/size.ts';
import { type Model, withNotice, withView } from '../../state/model.ts';
import type { Colours, Patterns } from '../../state/pattern.ts';
import {
  coloursOf,
  isHeadKept,
  meanEntropy,
  patternLabel,
  selectedHead,
  selectedPart,
  shownPatterns,
} from '../../state/pattern.ts';
import { patternSize, promptsAreRows, tokensOf } from '../../state/probe.ts';
import { interventionOn } from '../../state/ranking.ts';
import { drawAlike } from '../common/alike.ts';
import { colourUnit } from '../common/colour_key.ts';
import type { HeadGrid } from '../common/geometry.ts';
import { entriesSeen, headGrid, headsInRow, rowsInView } from '../common/geometry.ts';
import { toCome, waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { headsKeys } from './keys.ts';
import { headAt, headsRoom } from './room.ts';
import { drawSummary, nameOf } from './summary.ts';
import { alongQueries, type ColourRange, dotted, queryNumbers, rangeOfTiles } from './tiles.ts';

/** Cells from which a thumbnail's label has room for the mean entropy. */
const entropyWidth = 9;
/** Those from which it can be named. */
const namedWidth = 18;

const select = (model: Model) => {
  const { probe, shapes, run, view, look } = model;
  return {
    probe,
    look,
    shapes,
    run: pick(run, 'config', 'model', 'phase', 'mask'),
    view: pick(view, 'head', 'prompt', 'mean', 'timesEven', 'zoomed'),
    label: patternLabel(model, shownPatterns(model)?.prompts ?? 1),
    // Only where there is room for it.
    ablation: view.zoomed === 'heads' ? run.ablation : undefined,
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
  repeated: ({ run: { model } }) => model?.layers === 1 && model.heads === 1,
  stepOut: (model) =>
    !model.view.mean && (shownPatterns(model)?.prompts ?? 1) > 1
      ? withNotice(withView(model, { mean: true }), 'mean of all probe prompts; p shows one of them')
      : undefined,
  pressed: headAt,
  select,
  uses(shown, { columns, rows }) {
    const pattern = patternSize(shown);
    if (!pattern) return rows;
    const room = headsRoom(withinBorder({ columns, rows }));
    const { down, pitch } = headGrid(pattern, selectedHead(shown).count, room, shown.look);
    // Border and scale.
    return down * pitch.rows + 3;
  },
  sees(shown, { columns, rows }) {
    const pattern = patternSize(shown);
    if (!pattern) return columns * rows;
    const { count, index } = selectedHead(shown);
    const grid = headGrid(pattern, count, headsRoom(withinBorder({ columns, rows })), shown.look);
    const heads = rowsInView(grid, count, index).flatMap((row) => headsInRow(grid, count, row)).length;
    return heads * (grid.tiles ? 1 : entriesSeen(pattern, grid.thumbnail, shown.look));
  },
  foremost: (shown) => selectedHead(shown).count.layers * selectedHead(shown).count.heads,
  draw(model, size) {
    const patterns = shownPatterns(model);
    if (!patterns) return { title: 'heads', body: outlines(model, size) };
    const { index, count } = selectedHead(model);
    const room = headsRoom(size);
    const grid = headGrid(patterns, count, room, model.look);
    const rows = rowsInView(grid, count, index);
    const shown = rows.flatMap((row) => headsInRow(grid, count, row));
    const all = count.layers * count.heads;
    const range = shown.length < all ? ` ${shown[0]}–${shown.at(-1)} of ${all}` : '';
    const title = `heads${range}${model.label}`;
    const drawing = drawingOf(model, patterns, grid, rows[0]!);
    return {
      title,
      detail: fittingDetail(model, grid, size.columns - title.length - barAround),
      body: [
        ...besideSummary(model, drawing, rows, room),
        scaleLine(
          { width: size.columns, unit: colourUnit(patterns, model.view), ...drawing.range, look: model.look },
          drawing.reduced,
          drawing.legend,
        ),
      ],
    };
  },
};

/** The pictures in `room`, with what can be said of the heads right of them, or under tiles what lies along them. */
function besideSummary(model: Shown, drawing: Drawing, rows: readonly number[], room: Size): Line[] {
  const { grid, patterns } = drawing;
  const drawn = rows.flatMap((row) => pictures(model, drawing, row));
  const left = 1 + grid.margin + grid.across * grid.pitch.columns;
  if (alongQueries(grid) && drawn.length < room.rows) drawn.push(queryNumbers(patterns, grid));
  while (drawn.length < room.rows) drawn.push(blankLine(1));
  const { index: selected } = selectedHead(model);
  const isKept = (head: number) => isHeadKept(model, head);
  const hasEntropies = grid.thumbnail.columns >= entropyWidth;
  const heads = { patterns, selected, isKept, hasEntropies, ablation: model.ablation };
  const size = { columns: room.columns - left, rows: drawn.length };
  const summary = grid.tiles ? [] : drawSummary(heads, size);
  if (summary.length > 0 && model.view.zoomed === 'heads')
    summary.push(...alikeIn(model, patterns, size, summary.length));
  return drawn.map((line, row) => (summary[row] ? [...fitLine(line, left), ...summary[row]!] : line));
}

/** Under what is said of the heads of a panel that fills the screen: which of them do the same. */
function alikeIn({ look }: Shown, patterns: Patterns, { columns, rows }: Size, taken: number): Line[] {
  const drawn = drawAlike(
    {
      of: patterns,
      what: 'correlation of patterns: 1 does the same',
      rows: Array.from({ length: patterns.layers * patterns.heads }, (_, head) => patterns.matrix(head).data),
      name: (head) => nameOf(patterns, head),
    },
    { columns: columns - 2, rows: rows - taken - 1 },
    look,
  );
  return drawn.length > 0 ? [[], ...drawn.map((line): Line => [span('  '), ...line])] : [];
}

/** Where the pictures of the heads will stand, once it is known how large they are. */
function outlines(model: Shown, size: Size): Line[] {
  const said = 'every head appears here';
  const pattern = patternSize(model);
  if (!pattern) return waiting(model.run, said, size);
  const { count, index } = selectedHead(model);
  const grid = headGrid(pattern, count, headsRoom(size), model.look);
  const rows = rowsInView(grid, count, index).flatMap((row) => {
    const heads = headsInRow(grid, count, row);
    const drawn = heads.map((head) =>
      labelled([span(` H${head % count.heads}`)], dotted(grid.thumbnail, 'border'), grid),
    );
    return Array.from(
      { length: grid.pitch.rows },
      (_, line): Line => [
        span(repeated(' ', grid.margin + 1)),
        ...drawn.flatMap((picture) => fitLine(picture[line]!, grid.pitch.columns)),
      ],
    );
  });
  const room = Math.max(0, size.rows - 1);
  const fill = Array.from({ length: Math.max(0, room - rows.length) }, () => blankLine(1));
  const [first = ''] = toCome(model.run, said, size.columns);
  return [...rows.slice(0, room), ...fill, [span(` ${first}`, { fg: 'hint' })]];
}

/** Cells of the title bar that are neither title nor detail. */
const barAround = 9;

/** The fullest account of what is drawn that fits. */
function fittingDetail(model: Shown, grid: HeadGrid, room: number): string {
  const axes = promptsAreRows(model) ? `prompt’s ${attentionAxes}` : attentionAxes;
  const forms = alongQueries(grid)
    ? ['largest weight of each query →, and its mean', 'largest weight of each query →', 'largest weights']
    : grid.tiles
      ? ['mean over queries of the largest weight', 'mean largest weight', 'sharpness']
      : [`${axes} · one scale`, axes, attentionAxes, 'attention'];
  return forms.find((form) => form.length <= room) ?? forms.at(-1)!;
}

interface Drawing {
  readonly patterns: Patterns;
  readonly colours: Colours;
  readonly grid: HeadGrid;
  /** The first row of the grid that is in view. */
  readonly top: number;
  /** What plays which part, left of each row of cells of a picture, and what to say of it and of shared pixels. */
  readonly brackets: readonly string[];
  readonly legend: string;
  readonly reduced: string;
  readonly range: ColourRange;
}

function drawingOf(model: Shown, patterns: Patterns, grid: HeadGrid, top: number): Drawing {
  const colours = coloursOf(patterns, model.view);
  const { end: max, exceeded } = colours.scale;
  const common = { patterns, colours, grid, top, range: { min: 0, max, exceeded } };
  if (alongQueries(grid)) return { ...common, brackets: [], legend: '', reduced: '↵ shows a pattern' };
  if (grid.tiles) {
    const range = rangeOfTiles(patterns, colours);
    return { ...common, range, brackets: [], legend: 'scale of the tiles', reduced: '↵ shows a pattern' };
  }
  const layout = heatmapLayout(patterns.rows, patterns.columns, shapeOf(model, grid));
  const stretches = promptsAreRows(model) ? [] : stretchesIn(tokensOf(model), patterns.rows);
  return {
    ...common,
    brackets: rowParts(stretches, patterns.rows, layout),
    legend: partsLegend(stretches),
    reduced: pooling(layout),
  };
}

function shapeOf({ look }: Shown, { thumbnail }: HeadGrid) {
  return { width: thumbnail.columns, height: thumbnail.rows, depth: look.depth, glyphs: look.glyphs };
}

/** One row of pictures under their labels; a layer's first row in view begins with its name. */
function pictures(model: Shown, drawing: Drawing, row: number): Line[] {
  const { patterns, grid, top, brackets } = drawing;
  const heads = headsInRow(grid, patterns, row);
  const drawn = heads.map((head) =>
    labelled(labelOf(model, patterns, head, grid), pictureOf(model, drawing, head), grid),
  );
  const isFirst = row === top || row % grid.rowsOfLayer === 0;
  const layer = isFirst && grid.margin > 0 ? `L${Math.floor(row / grid.rowsOfLayer)}` : '';
  return Array.from({ length: grid.pitch.rows }, (_, line) => [
    span(fitText(line === 0 ? ` ${layer}` : '', grid.margin), { fg: 'title', bold: true }),
    span(brackets[line - 1] ?? ' ', { fg: 'hint' }),
    ...drawn.flatMap((picture, place) =>
      place < drawn.length - 1 ? fitLine(picture[line]!, grid.pitch.columns) : picture[line]!,
    ),
  ]);
}

/** A picture under its label, or beside it. */
function labelled(label: Line, picture: readonly Line[], { beside }: HeadGrid): readonly Line[] {
  if (beside === 0) return [label, ...picture];
  return picture.map((line, row) => [...fitLine(row === 0 ? label : [], beside), ...line]);
}

/** A head's pattern, or a tile of how sharp it is. */
function pictureOf(model: Shown, { colours: { picture }, grid, range: { min, max } }: Drawing, head: number): Line[] {
  if (!isHeadKept(model, head)) return dotted(grid.thumbnail, 'pruned');
  const { depth, glyphs } = model.look;
  const range = { min, max, map: mapOn(model.look) };
  if (!grid.tiles) return drawHeatmap(picture(head), { ...shapeOf(model, grid), ...range });
  const { columns: width, rows: height } = grid.thumbnail;
  const shape = { width, height, depth, glyphs };
  if (!alongQueries(grid)) return drawTile(sharpness(picture(head)), { ...shape, ...range });
  const weights = largestWeights(picture(head));
  return drawHeatmap({ rows: 1, columns: weights.length, data: weights }, { ...shape, ...range });
}

function labelOf(model: Shown, patterns: Patterns, head: number, grid: HeadGrid): Line {
  const { index } = selectedHead(model);
  const name = `H${head % patterns.heads}`;
  const label =
    head === index ? span(`▸${name}`, { fg: 'focus', bold: true }) : span(grid.pitch.columns > 6 ? ` ${name}` : name);
  if (!isHeadKept(model, head)) {
    const { fg, bold } = label.style ?? {};
    const style = { fg: fg ?? 'pruned', ...(bold && { bold }), strike: true } as const;
    const said = grid.beside > 0 ? '' : grid.thumbnail.columns < entropyWidth ? '✕' : ' ✕ out';
    const shown = label.text.trimStart();
    const before = span(label.text.slice(0, label.text.length - shown.length));
    return [before, span(shown, style), span(said, { fg: 'pruned' })];
  }
  const done = interventionOn(model.run.mask.values, partAt(head, patterns.heads));
  if (done) {
    const said = grid.beside > 0 ? '' : grid.thumbnail.columns < entropyWidth ? '◇' : ` ◇ ${formatIntervention(done)}`;
    return fitLine([label, span(said, { fg: 'intervention' })], Math.max(grid.thumbnail.columns, 4));
  }
  if (alongQueries(grid))
    return [label, span(` ${sharpness(patterns.matrix(head)).toFixed(2).replace(/^0/, '')}`, { fg: 'value' })];
  if (grid.tiles || grid.thumbnail.columns < entropyWidth) return [label];
  const word = grid.thumbnail.columns < namedWidth ? '' : 'entropy ';
  return [
    ...fitLine([label], grid.thumbnail.columns - 5 - word.length),
    span(word, { fg: 'hint' }),
    span(fitNumber(meanEntropy(patterns.matrix(head)), 5), { fg: 'hint' }),
  ];
}

/** Head `index`, counted through the layers of so many. */
const partAt = (index: number, heads: number) => ({ layer: Math.floor(index / heads), head: index % heads });
