import { fitNumber } from '../../../core/format.ts';
import { beforeStem, drawFoot, drawStems } from '../../../plot/stems.ts';
import type { Style } from '../../../plot/style.ts';
import type { Line } from '../../../plot/text.ts';
import { fitText, span } from '../../../plot/text.ts';
import { gutter } from '../../../plot/value_axis.ts';
import type { Size } from '../../screen/size.ts';
import type { Model, Reads } from '../../state/model.ts';
import { selectedHead } from '../../state/pattern.ts';
import { promptLabel } from '../../state/probe.ts';
import { type Contexts, matchingMass, signed } from '../common/contexts.ts';
import type { PanelPicture } from '../contract.ts';
import { firstInView, marksIn, numbers, pitchOf, plotWidth } from './axis.ts';
import { attentionBeams, beamRows } from './beams.ts';

/** The prompt, the head whose votes are shown, and how to draw. */
type ShowsContexts = Pick<Model, 'shapes' | 'look'> & Reads<'model', 'head' | 'cell' | 'prompt'>;

/** Rows below the plot: a heading, and those of the table. */
const tableRows = 5;

/** How each context votes for its label, beside the label that the query has and what the model predicts. */
export function drawContexts(model: ShowsContexts, contexts: Contexts, size: Size): PanelPicture {
  const { prediction, target, prompts } = contexts;
  const isRight = prediction !== undefined && prediction * target > 0;
  return {
    title: `prompt${promptLabel(model, prompts)}`,
    detail: [
      span(`query ${signed(target)}, predicted `, { fg: 'hint' }),
      span(fitNumber(prediction ?? null, 7), { fg: 'value', bold: true }),
      span(prediction === undefined ? '' : isRight ? ' ✓ sign' : ' ✕ sign', { fg: isRight ? 'training' : 'alert' }),
    ],
    body: [
      ...plot(model, contexts, { columns: plotWidth(size.columns), rows: size.rows - tableRows }),
      ...table(model, contexts, size.columns),
    ],
  };
}

function plot(model: ShowsContexts, contexts: Contexts, { columns: width, rows: all }: Size): Line[] {
  const { votes, matching, cursor, attention } = contexts;
  const beams = attention ? beamRows(all) : 0;
  const rows = all - beams;
  const pitch = pitchOf(votes.length, width);
  const count = Math.max(1, Math.min(votes.length, Math.floor((width - gutter) / pitch)));
  const first = firstInView(cursor, count, votes.length);
  const shown = votes.subarray(first, first + count);
  const none = { values: [], role: 'hint' } as const;
  return [
    ...drawStems({
      width,
      height: Math.max(1, rows - 2),
      glyphs: model.look.glyphs,
      pitch,
      stems: shown,
      right: { values: shown.map((vote, k) => (matching[first + k] ? vote : Number.NaN)), role: 'in_domain' },
      left: none,
      far: none,
    }),
    drawFoot({ width: width - 1, pitch, count, before: 0, words: ['', 'attention × label'] }),
    numbers({ first, count, pitch, cursor }, width, 'context'),
    ...attentionBeams(
      model.look,
      `the query in ${headName(model)}`,
      count * pitch + 2,
      [...shown].map((_, k) => ({ x: k * pitch + beforeStem(pitch), share: attention?.[first + k] ?? 0 })),
      { columns: width, rows: beams },
    ),
  ];
}

function headName(model: ShowsContexts): string {
  const { layer, head } = selectedHead(model);
  return `L${layer}H${head}`;
}

const titleWidth = 18;
const valueWidth = 9;

/** What the contexts have and get, those round the cursor; sums over all contexts in the first column. */
function table(model: ShowsContexts, contexts: Contexts, width: number): Line[] {
  const { labels, attention, votes, matching, cursor } = contexts;
  const count = labels.length;
  const shown = Math.max(1, Math.min(count, Math.floor((width - titleWidth - valueWidth - 2) / valueWidth)));
  const first = Math.max(0, Math.min(cursor - Math.floor(shown / 2), count - shown));
  const listed = Array.from({ length: shown }, (_, k) => first + k);
  const style = (context: number): Style => (context === cursor ? { fg: 'focus', bold: true } : { fg: 'hint' });
  const row = (mark: Line, title: string, sum: string, text: (context: number) => string): Line => [
    ...mark,
    span(fitText(title, titleWidth - 4)),
    span(`${sum.padStart(valueWidth)}  `, { fg: 'value', bold: true }),
    ...listed.map((context) => span(text(context).padStart(valueWidth), style(context))),
  ];
  const marked = marksIn(pitchOf(count, plotWidth(width)), model.look.glyphs);
  const number = (value: number | undefined) => fitNumber(value ?? null, valueWidth - 1);
  const sum = votes.every(Number.isFinite) ? votes.reduce((total, vote) => total + vote, 0) : undefined;
  const blank: Line = [span('    ')];
  return [
    [
      span(fitText(` of ${headName(model)}`, titleWidth), { fg: 'hint' }),
      span(`${'in all'.padStart(valueWidth)}  `, { fg: 'hint' }),
      ...listed.map((context) =>
        span(`${context === cursor ? '▸' : ''}${context}`.padStart(valueWidth), style(context)),
      ),
    ],
    row(blank, 'label', '', (context) => signed(labels[context]!)),
    row(
      [span(marked('  ╺ '), { fg: 'in_domain', bold: true })],
      'same pattern',
      number(matchingMass(contexts)),
      (context) => (matching[context] ? 'yes' : '·'),
    ),
    row(blank, 'attention', '', (context) => number(attention?.[context])),
    row([span(marked(' │  '), { fg: 'hint' })], 'vote', number(sum), (context) => number(votes[context])),
  ];
}
