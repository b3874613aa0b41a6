import { mapOn, signedMap } from '../../plot/colourmap.ts';
import { markerOf } from '../../plot/curves.ts';
import { drawHeatmap, drawTile, heatmapLayout, type Matrix, pooling, seenIn } from '../../plot/heatmap.ts';
import { sharedScale } from '../../plot/shared_scale.ts';
import { tellApart } from '../../plot/tell_apart.ts';
import type { Line } from '../../plot/text.ts';
import { blankLine, fitLine, fitText, span, textWidth } from '../../plot/text.ts';
import { attentionAxes, patternOf, sharpness } from '../../runs/patterns.ts';
import { promptTokens, stretchesIn } from '../../runs/prompt_tokens.ts';
import { partsLegend, rowParts } from '../screen/pattern_axes.ts';
import { scaleLine } from '../screen/scale_line.ts';
import type { Size } from '../screen/size.ts';
import { type CompareModel, runToken } from './model.ts';

/** Cells left of the heads, for the names of the runs: fewest and most. */
const margins = { least: 8, most: 24 };
/** Rows of a tile, at most. */
const tallestTile = 3;
/** Narrowest and widest picture of a head, in cells. */
const narrowest = 8;
const widest = { usual: 24, most: 60 };
/** Cells of an entry beyond which it is out of shape. */
const entryCells = 3;
/** Those that it has at least where pictures stand beside each other. */
const fewCells = 2;

/** Share of entries with a pixel of their own: pictures that are held against each other may be coarser than one by itself. */
const leastSeen = 1 / 8;

/** Cells beside pictures that stand in one row, for brackets and for room between them. */
const between = 2;

/** Whether all heads of all runs find room beside each other: each with two cells for an entry. */
export function standAbreast({ heads, runs, patterns }: CompareModel, columns: number): boolean {
  const keys = Math.max(...patterns.map((one) => one?.keys ?? 0));
  return heads?.columns === 1 && (Math.max(widest.usual, fewCells * keys) + between) * runs.length <= columns;
}

/** How the pictures of `count` heads of all runs are arranged, in cells. */
function arrangementOf(model: CompareModel, count: number, size: Size) {
  const { runs, patterns } = model;
  const abreast = standAbreast(model, size.columns);
  const share = Math.floor(size.columns / runs.length);
  const margin = abreast ? between : marginOf(model, size.columns);
  const each = abreast ? size.rows - 1 : Math.max(2, Math.floor((size.rows - 1) / runs.length));
  const keys = Math.max(...patterns.map((one) => one?.keys ?? 0));
  const wide = Math.max(widest.usual, Math.min(widest.most, entryCells * keys));
  const room = abreast ? share - margin - 1 : Math.floor((size.columns - margin) / count) - 1;
  const width = Math.max(narrowest, Math.min(wide, room));
  const across = abreast ? 1 : Math.max(1, Math.floor((size.columns - margin) / (width + 1)));
  return { abreast, share, margin, each, width, across };
}

/** Heads of all runs on one scale, a row for each run, in columns of heads that attend alike. */
export function drawCompareHeads(model: CompareModel, size: Size) {
  const { heads, runs, patterns, differing } = model;
  if (!heads) return { title: 'heads', body: [[span(' no run has attention patterns', { fg: 'hint' })]] };
  const { abreast, share, margin, each, width, across } = arrangementOf(model, heads.columns, size);
  const first = Math.max(0, Math.min(model.column, heads.columns - across));
  const columns = Array.from({ length: Math.min(across, heads.columns) }, (_, i) => first + i);
  const pictures = runs.map((_, run) =>
    Array.from({ length: heads.columns }, (_, column) => pictureOf(model, run, column)),
  );
  const { end, exceeded } = sharedScale(pictures.flat().filter((picture) => picture !== undefined));
  const shape = { width, height: each - 1, end };
  const drawings = runs.map((_, run) => drawingOf(model, run, shape));
  const names = tellApart(
    runs.map(({ name }) => name),
    abreast ? Math.floor(share / 2) : margin - 4,
  );
  const blocks = runs.map((run, i) => {
    const cells = columns.map((column) => thumbnail(model, i, column, pictures[i]![column], drawings[i]!));
    // Patterns have no mean: those of the first run stand for a group.
    const whose = run.over ? `seed ${run.state.config.seed}` : '';
    const below = heads.rows[i] ? whose : 'no patterns';
    return Array.from({ length: each }, (_, line): Line => {
      const name = `${markerOf(runToken(i)).unicode} ${names[i]}`;
      const own = { fg: runToken(i), bold: line === 0 };
      const bracket = span(drawings[i]!.brackets[line - 1] ?? ' ', { fg: 'hint' });
      const drawn = cells.flatMap((cell) => [...(cell[line] ?? blankLine(width)), span(' ')]);
      if (abreast) {
        const address = drawn.filter(({ text }) => text.trim() !== '');
        const label = [span(` ${name}  `, own), ...address, span(below && ` ${below}`, own)];
        return fitLine(line === 0 ? label : [span(' '), bracket, ...drawn], share);
      }
      const label = line === 0 ? name : line === 1 ? `  ${below}` : '';
      return [span(` ${fitText(label, margin - 2)}`, own), bracket, ...drawn];
    });
  });
  const rows = abreast
    ? Array.from({ length: each }, (_, line) => blocks.flatMap((block) => block[line]!))
    : blocks.flat();
  const range = columns.length < heads.columns ? ` ${first + 1}–${first + columns.length} of ${heads.columns}` : '';
  const unmatched = patterns.some((one, i) => one && !heads.matched[i]);
  const title = differing ? `heads less those of ${runs[0]!.name}${range}` : `heads${range}`;
  const reference = runs[heads.reference]!.name;
  return {
    title,
    detail: unmatched
      ? 'one scale · patterns of other sizes stand in their own order'
      : fitting(
          [
            `one scale · matched with those of ${reference}: ≈ 1 − total variation`,
            `≈ 1 − total variation to ${reference}`,
          ],
          size.columns - textWidth(title) - barAround,
        ),
    body: [
      ...rows.slice(0, size.rows - 1),
      ...Array.from({ length: Math.max(0, size.rows - 1 - rows.length) }, () => blankLine(1)),
      footOf(model, drawings, { width: size.columns, end, exceeded }),
    ],
  };
}

/** Cells of the title bar that are neither title nor detail. */
const barAround = 9;

/** The first that fits, else the last. */
const fitting = (forms: readonly string[], room: number): string =>
  forms.find((one) => textWidth(one) <= room) ?? forms.at(-1)!;

/** How the heads of one run are drawn. */
interface Drawing {
  readonly width: number;
  readonly height: number;
  /** End of the one scale. */
  readonly end: number;
  /** Whether each is a tile, since its pattern would hardly show. */
  readonly tiles: boolean;
  /** What plays which part, left of each row of cells, what to say of it and of entries that share pixels. */
  readonly brackets: readonly string[];
  readonly legend: string;
  readonly reduced: string;
}

function drawingOf(
  model: CompareModel,
  run: number,
  shape: { readonly width: number; readonly height: number; readonly end: number },
): Drawing {
  const { depth, glyphs } = model.look;
  const patterns = model.patterns[run];
  const none = { ...shape, tiles: false, brackets: [], legend: '', reduced: '' };
  if (!patterns) return none;
  const { rows, columns } = patternOf(patterns, 0, 0);
  const tiles = !model.differing && !seenIn({ rows, columns }, { ...shape, depth, glyphs }, leastSeen).enough;
  if (tiles) return { ...none, tiles, reduced: 'tiles: mean largest weight' };
  const layout = heatmapLayout(rows, columns, { ...shape, depth, glyphs });
  const { state, frame } = model.runs[run]!;
  const tokens = promptTokens(state.config, (name) => frame?.tensors[name]?.shape);
  const stretches = patterns.queries === 1 ? [] : stretchesIn(tokens, rows);
  return {
    ...none,
    brackets: rowParts(stretches, rows, layout),
    legend: partsLegend(stretches),
    reduced: pooling(layout),
  };
}

/** The scale, with the axes and how entries were brought together, said once where it is the same for several runs. */
function footOf(
  { differing, look }: CompareModel,
  drawings: readonly Drawing[],
  scale: { readonly width: number; readonly end: number; readonly exceeded: boolean },
): Line {
  const { width, end: max, exceeded } = scale;
  const distinct = (of: (drawing: Drawing) => string) => [...new Set(drawings.map(of).filter((text) => text !== ''))];
  // A tile has no axes.
  const axes = drawings.every(({ tiles, reduced }) => tiles || reduced === '') ? [] : [attentionAxes];
  const notes = [...axes, distinct(({ reduced }) => reduced).join(', '), ...distinct(({ legend }) => legend)];
  return scaleLine({ width, unit: 'weight', max, exceeded, look, signed: differing }, ...notes);
}

/** As wide as the longest name, if that leaves room for the heads. */
function marginOf({ runs }: CompareModel, columns: number): number {
  const longest = Math.max(...runs.map(({ name }) => name.length)) + 4;
  return Math.max(margins.least, Math.min(margins.most, longest, Math.floor(columns / 4)));
}

/** The pattern of a run's head in a column, or what it adds to the first run's; undefined where there is none. */
function pictureOf(model: CompareModel, run: number, column: number): Matrix | undefined {
  const { heads, patterns, differing, prompt } = model;
  const placed = heads?.rows[run]?.[column];
  const own = patterns[run];
  if (!placed || !own) return undefined;
  const pattern = patternOf(own, placed.head, prompt);
  if (!differing || run === 0) return differing ? undefined : pattern;
  const first = heads.rows[0]?.[column];
  const base = patterns[0];
  if (!first || !base || !heads.matched[0] || !heads.matched[run]) return undefined;
  const reference = patternOf(base, first.head, prompt);
  if (reference.data.length !== pattern.data.length) return undefined;
  return { ...pattern, data: pattern.data.map((value, i) => value - reference.data[i]!) };
}

function thumbnail(
  model: CompareModel,
  run: number,
  column: number,
  picture: Matrix | undefined,
  { width, height, end, tiles }: Drawing,
): Line[] {
  const { heads, patterns, look, differing } = model;
  const placed = heads!.rows[run]?.[column];
  if (!placed) return [];
  const { layers, heads: perLayer } = patterns[run]!;
  const head = `H${placed.head % perLayer}`;
  const address = layers > 1 ? `L${Math.floor(placed.head / perLayer)}${head}` : head;
  const alike = placed.similarity === undefined ? '' : ` ≈${placed.similarity.toFixed(2).replace(/^0/, '')}`;
  const label = fitLine([span(address), span(alike, { fg: 'hint' })], width);
  if (!picture) return [label, fitLine([span(differing && run === 0 ? 'base' : '', { fg: 'hint' })], width)];
  const { depth, glyphs, theme } = look;
  const range = differing ? { min: -end, max: end, map: signedMap(theme) } : { min: 0, max: end, map: mapOn(look) };
  if (tiles)
    return [
      label,
      ...drawTile(sharpness(picture), { width, height: Math.min(tallestTile, height), depth, glyphs, ...range }),
    ];
  return [label, ...drawHeatmap(picture, { width, height, depth, glyphs, ...range })];
}
