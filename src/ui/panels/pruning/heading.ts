import { plural, significant, thousands } from '../../../core/format.ts';
import { sparkline } from '../../../plot/sparkline.ts';
import type { Style } from '../../../plot/style.ts';
import { fitLine, fitText, type Line, lineWidth, span, wrapText } from '../../../plot/text.ts';
import { ablationAddresses } from '../../../protocol/ablation.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';
import type { Model, View } from '../../state/model.ts';
import { boardIntervention, isMeasured, rankingScore, type ShowsBoard, scoresOf } from '../../state/ranking.ts';
import { baseline, columnsIn, hasRatios, type Measured, nameWidth, titles } from './columns.ts';
import { eachWith, wordsOfIntervention } from './kinds.ts';

interface Shown extends Pick<Model, 'latest'> {
  readonly run: Measured & Pick<RunState, 'model' | 'metrics' | 'phase'>;
  readonly view: Pick<View, 'score' | 'intervention'>;
  readonly kind: 'heads' | 'neurons';
  readonly layer: number;
  readonly isOver: boolean;
  readonly replay: unknown;
}

/** What is pruned stands crossed out. */
export const crossed: Style = { fg: 'pruned', strike: true };

const hinted = (text: string) => span(text, { fg: 'hint' });

/**
 * Above the parts: what the metric is with all that is kept, the sizes of the parts, and what the columns are.
 * @param range which of the parts are in view; empty for all
 * @param why why parts have not been measured, the fullest form first
 */
export function headingLines(model: Shown, { columns, rows }: Size, range: string, why: readonly string[]): Line[] {
  const below = isBare(model) ? unmeasured(model, columns, why, rows) : [columnTitles(model, columns, range)];
  return [sumLine(model, columns), ...below];
}

/** Whether nothing was measured of what the board is to show. */
export const isBare = (model: ShowsBoard): boolean => !isMeasured(model) || model.run.ablation.entries.size === 0;

/** Rows of a list from which what is to be measured is said in a sentence of several rows. */
const roomForSentence = 6;

/** What is to stand below, and why it does not: a sentence, or a row of it where there is little room. */
function unmeasured(model: Shown, columns: number, why: readonly string[], rows: number): Line[] {
  const given = boardIntervention(model);
  const count = ablationAddresses(model.run.model!, given.kind).length;
  const done = eachWith(given);
  const what = [`what the held-out metric is ${done}, ${plural(count, 'part')} in all: `, `${done}: `];
  if (rows >= roomForSentence) return wrapText(`${what[0]}${why[0]}`, columns - 2).map((row) => [hinted(` ${row}`)]);
  const forms = what.flatMap((before) => why.map((form) => ` ${before}${form}`));
  return [[hinted(forms.find((form) => form.length <= columns) ?? ` ${why.at(-1)}`)]];
}

/** Cells of the sizes of the parts, at least, where there are more parts than that. */
const leastSizes = 16;

/** The metric, as fully as leaves room for the sizes of the parts. */
function sumLine(model: Shown, columns: number): Line {
  const { kind, layer, run } = model;
  const { metric } = run.ablation;
  const name = `${kind} L${layer} by ${rankingScore(model, kind)} `;
  const scores = scoresOf(model, kind, model.isOver);
  const count = typeof scores === 'string' ? 0 : scores.shape[1]!;
  const sizes = name.length + (typeof scores === 'string' ? scores.length : Math.min(count, leastSizes));
  const known = metric === '' ? undefined : baseline(run);
  const label = ` ${run.metrics.short(metric)}`;
  const mean: Line = known
    ? [hinted(`${label} ${known.words} `), span(significant(known.mean), { fg: 'value', bold: true })]
    : [];
  const spread = known?.stderr ? ` ± ${significant(known.stderr)}` : '';
  const at = known ? ` at ${thousands(known.step)}` : '';
  const forms = [`${spread}${at}`, at, ''].map((text): Line => [...mean, hinted(`${text}  `)]);
  const said = metric === '' ? [] : known ? forms : [[hinted(`${label}  `)]];
  const fits = said.find((form) => lineWidth(form) + sizes + 1 <= columns);
  // Why there are no sizes is said whole.
  const before = fits ?? (typeof scores === 'string' ? undefined : said.at(-1)) ?? [span(' ')];
  const room = columns - lineWidth(before) - 1;
  if (typeof scores === 'string') return fitLine([...before, hinted(`${name}${scores}`)], columns);
  return [...before, hinted(name), ...sizesOf(model, scores.data, count, Math.min(count, room - name.length))];
}

/** The scores of the parts of a layer, sorted, in `width` cells; those that are pruned are crossed out. */
function sizesOf({ kind, layer, run }: Shown, scores: ArrayLike<number>, count: number, width: number): Line {
  if (width < 1) return [];
  const mask = run.mask.values[kind].data;
  const ofLayer = Array.from({ length: count }, (_, part) => ({
    score: scores[layer * count + part]!,
    kept: mask[layer * count + part] !== 0,
  })).sort((a, b) => a.score - b.score);
  const heights = sparkline(
    ofLayer.map(({ score }) => score),
    width,
    { min: 0 },
  );
  const pruned = (column: number) =>
    ofLayer
      .slice(Math.floor((column * count) / width), Math.ceil(((column + 1) * count) / width))
      .every(({ kept }) => !kept);
  return [...heights].map((symbol, column) =>
    pruned(column) ? span('×', crossed) : span(symbol, { fg: 'in_domain' }),
  );
}

/** What stands in the columns of the parts: what the metric is without each, the change, and how sure that is. */
function columnTitles(model: Shown, columns: number, range: string): Line {
  const { run } = model;
  const done = wordsOfIntervention(boardIntervention(model));
  const { bar, ratio, width, shown } = columnsIn(columns, hasRatios(run));
  const when = !shown.includes('step') && isMeasured(model) ? stepsOf(run) : '';
  const first = nameWidth + width('value');
  const text = [
    `  ${range || `part${when}`}`.padEnd(first - done.length - 1),
    ` ${done}`,
    'change'.padStart(width('change')),
    ...(ratio ? ['ratio'.padStart(width('ratio'))] : []),
    bar > 0 ? ` ${(['effect ± error', 'effect'].find((one) => one.length < bar) ?? '').padEnd(bar)}` : ' ',
    fitText(' significance', width('verdict')),
    ...shown.map((name) => titles[name].padStart(width(name))),
  ];
  return fitLine([hinted(text.join('').trimEnd())], columns);
}

/** Between which steps the parts were measured, where that is not one: what is ranked is not all of one model. */
function stepsOf({ ablation }: Measured): string {
  const steps = [...ablation.entries.values()].map(({ step }) => step);
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  return least < most ? `, at ${thousands(least)}–${thousands(most)}` : '';
}
