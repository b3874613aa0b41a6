import { fitNumber } from '../../../core/format.ts';
import { mapOn } from '../../../plot/colourmap.ts';
import { drawHeatmap, type HeatmapLayout, pooling } from '../../../plot/heatmap.ts';
import { bar, sparkline } from '../../../plot/sparkline.ts';
import type { Style } from '../../../plot/style.ts';
import type { Line } from '../../../plot/text.ts';
import { blankLine, fitLine, lineWidth, repeated, span } from '../../../plot/text.ts';
import { formatIntervention } from '../../../protocol/interventions.ts';
import { attentionAxes } from '../../../runs/patterns.ts';
import { type Stretch, stretchesIn } from '../../../runs/prompt_tokens.ts';
import { columnNames, columnParts, namedRows, partsLegend, rowParts, tickedParts } from '../../screen/pattern_axes.ts';
import { asMuchAsFits, scaleLine } from '../../screen/scale_line.ts';
import { type Size, withinBorder } from '../../screen/size.ts';
import type { Model } from '../../state/model.ts';
import type { Patterns } from '../../state/pattern.ts';
import {
  coloursOf,
  headScores,
  isHeadKept,
  patternLabel,
  received,
  selectedHead,
  selectedPart,
  shownPatterns,
} from '../../state/pattern.ts';
import { namesOf, patternSize, promptsAreRows, tokensOf } from '../../state/probe.ts';
import { colourKey, colourUnit } from '../common/colour_key.ts';
import { contextsOf, evenMass, matchingMass } from '../common/contexts.ts';
import { entriesSeen, rowLabels } from '../common/geometry.ts';
import { partKeys } from '../common/part_keys.ts';
import { moveCellKey } from '../common/token_cursor.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { neighbours, queryProfile } from './beneath.ts';
import { circuitLines, roomForPattern } from './circuits.ts';
import { drawFilm, type Strip, stripIn } from './film.ts';
import { entryUnder, type HeadPlacement, headPlacement, headRows, patternLayout } from './placement.ts';
import { type Goals, spreadLine } from './spread.ts';

const select = (model: Model) => {
  const { probe, shapes, run, view, look, film } = model;
  return {
    probe,
    film,
    shapes,
    look,
    run: pick(run, 'config', 'model', 'phase', 'mask'),
    view: pick(view, 'head', 'cell', 'prompt', 'mean', 'timesEven', 'zoomed'),
    label: patternLabel(model, shownPatterns(model)?.prompts ?? 1),
  };
};
type Shown = ReturnType<typeof select>;

export const headPanel: Panel<Shown> = {
  id: 'head',
  name: 'selected head',
  column: 'right',
  minimum: 12,
  ample: 14,
  maximum: 60,
  share: 1,
  dropped: 2,
  pictures: true,
  prompt: true,
  enlarges: 'heads',
  keys: [...partKeys(selectedPart), moveCellKey, colourKey],
  parts: selectedPart,
  pressed: entryUnder,
  select,
  uses(shown, { columns, rows }) {
    const pattern = patternSize(shown);
    return pattern ? headRows(pattern, withinBorder({ columns, rows }), shown) + 2 : rows;
  },
  sees(shown, { columns, rows }) {
    const pattern = patternSize(shown);
    if (!pattern) return columns * rows;
    const { picture } = headPlacement(pattern, withinBorder({ columns, rows }), shown);
    return entriesSeen(pattern, picture, shown.look);
  },
  draw(model, size) {
    const { layer, head, index: selected } = selectedHead(model);
    const list = model.run.mask.values.interventions?.[`L${layer}H${head}`] ?? [];
    const done = list.length > 0 ? ` ◇ ${list.map(formatIntervention).join(' ')}` : '';
    const name = `L${layer}H${head}${isHeadKept(model, selected) ? done : ' ✕ pruned'}`;
    const patterns = shownPatterns(model);
    if (!patterns) return { title: name, body: waiting(model.run, 'the selected head’s pattern appears here', size) };
    const { row, column, value } = cursorOf(model, patterns);
    const names = namesOf(model);
    const token = (index: number, count: number) => names.long(index).padStart(String(count - 1).length);
    const query = promptsAreRows(model) ? `of prompt ${row}` : token(row, patterns.rows);
    return {
      title: `${name}${model.label}`,
      detail: [
        span(`query ${query} → key ${token(column, patterns.columns)}  `, { fg: 'hint' }),
        span(Number.isNaN(value) ? 'masked' : fitNumber(value, 6), { fg: 'value', bold: true }),
      ],
      body: enlarged(model, patterns, size),
    };
  },
};

function cursorOf(model: Shown, patterns: Patterns) {
  const matrix = patterns.matrix(selectedHead(model).index);
  const row = Math.min(model.view.cell.row, patterns.rows - 1);
  const column = Math.min(model.view.cell.column, patterns.columns - 1);
  return { matrix, row, column, value: matrix.data[row * matrix.columns + column]! };
}

function enlarged(model: Shown, patterns: Patterns, whole: Size): Line[] {
  const size = roomForPattern(model, whole);
  const { matrix, row, column } = cursorOf(model, patterns);
  const { depth, glyphs, still } = model.look;
  const placement = headPlacement(patterns, size, model);
  const { picture } = placement;
  const layout = patternLayout(patterns, placement, model.look);
  const { picture: drawn, scale } = coloursOf(patterns, model.view);
  const { end: max, exceeded } = scale;
  const shape = { width: picture.columns, height: picture.rows, depth, glyphs };
  const colours = { min: 0, max, map: mapOn(model.look) };
  const cursor = still ? undefined : { row, column };
  const pixels = drawHeatmap(drawn(selectedHead(model).index), { ...shape, ...colours, cursor });
  const { short } = namesOf(model);
  const names = namedRows(matrix.rows, layout);
  const brackets = tickedParts(rowParts(stretchesOfRows(model, matrix.rows), matrix.rows, layout), names);
  const barsOf = (most: number) => {
    const lines = besidePicture(model, patterns, placement, most);
    const left = rowLabels + picture.columns + Math.max(0, ...lines.map(lineWidth)) + filmGap;
    const aside = { columns: size.columns - left, rows: picture.rows + 2 };
    return { lines, left, aside, strip: stripIn(model, aside) };
  };
  const narrow = barsOf(bars.most);
  const below = { columns: size.columns - rowLabels, rows: size.rows - headRows(patterns, size, model) - 1 };
  const belowIt = stripIn(model, below);
  const besideIt = narrow.strip && !(belowIt && isLarger(belowIt, narrow.strip)) ? narrow.strip : undefined;
  // Bars give way to pictures of other steps, and to nothing else: they do not depend on which of these were seen.
  const { lines: beside, left, aside } = besideIt ? narrow : barsOf(bars.alone);
  const film = besideIt ? drawFilm(model, max, aside, besideIt) : [];
  const under = belowIt && !besideIt ? drawFilm(model, max, below, belowIt) : [];
  // Its words stand beside the last line above the picture and the first below.
  const lines = [
    ...above(model, patterns, placement, layout, size.columns),
    ...pixels.map((line, index): Line => {
      const entry = names[index];
      const name = entry === undefined ? '' : promptsAreRows(model) ? String(entry) : short(entry);
      return [
        span(`${name.padStart(rowLabels - 1)}${brackets[index]}`, { fg: 'hint' }),
        ...line,
        ...(beside[index] ?? []),
      ];
    }),
    receivedLine(received(matrix), picture.columns, size.columns),
    spreadLine(matrix, row, goalsOf(model), size.columns),
    scaleLine(
      { width: size.columns, unit: colourUnit(patterns, model.view), max, exceeded, look: model.look },
      pooling(layout),
    ),
    ...(under.length > 0 ? [blankLine(1)] : []),
    ...under.map((line) => [span(repeated(' ', rowLabels)), ...line]),
  ];
  if (model.view.zoomed === headPanel.id) {
    const { layer, index } = selectedHead(model);
    if (size.rows < whole.rows) lines.push(...circuitLines(model, layer, index, size.columns));
    const free = whole.rows - lines.length - 1;
    lines.push(...neighbours(model, patterns, { columns: size.columns, rows: free }));
    lines.push(...queryProfile(model, matrix, row, { columns: size.columns, rows: whole.rows - lines.length }));
  }
  const first = placement.above.rows - 1;
  return lines.map((line, row) => (film[row - first] ? [...fitLine(line, left), ...film[row - first]!] : line));
}

/** Cells before what the head was at other steps. */
const filmGap = 4;

/** Whether a strip has more pictures, or finer ones of as many. */
const isLarger = (one: Strip, other: Strip): boolean =>
  one.count > other.count || (one.count === other.count && one.cells > other.cells);

/** What plays which part among the rows, unless these are prompts. */
function stretchesOfRows(model: Shown, rows: number): readonly Stretch[] {
  return promptsAreRows(model) ? [] : stretchesIn(tokensOf(model), rows);
}

/** The lines over the picture: axes, what the keys are and which of them share the query's pattern, their names. */
function above(
  model: Shown,
  { rows, columns }: Patterns,
  { above: { parts } }: HeadPlacement,
  layout: HeatmapLayout,
  width: number,
): Line[] {
  const tokens = tokensOf(model);
  const indent = repeated(' ', rowLabels);
  const matching = model.view.mean ? undefined : contextsOf(model)?.matching;
  const ofRows = stretchesOfRows(model, rows);
  const keys = stretchesIn(tokens, columns);
  const rule = matching
    ? ticked(
        columnParts(keys, columns, layout, () => []),
        matching,
        layout,
      )
    : columnParts(keys, columns, layout);
  const axes = ` ${promptsAreRows(model) ? 'prompt’s ' : ''}${attentionAxes}`;
  // What the rule over the keys says need not be said of the queries again.
  const isNew = ({ name }: Stretch) => !parts || !rule.includes(name);
  const legend = partsLegend(ofRows.length > 0 || !matching ? ofRows : keys, isNew);
  const notes = [parts && matching ? '▾ same pattern' : '', legend];
  return [
    [span(asMuchAsFits([axes, ...notes], width), { fg: 'hint' })],
    ...(parts ? [[span(indent), span(rule, { fg: matching ? 'in_domain' : 'hint' })]] : []),
    [span(indent + columnNames(columns, layout, namesOf(model).short), { fg: 'hint' })],
  ];
}

/** A rule with a mark over every context that has the pattern of the query. */
function ticked(rule: string, matching: Float32Array, layout: HeatmapLayout): string {
  const symbols = [...rule];
  matching.forEach((is, context) => {
    const { x } = layout.cellOf(0, context);
    if (is && x < symbols.length) symbols[x] = '▾';
  });
  return symbols.join('');
}

/** Attention that each key receives, averaged over the queries, under the keys. */
function receivedLine(shares: Float64Array, under: number, width: number): Line {
  const repeat = Math.max(1, Math.floor(under / shares.length));
  const heights = [...sparkline(shares, Math.min(under, shares.length), { min: 0 })];
  const named = width - rowLabels - under >= 9;
  return [
    span((named ? '' : ' mean').padEnd(rowLabels), { fg: 'hint' }),
    span(heights.map((symbol) => repeated(symbol, repeat)).join(''), { fg: 'hint' }),
    span(named ? ' received' : '', { fg: 'hint' }),
  ];
}

/** Cells of a bar right of the picture, the most with and without pictures of other steps, and those of its value and name. */
const bars = { least: 2, most: 16, alone: 64, around: 10 };

/** Right of the picture, where there is room: what the query under the cursor attends to, entry by entry. */
function besidePicture(model: Shown, patterns: Patterns, { beside, picture }: HeadPlacement, most: number): Line[] {
  const { matrix, row, column } = cursorOf(model, patterns);
  const { long } = namesOf(model);
  const nameWidth = Math.max(3, long(matrix.columns - 1).length);
  const width = Math.min(most, beside - bars.around - nameWidth);
  if (width < bars.least) return [];
  const weights = matrix.data.subarray(row * matrix.columns, (row + 1) * matrix.columns);
  // To the largest of the query: in a long prompt the bars of a spread would be next to nothing beside a whole.
  const largest = weights.reduce((top, weight) => (Number.isNaN(weight) ? top : Math.max(top, Math.abs(weight))), 0);
  const isCut = matrix.columns > picture.rows;
  const entries = listed(matrix.columns, column, picture.rows - Number(isCut));
  const more = isCut ? [[span(`  ${matrix.columns - entries.length} more keys`, { fg: 'hint' } as const)]] : [];
  const lines = entries.map((entry): Line => {
    const value = matrix.data[row * matrix.columns + entry]!;
    const style: Style = entry === column ? { fg: 'focus', bold: true } : { fg: 'hint' };
    const name = long(entry).padStart(nameWidth);
    if (Number.isNaN(value)) return [span(`  ${name} masked`, style)];
    return [
      span(`  ${name} ${fitNumber(value, 6)} `, style),
      span(bar(value / (largest || 1), width), entry === column ? { fg: 'focus' } : { fg: 'hint' }),
    ];
  });
  return [...lines, ...more];
}

/** As many entries as there are rows, with the one under the cursor among them. */
function listed(count: number, cursor: number, rows: number): number[] {
  const first = Math.max(0, Math.min(cursor - Math.floor(rows / 2), count - rows));
  return Array.from({ length: Math.min(rows, count) }, (_, index) => first + index);
}

function goalsOf(model: Shown): Goals {
  const contexts = model.view.mean ? undefined : contextsOf(model);
  return {
    matching: contexts && { mass: matchingMass(contexts)!, even: evenMass(contexts) },
    scores: headScores(model, selectedHead(model).index),
  };
}
