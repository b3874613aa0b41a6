import { duration, factorNearOne, fitNumber, siCount, significant, thousands } from '../../core/format.ts';
import { metricInfo } from '../../metrics/catalog.ts';
import type { Line } from '../../plot/text.ts';
import { fitLine, fitText, span, textWidth } from '../../plot/text.ts';
import type { RunState } from '../../runs/state.ts';
import type { Model, Size } from '../state/model.ts';
import { drawnMetrics, fittedGap, shownChart, theoryValue } from '../state/shown_metrics.ts';
import type { Panel } from './contract.ts';

export const informationPanel: Panel = {
  id: 'run',
  name: 'run information',
  column: 'left',
  minimum: 9,
  ample: 13,
  maximum: 18,
  share: 2,
  dropped: 3,
  pictures: false,
  reads: ({ run, live, view }) => [run.revision, live, view.chart],
  draw(model, size) {
    const { run } = model;
    if (!run.config) return { title: 'run', body: [[span(' waiting for the trainer', { fg: 'hint' })]] };
    const facts = [...theoryLines(run, size.columns), ...factLines(model, size.columns)];
    const table = measured(model, size);
    const gap = table.length + facts.length < size.rows ? 1 : 0;
    const room = Math.max(2, size.rows - facts.length - gap);
    return {
      title: 'run',
      ...(run.config.title && { detail: run.config.title }),
      body: [...table.slice(0, room), ...Array.from({ length: gap }, () => []), ...facts],
    };
  },
};

const numberWidth = 8;

/** A table of what was measured last, with its standard error, the best so far and what theory expects. */
function measured(model: Model, size: Size): Line[] {
  const { run } = model;
  const names = measuredNames(model);
  const heading = ['now', '±', 'best', 'expected'].map((word) => word.padStart(numberWidth + 1)).join('');
  const titleWidth = size.columns - 4 * (numberWidth + 1) - 2;
  const short = names.some((name) => metricInfo(name)!.title.length > titleWidth);
  return [
    [span(` ${fitText('measured', titleWidth)}${heading}`, { fg: 'hint' })],
    ...names.map((name): Line => {
      const info = metricInfo(name)!;
      const view = run.curves.get(name)!.view();
      const best = info.better === 'none' ? undefined : view.best(info.better);
      const limit = limits[name];
      const expected = run.estimates[`expected_${name}`]?.mean ?? (limit === undefined ? undefined : run.theory[limit]);
      return [
        span(` ${fitText(short ? info.short : info.title, titleWidth)}`),
        span(` ${fitNumber(view.last?.value ?? null, numberWidth)}`, { bold: true }),
        span(` ${number(run.estimates[name]?.stderr)} ${number(best?.value)} ${number(expected)}`, { fg: 'hint' }),
      ];
    }),
  ];
}

/** What theory says that a metric comes to. */
const limits: Readonly<Record<string, string>> = { train_loss: 'loss_floor', gap_to_best_ridge: 'ridge_gap' };

/** What is drawn first, then everything else that says how well the model does. */
function measuredNames(model: Model): string[] {
  const { run } = model;
  const others = [...run.curves.keys()].filter((name) =>
    ['training', 'in_domain', 'out_of_domain'].includes(metricInfo(name)?.role ?? ''),
  );
  const drawn = [...drawnMetrics(run, shownChart(model)), ...drawnMetrics(run)].map(({ name }) => name);
  return [...new Set([...drawn, ...others])];
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? ' '.repeat(numberWidth) : fitNumber(value, numberWidth);
}

/** What theory says of this run: the least losses, how it starts, and, a step, the bound on its approach beside the approach. */
function theoryLines(run: RunState, columns: number): Line[] {
  const value = (name: string) => theoryValue(run, name);
  const fitted = fittedGap(run)?.factor;
  const bound = value('rate_bound');
  const least = [...part('floor L*', value('loss_floor'), 8), ...part('with Q frozen', value('frozen_loss_floor'), 8)];
  const rates = [
    ...(bound === undefined ? [] : said('bound', factorNearOne(bound), 14)),
    ...(fitted === undefined ? [] : said('fitted', factorNearOne(fitted), 14)),
  ];
  return [
    ...(least.length > 0 ? [labelled('theory', least)] : []),
    ...startLine(run),
    ...(rates.length > 0 ? [labelled('rate', [...rates, span('a step', { fg: 'hint' })])] : []),
  ].map((line) => fitLine(line, columns));
}

/** ζ0 and the check of Assumption 2, which follow from the heads as they started. */
function startLine(run: RunState): Line[] {
  if (run.theory['zeta0'] === null) {
    return [labelled('start', [span('ζ0, ranks and bound follow in a moment', { fg: 'hint' })])];
  }
  const [zeta0, failing] = [theoryValue(run, 'zeta0'), theoryValue(run, 'rank_deficient_tokens')];
  if (zeta0 === undefined || failing === undefined) return [];
  const check =
    failing === 0 ? 'holds' : `fails at ${thousands(failing)} of ${thousands(run.model?.pattern.rows ?? null)} tokens`;
  return [labelled('start', [...part('ζ0', zeta0, 8), ...said('Assumption 2', check, 0)])];
}

function part(name: string, value: number | undefined, width: number): Line {
  return value === undefined ? [] : said(name, significant(value), width);
}

function said(name: string, text: string, width: number): Line {
  return [span(`${name} `, { fg: 'hint' }), span(text.padEnd(width + 2))];
}

function labelled(name: string, line: Line): Line {
  return [span(` ${name.padEnd(9)}`, { fg: 'hint' }), ...line];
}

/** What is trained and how, and how long it will take. */
function factLines({ run, live }: Model, columns: number): Line[] {
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
