import {
  changeText,
  duration,
  factorNearOne,
  fitNumber,
  siCount,
  significant,
  thousands,
} from '../../../core/format.ts';
import type { SeriesView } from '../../../core/series.ts';
import { fittedRateName, rateUnit } from '../../../metrics/shared.ts';
import { sparkline } from '../../../plot/sparkline.ts';
import type { Line } from '../../../plot/text.ts';
import { fitLine, fitText, repeated, span, textWidth } from '../../../plot/text.ts';
import type { Estimate } from '../../../protocol/events.ts';
import type { Fact, Metric } from '../../../protocol/measures.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';
import type { Model } from '../../state/model.ts';
import { drawnMetrics, fittedGap, shownChart, theoryValue } from '../../state/shown_metrics.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { roleOf, smallCharts } from './multiples.ts';

const select = ({ run, live, view, group, look }: Model) => ({
  run,
  live,
  view: pick(view, 'chart', 'zoomed'),
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

const numberWidth = 8;
/** Eighths of a row that a curve takes at most, so that it keeps off the one above. */
const tallest = 7;
/** Cells of a title beside a curve, and of the curve. */
const longestTitle = 44;
const [leastCurve, widestCurve] = [20, 80];

/** A metric over the whole run as a row of columns; on a log scale, unless it is zero or less somewhere. */
function curveOf(view: SeriesView, width: number): string {
  const [first, last] = [view.at(0)?.step ?? 0, view.last?.step ?? 0];
  const { last: values } = view.reduce({ columns: width, from: first, to: Math.max(first + 1, last), scale: 'linear' });
  const isPositive = values.every((value) => Number.isNaN(value) || value > 0);
  // Between evaluations that are further apart than columns, the last one holds.
  const filled: number[] = [];
  for (const value of values) filled.push(Number.isNaN(value) ? (filled.at(-1) ?? value) : value);
  return sparkline(isPositive ? filled.map(Math.log10) : filled, width, {}, tallest);
}

/**
 * A table of what was measured last, with its standard error, the best so far and what theory expects; while a probe
 * prunes, the latter give way to what the pruned model measures and by how much that differs.
 */
function measured(model: Shown, size: Size): Line[] {
  const { run } = model;
  const names = measuredNames(model);
  const { estimates: probed } = run.probed;
  const isProbed = Object.keys(probed).length > 0;
  const words = isProbed ? ['intact', '±', 'pruned', 'change'] : ['now', '±', 'best', 'expected'];
  const heading = words.map((word) => word.padStart(numberWidth + 1)).join('');
  const wide = size.columns - 4 * (numberWidth + 1) - 2;
  const curve = Math.min(widestCurve, wide - longestTitle);
  const titleWidth = curve < leastCurve ? wide : wide - curve - 1;
  const short = names.some((name) => run.metrics.title(name).length > titleWidth);
  return [
    [
      span(
        ` ${fitText('measured', titleWidth)}${curve < leastCurve ? '' : fitText(curve < 40 ? ' over the run' : ' over the run, log scale', curve + 1)}`,
        {
          fg: 'hint',
        },
      ),
      span(heading, { fg: 'hint' }),
    ],
    ...names.map((name): Line => {
      const info = run.metrics.info(name)!;
      const view = run.curves.get(name)!.view();
      const best = info.better === 'none' ? undefined : view.best(info.better);
      const expected = info.limit === undefined ? undefined : theoryValue(run, info.limit);
      const [now, pruned] = [view.last?.value, probed[name]?.mean];
      const change = pruned === undefined ? '' : changeText(now ?? Number.NaN, pruned ?? Number.NaN);
      return [
        span(` ${fitText(short ? info.short : info.title, titleWidth)}`),
        ...(curve < leastCurve ? [] : [span(` ${curveOf(view, curve)}`, { fg: roleOf(info.role) })]),
        span(` ${fitNumber(now ?? null, numberWidth)}`, { bold: true }),
        span(` ${errorOf(run.estimates[name])}`, { fg: 'hint' }),
        ...(isProbed
          ? [
              span(` ${number(pruned)}`, { fg: 'pruned', bold: true }),
              span(` ${change.padStart(numberWidth)}`, { fg: 'hint' }),
            ]
          : [span(` ${number(best?.value)} ${number(expected)}`, { fg: 'hint' })]),
      ];
    }),
  ];
}

/** Of the panel that fills the screen: every curve, under what is written. */
function charts(model: Shown, { columns, rows }: Size): Line[] {
  const { run, glyphs } = model;
  if (model.view.zoomed !== informationPanel.id) return [];
  const others = [...run.curves.keys()].filter((name) => run.metrics.info(name) !== undefined);
  const names = [...new Set([...measuredNames(model), ...others])];
  const drawn = smallCharts(run, names, { columns, rows: rows - 1 }, glyphs);
  return drawn.length > 0 ? [[], ...drawn] : [];
}

/** What is drawn first, then everything else that says how well the model does. */
function measuredNames(model: Shown): string[] {
  const { run } = model;
  const others = [...run.curves.keys()].filter((name) =>
    ['training', 'in_domain', 'out_of_domain'].includes(run.metrics.info(name)?.role ?? ''),
  );
  const drawn = [...drawnMetrics(run, shownChart(model)), ...drawnMetrics(run)].map(({ name }) => name);
  return [...new Set([...drawn, ...others])];
}

/** A standard error; where none of n prompts is wrong, what the share is below for all that is known (95 %). */
function errorOf(estimate: Estimate | undefined): string {
  const { mean, stderr, n = 0 } = estimate ?? {};
  if (mean === 0 && stderr === 0 && n > 0) return `<${significant(3 / n, 1)}`.padStart(numberWidth);
  return number(stderr);
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? repeated(' ', numberWidth) : fitNumber(value, numberWidth);
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
