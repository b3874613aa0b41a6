import { fitNumber } from '../../../core/format.ts';
import { signedMap } from '../../../plot/colourmap.ts';
import type { Matrix } from '../../../plot/heatmap.ts';
import { drawHeatmap, drawSignedScale, heatmapLayout, pooling } from '../../../plot/heatmap.ts';
import { signedScale } from '../../../plot/signed_scale.ts';
import { bar } from '../../../plot/sparkline.ts';
import type { Style } from '../../../plot/style.ts';
import type { Line } from '../../../plot/text.ts';
import { blankLine, fitLine, repeated, span } from '../../../plot/text.ts';
import { stretchesIn } from '../../../runs/prompt_tokens.ts';
import { columnNames, columnParts } from '../../screen/pattern_axes.ts';
import type { Size } from '../../screen/size.ts';
import type { Model } from '../../state/model.ts';
import { isHeadKept, selectedHead, selectedPart } from '../../state/pattern.ts';
import { matrixNamed, tokensOf } from '../../state/probe.ts';
import { perEntry, rowLabels } from '../common/geometry.ts';
import { arrows } from '../common/moves.ts';
import { partKeys } from '../common/part_keys.ts';
import { moveAlongTokens } from '../common/token_cursor.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { beneath } from './beneath.ts';

/** Rows that are not heads: axes, what the tokens are, their numbers, scale. */
const around = 4;
/** Cells beside a head's row: its norm as a number and, with a space on either side, as a bar. */
const numberWidth = 7;
const barWidth = { least: 6, most: 16 };
/** A head or a token larger than this, in cells, says no more. */
const largestEntry: Size = { columns: 4, rows: 2 };

const select = ({ probe, shapes, run, view, look }: Model) => ({
  probe,
  shapes,
  look,
  run: pick(run, 'config', 'model', 'mask', 'phase'),
  view: pick(view, 'head', 'cell', 'zoomed'),
});
type Shown = ReturnType<typeof select>;

/** The weights w [H, K] with which each head's pattern enters the mixing matrix, and each head's norm. */
export const weightsPanel: Panel<Shown> = {
  id: 'weights',
  name: 'head weights',
  column: 'right',
  minimum: 9,
  ample: 16,
  maximum: 60,
  share: 1,
  dropped: 6,
  pictures: true,
  offered: ({ shapes }) => shapes.has('head_weights'),
  keys: [
    ...partKeys(selectedPart),
    {
      id: 'move_weight',
      keys: arrows,
      shown: '← ↓ ↑ →',
      label: 'head, token',
      help: 'Select a head (up, down) and a token (left, right; also h j k l).',
      act: moveAlongTokens,
    },
  ],
  parts: selectedPart,
  select,
  uses({ shapes }, { rows }) {
    const heads = shapes.get('head_weights')?.[0];
    return heads ? heads * rowsOfHead(heads, rows - 2) + around + 2 : rows;
  },
  draw(model, size) {
    const weights = matrixNamed(model.probe, 'head_weights');
    if (!weights)
      return { title, body: waiting(model.run, 'the weight of each head for each token appears here', size) };
    const window = headsInView(model, weights, size);
    const range =
      window.count < weights.rows ? ` ${window.first}–${window.first + window.count - 1} of ${weights.rows}` : '';
    const { head, token } = cursorIn(model, weights);
    return {
      title: `${range === '' ? title : 'weights'}${range}`,
      detail: [
        span(`H${padded(head, weights.rows)}, token ${padded(token, weights.columns)} `, { fg: 'hint' }),
        span(fitNumber(weights.data[head * weights.columns + token]!, 8), { fg: 'value', bold: true }),
      ],
      body: drawn(model, weights, window, size),
    };
  },
};

const title = 'head weights';

/** The heads that are drawn; more than fit scroll with the selected one. */
interface Window {
  readonly first: number;
  readonly count: number;
  /** Rows of text for each head. */
  readonly rows: number;
}

function rowsOfHead(heads: number, rows: number): number {
  return Math.max(1, Math.min(largestEntry.rows, Math.floor((rows - around) / heads)));
}

function headsInView(model: Shown, weights: Matrix, size: Size): Window {
  const rows = rowsOfHead(weights.rows, size.rows);
  const count = Math.max(1, Math.min(weights.rows, Math.floor((size.rows - around) / rows)));
  const { head } = cursorIn(model, weights);
  return { first: Math.max(0, Math.min(head - Math.floor(count / 2), weights.rows - count)), count, rows };
}

function drawn(model: Shown, weights: Matrix, window: Window, size: Size): Line[] {
  const { depth, glyphs, theme, still } = model.look;
  const map = signedMap(theme);
  const { head, token } = cursorIn(model, weights);
  const { columns } = weights;
  const room = size.columns - rowLabels - numberWidth - barWidth.least - 3;
  const width = Math.max(1, Math.round(columns * Math.min(largestEntry.columns, perEntry(columns, room))));
  const shape = { width, height: window.count * window.rows, depth, glyphs };
  const layout = heatmapLayout(window.count, columns, shape);
  const end = signedScale([weights.data]);
  const shown = weights.data.subarray(window.first * columns, (window.first + window.count) * columns);
  const pixels = drawHeatmap(
    { rows: window.count, columns, data: shown },
    { ...shape, min: -end, max: end, map, cursor: still ? undefined : { row: head - window.first, column: token } },
  );
  const norms = normsOf(weights);
  const bars = Math.min(barWidth.most, size.columns - rowLabels - width - numberWidth - 3);
  const rows = pixels.map((line, index): Line => {
    const at = window.first + Math.floor(index / window.rows);
    const kept = isHeadKept(model, at);
    const style: Style = {
      ...(at === head ? { fg: 'focus', bold: true } : { fg: kept ? 'hint' : 'pruned' }),
      ...(!kept && { strike: true }),
    };
    if (index % window.rows > 0) return [span(repeated(' ', rowLabels)), ...line];
    const name = `${at === head ? '▸' : ' '}${kept ? '' : '✕'}H${at}`;
    return [
      span(`${name.padStart(rowLabels - 1)} `, style),
      ...line,
      span(` ${bar(norms[at]! / Math.max(...norms), bars)} `, style),
      span(fitNumber(norms[at]!, numberWidth), style),
    ];
  });
  const heading = fitLine([span(` head ↓  query →  ${pooling(layout)}`, { fg: 'hint' })], rowLabels + width);
  const parts = columnParts(stretchesIn(tokensOf(model), columns), columns, layout);
  const free = Math.max(0, size.rows - around - rows.length);
  const more =
    model.view.zoomed === weightsPanel.id
      ? beneath(model.look, weights, head, { columns: size.columns, rows: free })
      : [];
  const filler = Array.from({ length: free - more.length }, () => blankLine(1));
  return [
    [...heading, span(' norm', { fg: 'hint' })],
    [span(repeated(' ', rowLabels) + parts, { fg: 'hint' })],
    [span(repeated(' ', rowLabels) + columnNames(columns, layout), { fg: 'hint' })],
    ...rows,
    ...more,
    ...filler,
    [
      span(repeated(' ', rowLabels)),
      ...drawSignedScale({ width: Math.min(size.columns - rowLabels, 32), end, map, depth, glyphs }),
    ],
  ];
}

/** Euclidean norm of each head's weights. */
function normsOf({ rows, columns, data }: Matrix): number[] {
  return Array.from({ length: rows }, (_, head) => {
    let sum = 0;
    for (let token = 0; token < columns; token++) sum += data[head * columns + token]! * data[head * columns + token]!;
    return Math.sqrt(sum);
  });
}

function cursorIn(model: Shown, weights: Matrix) {
  return {
    head: Math.min(selectedHead(model).index, weights.rows - 1),
    token: Math.min(model.view.cell.row, weights.columns - 1),
  };
}

function padded(index: number, count: number): string {
  return String(index).padStart(String(count - 1).length);
}
