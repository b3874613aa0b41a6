import { duration, factorNearOne, siCount, significant, thousands } from '../../../core/format.ts';
import { fittedRateName, rateUnit } from '../../../metrics/shared.ts';
import type { Line } from '../../../plot/text.ts';
import { fitLine, span, textWidth } from '../../../plot/text.ts';
import type { Fact, Metric } from '../../../protocol/measures.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';
import type { Model } from '../../state/model.ts';
import { fittedGap, theoryValue } from '../../state/shown_metrics.ts';
import { smallCharts } from '../common/multiples.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { measured, measuredNames } from './table.ts';

const select = ({ run, live, view, group, look }: Model) => ({
  run,
  live,
  view: pick(view, 'chart', 'head', 'smoothing', 'zoomed'),
  glyphs: look.glyphs,
  // The numbers are those of one run, also while the curves are means.
  of: group ? ` · seed ${group.seeds[group.lead]}` : '',
});
type Shown = ReturnType<typeof select>;

export const informationPanel: Panel<Shown> = {
  id: 'run',
  name: 'run information',
  column: 'left',
  minimum: 9,
  ample: 13,
  maximum: 18,
  share: 2,
  dropped: 3,
  pictures: false,
  keys: [],
  select,
  draw(model, size) {
    const { run } = model;
    if (!run.config) return { title: 'run', body: waiting(run, 'numbers, theory and settings stand here', size) };
    const facts = [...theoryLines(run, size.columns), ...factLines(model, size.columns)];
    const table = measured(model, size);
    const gap = table.length + facts.length < size.rows ? 1 : 0;
    const room = Math.max(2, size.rows - facts.length - gap);
    const written = [...table.slice(0, room), ...Array.from({ length: gap }, () => []), ...facts];
    return {
      title: `run${model.of}`,
      ...(run.config.title && { detail: run.config.title }),
      body: [...written, ...charts(model, { ...size, rows: size.rows - written.length })],
    };
  },
};

/** Of the panel that fills the screen: every curve, under what is written. */
function charts(model: Shown, { columns, rows }: Size): Line[] {
  const { run, glyphs } = model;
  if (model.view.zoomed !== informationPanel.id) return [];
  const others = [...run.curves.keys()].filter((name) => run.metrics.info(name) !== undefined);
  const names = [...new Set([...measuredNames(model), ...others])];
  const drawn = smallCharts(run, names, { columns, rows: rows - 1 }, glyphs);
  return drawn.length > 0 ? [[], ...drawn] : [];
}

/** What theory says of this run in words, row by row, and how fast its gap is seen to fall. */
function theoryLines(run: RunState, columns: number): Line[] {
  const told = [...run.metrics.all].flatMap((metric) =>
    metric.fact && (metric.fact.panel ?? informationPanel.id) === informationPanel.id
      ? [{ metric, fact: metric.fact }]
      : [],
  );
  const rows = new Map<string, Line>();
  const add = (row: string, line: Line) => rows.set(row, [...(rows.get(row) ?? []), ...line]);
  for (const { metric, fact } of told.filter(({ metric }) => metric.name !== fittedRateName)) {
    if (fact.pending !== undefined && run.theory[metric.name] === null)
      rows.set(fact.row, [span(fact.pending, { fg: 'hint' })]);
    else add(fact.row, saidOf(run, metric, fact, theoryValue(run, metric.name)));
  }
  const fitted = told.find(({ metric }) => metric.name === fittedRateName);
  if (fitted) add(fitted.fact.row, saidOf(run, fitted.metric, fitted.fact, fittedGap(run)?.factor));
  const perStep = new Set(told.filter(({ metric }) => metric.unit === rateUnit).map(({ fact }) => fact.row));
  return [...rows]
    .filter(([, line]) => line.length > 0)
    .map(([row, line]) => labelled(row, perStep.has(row) ? [...line, span('a step', { fg: 'hint' })] : line))
    .map((line) => fitLine(line, columns));
}

/** Cells that a number and a factor take. */
const [figureWidth, factorWidth] = [8, 14];

function saidOf(run: RunState, { unit }: Metric, { label, none, some }: Fact, value: number | undefined): Line {
  if (value === undefined) return [];
  if (unit === rateUnit) return said(label, factorNearOne(value), factorWidth);
  const words = value === 0 ? none : some;
  if (words === undefined) return said(label, significant(value), figureWidth);
  const rows = thousands(run.model?.pattern.rows ?? null);
  return said(label, words.replace('#', thousands(value)).replace('{rows}', rows), 0);
}

function said(name: string, text: string, width: number): Line {
  return [span(`${name} `, { fg: 'hint' }), span(text.padEnd(width + 2))];
}

function labelled(name: string, line: Line): Line {
  return [span(` ${name.padEnd(9)}`, { fg: 'hint' }), ...line];
}

/** What is trained and how, and how long it will take. */
function factLines({ run, live }: Shown, columns: number): Line[] {
  const { task, model, train } = run.config!;
  const left = live && live.stepsPerSecond > 0 ? (live.until - live.step) / live.stepsPerSecond : Number.NaN;
  const snapshot = run.snapshots.at(-1);
  const cap = live?.pace ?? train.pace;
  const pace = cap > 0 ? `pace ${significant(cap)} steps/s` : 'no cap on the pace';
  const room = columns - 11;
  const rows: [string, string][] = [
    ['task', listed([task.name, ...settings(task)], room)],
    ['model', listed([model.name, ...settings(model), `${siCount(run.model?.parameters ?? 0)} parameters`], room)],
    ['training', listed([train.optimizer, `lr ${train.learning_rate} ${train.schedule}`, pace], room)],
    [
      'left',
      `${duration(left).padEnd(8)} snapshot ${snapshot ? `at step ${thousands(snapshot.step)}` : 'none yet; s saves one'}`,
    ],
  ];
  return rows.map(([name, text]) => labelled(name, [span(text)]));
}

/** As many of the items as fit. */
function listed(items: readonly string[], width: number): string {
  let text = items[0] ?? '';
  for (const item of items.slice(1)) {
    if (textWidth(text) + 3 + textWidth(item) > width) break;
    text += ` · ${item}`;
  }
  return text;
}

function settings(section: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(section)
    .filter(([key, value]) => key !== 'name' && (typeof value === 'number' || typeof value === 'string'))
    .map(([key, value]) => `${key.replaceAll('_', ' ')} ${typeof value === 'number' ? plainNumber(value) : value}`);
}

function plainNumber(value: number): string {
  return Number.isInteger(value) ? thousands(value) : String(value);
}
