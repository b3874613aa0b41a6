import { fitNumber, plural } from '../../../core/format.ts';
import { sparkline } from '../../../plot/sparkline.ts';
import { beforeStem, drawFoot, drawStems, stemCells } from '../../../plot/stems.ts';
import type { Token } from '../../../plot/style.ts';
import type { Glyphs, Line } from '../../../plot/text.ts';
import { fitText, repeated, span } from '../../../plot/text.ts';
import { gutter } from '../../../plot/value_axis.ts';
import { tokenName } from '../../../runs/prompt_tokens.ts';
import type { Size } from '../../screen/size.ts';
import type { Model } from '../../state/model.ts';
import { selectedHead, shownPatterns } from '../../state/pattern.ts';
import { givenTokens, matrixNamed, promptLabel, shownPrompt, tokensOf } from '../../state/probe.ts';
import { contextsOf } from '../common/contexts.ts';
import { moveAlongTokens } from '../common/token_cursor.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { firstInView, marksIn, numbers, pitchOf, plotWidth } from './axis.ts';
import { attentionBeams, beamRows } from './beams.ts';
import { drawContexts } from './draw_contexts.ts';

const select = ({ probe, shapes, run, view, look }: Model) => ({
  probe,
  shapes,
  look,
  run: pick(run, 'config', 'model', 'phase'),
  view: pick(view, 'prompt', 'cell', 'head', 'mean'),
});
type Shown = ReturnType<typeof select>;

/**
 * Labels of a prompt's tokens, what the model predicts for them, and what ridge regression would; where labels are to be
 * copied from contexts, how each context votes.
 */
export const promptPanel: Panel<Shown> = {
  id: 'prompt',
  name: 'prompt',
  column: 'left',
  minimum: 12,
  ample: 14,
  maximum: 26,
  share: 2.4,
  dropped: 5,
  pictures: true,
  offered: ({ shapes }) => shapes.has('target'),
  prompt: true,
  keys: [
    {
      id: 'move_token',
      keys: ['left', 'right', 'h', 'l'],
      shown: '← →',
      label: 'token',
      help: 'Go along the tokens (also h l).',
      act: moveAlongTokens,
    },
  ],
  select,
  draw(model, size) {
    const contexts = contextsOf(model);
    if (contexts) return drawContexts(model, contexts, size);
    const prompt = promptOf(model);
    if (!prompt)
      return {
        title: 'prompt',
        body: waiting(model.run, 'labels and predictions of a prompt appear here', size),
      };
    const { cursor, series } = prompt;
    const error = series.prediction && square(series.prediction[cursor]! - series.label[cursor]!);
    return {
      title: `prompt${promptLabel(model, prompt.prompts)}`,
      detail: [
        span(`${roleOf(prompt)}  error² `, { fg: 'hint' }),
        span(fitNumber(error ?? null, 7), { fg: 'value', bold: true }),
      ],
      body: [
        ...plot(model, prompt, { columns: plotWidth(size.columns), rows: size.rows - rowsOf(prompt).length - 1 }),
        ...tableLines(prompt, size.columns, model.look.glyphs),
      ],
    };
  },
};

/** What the token under the cursor is for. */
function roleOf({ cursor, given, tokens, inPairs, name }: Prompt): string {
  if (inPairs) return `${name(cursor)} asked after ${plural(cursor, 'pair')}`;
  return `token ${String(cursor).padStart(String(tokens - 1).length)}, ${cursor < given ? 'given' : 'query'}`;
}

/** The rows of the table, top down, with the place of their marks in the plot. */
const table = [
  { name: 'label', title: 'label', inPairs: 'true y', mark: ' │  ', role: 'hint' },
  { name: 'prediction', title: 'prediction', inPairs: 'predicted y', mark: ' │╺ ', role: 'training' },
  { name: 'limit', title: 'ridge limit', inPairs: 'ridge limit', mark: '·│  ', role: 'theory' },
  { name: 'best', title: 'best ridge', inPairs: 'best ridge', mark: ' │ ·', role: 'theory' },
] as const satisfies readonly { name: string; title: string; inPairs: string; mark: string; role: Token }[];

/** Rows for what there is: tasks other than regression on representations have no ridge limit. */
const rowsOf = ({ series }: Prompt) => table.filter(({ name }) => name === 'prediction' || series[name]);

interface Prompt {
  readonly prompts: number;
  readonly tokens: number;
  /** Tokens that are given with their labels: the first ones. */
  readonly given: number;
  /** Whether each is the value of a point, asked for after the points and values before it: x₁ y₁ x₂ … */
  readonly inPairs: boolean;
  /** Token under the cursor. */
  readonly cursor: number;
  name(token: number): string;
  /** A value for each token; what the frame does not have is undefined. */
  readonly series: { readonly label: Float32Array } & {
    readonly [name in 'prediction' | 'limit' | 'best']: Float32Array | undefined;
  };
}

function promptOf(model: Shown): Prompt | undefined {
  const targets = matrixNamed(model.probe, 'target');
  if (!targets) return undefined;
  const { rows, columns } = targets;
  const start = shownPrompt(model, rows) * columns;
  const row = (name: string) => {
    const matrix = matrixNamed(model.probe, name);
    return matrix?.columns === columns && matrix.rows === rows
      ? matrix.data.subarray(start, start + columns)
      : undefined;
  };
  const tokens = tokensOf(model);
  const { inPairs } = tokens;
  return {
    prompts: rows,
    tokens: columns,
    inPairs,
    name: (token) => tokenName(tokens, inPairs ? 2 * token + 1 : token),
    given: Math.min(givenTokens(model), columns),
    cursor: Math.min(model.view.cell.row, columns - 1),
    series: {
      label: targets.data.subarray(start, start + columns),
      prediction: row('prediction'),
      limit: row('ridge_limit'),
      best: row('ridge_best'),
    },
  };
}

function plot(model: Shown, prompt: Prompt, size: Size): Line[] {
  const { tokens, given, cursor, series, inPairs, name } = prompt;
  const width = size.columns;
  const weights = weightsOf(model, cursor, tokens);
  const beams = weights ? beamRows(size.rows) : 0;
  const pitch = pitchOf(tokens, width);
  const count = Math.max(1, Math.min(tokens, Math.floor((width - gutter) / pitch)));
  const first = firstInView(cursor, count, tokens);
  const part = (values: Float32Array | undefined) => (values ?? new Float32Array()).subarray(first, first + count);
  const { layer, head } = selectedHead(model);
  const residual = size.rows - beams < withResidual ? [] : residualLine(series, { first, count, pitch });
  const stem = drawStems({
    width,
    height: Math.max(1, size.rows - beams - 2 - residual.length),
    glyphs: model.look.glyphs,
    pitch,
    stems: part(series.label),
    right: { values: part(series.prediction), role: 'training' },
    left: { values: part(series.limit), role: 'theory' },
    far: { values: part(series.best), role: 'theory' },
    held: Object.values(series).map((values) => values ?? []),
  });
  return [
    ...stem,
    ...residual,
    drawFoot({
      width: width - 1,
      pitch,
      count,
      before: given - first,
      words: ['given', inPairs ? askedInPairs : 'query'],
    }),
    numbers({ first, count, pitch, cursor, name }, width, inPairs ? 'value' : 'token'),
    ...attentionBeams(
      model.look,
      `${inPairs ? name(cursor) : `token ${cursor}`} in L${layer}H${head}`,
      (cursor - first) * pitch + beforeStem(pitch),
      Array.from({ length: count }, (_, at) => ({
        x: at * pitch + beforeStem(pitch),
        share: weights?.[first + at] ?? 0,
      })),
      { columns: width, rows: beams },
    ),
  ];
}

/** What the values of points are there for. */
const askedInPairs = 'each is asked for after the pairs left of it';

/** Rows of the plot from which a strip tells how far each prediction is from its label. */
const withResidual = 8;

/** |prediction − label| of each token under its stem, as high as it is large among all. */
function residualLine(
  { label, prediction }: Prompt['series'],
  { first, count, pitch }: { readonly first: number; readonly count: number; readonly pitch: number },
): Line[] {
  if (!prediction) return [];
  const all = label.map((value, token) => Math.abs(prediction[token]! - value));
  const most = Math.max(...all.filter(Number.isFinite), Number.MIN_VALUE);
  const heights = sparkline(all.subarray(first, first + count), count, { min: 0, max: most });
  return [
    [
      span(`${'error'.padStart(gutter - 2)} `, { fg: 'hint' }),
      span('│', { fg: 'border' }),
      span([...heights].map((symbol) => ` ${repeated(symbol, stemCells(pitch))}`.padEnd(pitch)).join(''), {
        fg: 'training',
      }),
    ],
  ];
}

/** Attention of a token in the selected head on each token; where inputs and labels are tokens of their own, on both. */
function weightsOf(model: Shown, cursor: number, tokens: number): Float64Array | undefined {
  const patterns = shownPatterns(model);
  if (!patterns) return undefined;
  const each = tokensOf(model).inPairs ? 2 : 1;
  if (patterns.rows < each * (tokens - 1) + 1) return undefined;
  const { data } = patterns.matrix(selectedHead(model).index);
  const sums = new Float64Array(tokens);
  for (let key = 0; key < patterns.columns; key++) {
    const weight = data[each * cursor * patterns.columns + key]!;
    const token = Math.floor(key / each);
    if (weight > 0 && token < tokens) sums[token]! += weight;
  }
  return sums;
}

const titleWidth = 18;
const errorWidth = 9;
const valueWidth = 9;

/** Mean squared errors over the given tokens and over the others, or of all, and the values at the tokens round the cursor. */
function tableLines(prompt: Prompt, width: number, glyphs: Glyphs): Line[] {
  const { tokens, given, cursor, series, name } = prompt;
  const parts =
    given > 0
      ? [
          { title: 'given', from: 0, to: given },
          { title: 'query', from: given, to: tokens },
        ]
      : [{ title: 'mean', from: 0, to: tokens }];
  const room = width - titleWidth - parts.length * errorWidth - 2;
  const shown = Math.max(1, Math.min(tokens, Math.floor(room / valueWidth)));
  const first = Math.max(0, Math.min(cursor - Math.floor(shown / 2), tokens - shown));
  const listed = Array.from({ length: shown }, (_, index) => first + index);
  const style = (token: number) =>
    token === cursor ? ({ fg: 'focus', bold: true } as const) : ({ fg: 'hint' } as const);
  const titles = parts.map(({ title }) => title.padStart(errorWidth)).join('');
  const heading: Line = [
    span(` ${fitText('squared error', titleWidth - 1)}${titles}  `, { fg: 'hint' }),
    ...listed.map((token) => span(`${token === cursor ? '▸' : ''}${name(token)}`.padStart(valueWidth), style(token))),
  ];
  const marked = marksIn(pitchOf(tokens, plotWidth(width)), glyphs);
  return [
    heading,
    ...rowsOf(prompt).map(({ name, title, inPairs, mark, role }): Line => {
      const values = series[name];
      const errors = parts.map(({ from, to }) =>
        name === 'label'
          ? repeated(' ', errorWidth)
          : fitNumber(meanSquare(values, series.label, from, to), errorWidth),
      );
      return [
        span(` ${marked(mark)} `, { fg: role, bold: true }),
        span(fitText(prompt.inPairs ? inPairs : title, titleWidth - 6)),
        span(`${errors.join('')}  `, name === 'prediction' ? { fg: 'value', bold: true } : {}),
        ...listed.map((token) => span(` ${fitNumber(values?.[token] ?? null, valueWidth - 1)}`, style(token))),
      ];
    }),
  ];
}

/** Mean of (value − label)² over the tokens from ≤ k < to; null where there is nothing to average. */
function meanSquare(values: Float32Array | undefined, labels: Float32Array, from: number, to: number): number | null {
  if (!values || from >= to) return null;
  let sum = 0;
  for (let token = from; token < to; token++) sum += square(values[token]! - labels[token]!);
  return sum / (to - from);
}

function square(value: number): number {
  return value * value;
}
