import { fitNumber } from '../../../core/format.ts';
import { drawHeatmap, drawScale } from '../../../plot/heatmap.ts';
import { transposed } from '../../../plot/matrix.ts';
import { sharedScale } from '../../../plot/shared_scale.ts';
import { bar, sparkline } from '../../../plot/sparkline.ts';
import type { Line, Span } from '../../../plot/text.ts';
import { fitLine, lineWidth, repeated, span } from '../../../plot/text.ts';
import type { Size } from '../../screen/size.ts';
import type { Model } from '../../state/model.ts';
import type { Patterns } from '../../state/pattern.ts';
import {
  entropyOfRow,
  isHeadKept,
  meanEntropy,
  patternLabel,
  received,
  selectedHead,
  selectedPart,
  shownPatterns,
} from '../../state/pattern.ts';
import { contextsOf, matchingMass } from '../common/contexts.ts';
import { rowLabels } from '../common/geometry.ts';
import { partKeys } from '../common/part_keys.ts';
import { columnNumbers, rowNumbers } from '../common/pattern_axes.ts';
import { moveCellKey } from '../common/token_cursor.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { entryUnder, type HeadPlacement, headPlacement, headRows, patternLayout } from './placement.ts';

const select = (model: Model) => {
  const { probe, shapes, run, view, look } = model;
  return {
    probe,
    shapes,
    look,
    run: pick(run, 'model', 'phase', 'mask'),
    view: pick(view, 'head', 'cell', 'prompt', 'mean'),
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
  keys: [...partKeys(selectedPart), moveCellKey(runsAcross)],
  parts: selectedPart,
  pressed: entryUnder,
  select,
  uses({ run, look }, { columns, rows }) {
    const pattern = run.model?.pattern;
    return pattern ? headRows(pattern, { columns: columns - 2, rows: rows - 2 }, look) + 2 : rows;
  },
  draw(model, size) {
    const { layer, head, index: selected } = selectedHead(model);
    const name = `L${layer}H${head}${isHeadKept(model, selected) ? '' : ' ✕ pruned'}`;
    const patterns = shownPatterns(model);
    if (!patterns) return { title: name, body: waiting(model.run, 'the selected head’s pattern appears here', size) };
    const { row, column, value, names } = cursorOf(model, patterns);
    const short = (name: string) => name.split(' ')[0]!;
    const index = (value: number, count: number) => String(value).padStart(String(count - 1).length);
    return {
      title: `${name}${model.label}`,
      detail: [
        span(
          `${short(names.row)} ${index(row, patterns.rows)} → ${short(names.column)} ${index(column, patterns.columns)}  `,
          {
            fg: 'hint',
          },
        ),
        span(fitNumber(value, 6), { fg: 'value', bold: true }),
      ],
      body: enlarged(model, patterns, size),
    };
  },
};

/** Query tokens run across the screen where the pattern is drawn turned. */
function runsAcross(model: Model, inside: Size | undefined): 'token' | 'prompt' {
  const patterns = shownPatterns(model);
  return inside && patterns && headPlacement(patterns, inside, model.look).turned ? 'token' : 'prompt';
}

function cursorOf(model: Shown, patterns: Patterns) {
  const matrix = patterns.matrix(selectedHead(model).index);
  const row = Math.min(model.view.cell.row, patterns.rows - 1);
  const column = Math.min(model.view.cell.column, patterns.columns - 1);
  const facts = model.run.model?.pattern;
  const names = { row: facts?.row ?? 'query', column: facts?.column ?? 'key' };
  return { matrix, row, column, names, value: matrix.data[row * matrix.columns + column]! };
}

function enlarged(model: Shown, patterns: Patterns, size: Size): Line[] {
  const { matrix, row, column, names } = cursorOf(model, patterns);
  const { depth, glyphs, colourMap } = model.look;
  const placement = headPlacement(patterns, size, model.look);
  const { turned, picture } = placement;
  const drawn = turned ? transposed(matrix) : matrix;
  const shape = { width: picture.columns, height: picture.rows, depth, glyphs, aspect: 'fill' as const };
  const layout = patternLayout(patterns, placement, model.look);
  const maximum = sharedScale([matrix]);
  const pixels = drawHeatmap(drawn, {
    ...shape,
    min: 0,
    max: maximum,
    map: colourMap,
    cursor: turned ? { row: column, column: row } : { row, column },
  });
  const numbers = rowNumbers(drawn.rows, layout);
  const beside = besidePicture(model, patterns, placement, numbers);
  const [down, across] = turned ? [names.column, names.row] : [names.row, names.column];
  const indent = repeated(' ', rowLabels);
  const averaged = layout.averaged ? '   (averaged)' : '';
  return [
    [span(` ${down} ↓  ${across} →${averaged}`, { fg: 'hint' })],
    [span(indent + columnNumbers(drawn.columns, layout), { fg: 'hint' })],
    ...pixels.map((line, index) => [
      span(`${numbers[index] ?? ''} `.padStart(rowLabels), { fg: 'hint' }),
      ...line,
      ...(beside[index] ?? []),
    ]),
    receivedLine(received(matrix), turned ? undefined : picture.columns, size.columns),
    entropies(model, matrix, row, size.columns),
    drawScale({ width: Math.min(size.columns, 40), min: 0, max: maximum, map: colourMap, depth, glyphs }),
  ];
}

/** Attention that each column receives, averaged over the rows; under the columns where these run across the screen. */
function receivedLine(shares: Float64Array, under: number | undefined, width: number): Line {
  const room = under ?? Math.min(shares.length, width - rowLabels - 20);
  const repeat = Math.max(1, Math.floor(room / shares.length));
  const heights = [...sparkline(shares, Math.min(room, shares.length), { min: 0 })];
  const drawn = span(heights.map((symbol) => repeated(symbol, repeat)).join(''), { fg: 'hint' });
  const largest = [span('  at most ', { fg: 'hint' }), span(fitNumber(Math.max(...shares), 5).trim())];
  if (under === undefined) return [span(' received ', { fg: 'hint' }), drawn, ...largest];
  const named = width - rowLabels - under >= 9;
  return [
    span((named ? '' : ' mean').padEnd(rowLabels), { fg: 'hint' }),
    drawn,
    span(named ? ' received' : '', { fg: 'hint' }),
  ];
}

/** Cells of a bar right of the picture, and those of its value and the spaces before it. */
const bars = { least: 2, most: 24, around: 8 };

/** Right of the picture, where there is room: what the query under the cursor attends to, entry by entry. */
function besidePicture(
  model: Shown,
  patterns: Patterns,
  placement: HeadPlacement,
  numbers: readonly (number | undefined)[],
): Line[] {
  const { matrix, row, column } = cursorOf(model, patterns);
  const entries = placement.turned ? numbers : listed(matrix.columns, column, placement.picture.rows);
  const numbered = placement.turned ? 0 : 4;
  const width = Math.min(bars.most, placement.beside - bars.around - numbered);
  if (width < bars.least) return [];
  return entries.map((entry) => {
    if (entry === undefined) return [];
    const value = matrix.data[row * matrix.columns + entry]!;
    const style = entry === column ? ({ fg: 'focus', bold: true } as const) : ({ fg: 'hint' } as const);
    const parts: Span[] = [span('  ')];
    if (numbered > 0) parts.push(span(String(entry).padStart(numbered - 1), style), span(' '));
    return [
      ...parts,
      span(bar(value, width), entry === column ? { fg: 'focus' } : { fg: 'hint' }),
      span(fitNumber(value, 6), style),
    ];
  });
}

/** As many entries as there are rows, with the one under the cursor among them. */
function listed(count: number, cursor: number, rows: number): number[] {
  const first = Math.max(0, Math.min(cursor - Math.floor(rows / 2), count - rows));
  return Array.from({ length: Math.min(rows, count) }, (_, index) => first + index);
}

/** How spread the attention is, and where it is known what it is for, how much of it goes there; as much as fits. */
function entropies(model: Shown, matrix: ReturnType<Patterns['matrix']>, row: number, width: number): Line {
  const contexts = model.view.mean ? undefined : contextsOf(model);
  const mass = contexts && matchingMass(contexts);
  const most = span(`  of at most ${fitNumber(Math.log(matrix.columns), 4).trim()} nats`, { fg: 'hint' });
  const line: Line = [
    span(' entropy ', { fg: 'hint' }),
    span(fitNumber(entropyOfRow(matrix, row), 5), { fg: 'value', bold: true }),
    span('  mean ', { fg: 'hint' }),
    span(fitNumber(meanEntropy(matrix), 5)),
  ];
  if (mass === undefined) return fitLine([...line, most], width);
  const onTarget = [span('  on same pattern ', { fg: 'hint' }), span(fitNumber(mass, 5), { fg: 'value', bold: true })];
  const whole = [...line, most, ...onTarget];
  return fitLine(lineWidth(whole) <= width ? whole : [...line, ...onTarget], width);
}
