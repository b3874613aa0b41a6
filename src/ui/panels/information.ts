import { duration, factorNearOne, fitNumber, siCount, significant, thousands } from '../../core/format.ts';
import { metricInfo } from '../../metrics/catalog.ts';
import { fittedRate } from '../../metrics/rate.ts';
import type { Line } from '../../plot/text.ts';
import { fitLine, fitText, span, textWidth } from '../../plot/text.ts';
import type { RunState } from '../../runs/state.ts';
import type { Model, Size } from '../model.ts';
import { drawnMetrics } from '../shown_metrics.ts';
import type { Panel } from './contract.ts';

export const informationPanel: Panel = {
  id: 'run',
  name: 'run information',
  column: 'left',
  minimum: 9,
  ample: 13,
  maximum: 17,
  share: 1.6,
  dropped: 3,
  pictures: false,
  reads: ({ run, live }) => [run.revision, live],
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
function measured({ run }: Model, size: Size): Line[] {
  const names = measuredNames(run);
  const heading = ['now', '±', 'best', 'expected'].map((word) => word.padStart(numberWidth + 1)).join('');
  const titleWidth = size.columns - 4 * (numberWidth + 1) - 2;
  const short = names.some((name) => metricInfo(name)!.title.length > titleWidth);
  return [
    [span(` ${fitText('measured', titleWidth)}${heading}`, { fg: 'hint' })],
    ...names.map((name): Line => {
      const info = metricInfo(name)!;
      const view = run.curves.get(name)!.view();
      const best = info.better === 'none' ? undefined : view.best(info.better);
      const expected =
        run.estimates[`expected_${name}`]?.mean ?? (name === 'train_loss' ? run.theory['loss_floor'] : undefined);
      return [
        span(` ${fitText(short ? info.short : info.title, titleWidth)}`),
        span(` ${fitNumber(view.last?.value ?? null, numberWidth)}`, { bold: true }),
        span(` ${number(run.estimates[name]?.stderr)} ${number(best?.value)} ${number(expected)}`, { fg: 'hint' }),
      ];
    }),
  ];
}

/** What has a curve first, then everything else that says how well the model does. */
function measuredNames(run: RunState): string[] {
  const others = [...run.curves.keys()].filter((name) =>
    ['training', 'in_domain', 'out_of_domain'].includes(metricInfo(name)?.role ?? ''),
  );
  return [...new Set([...drawnMetrics(run).map(({ name }) => name), ...others])];
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? ' '.repeat(numberWidth) : fitNumber(value, numberWidth);
}

/** What theory says of this run: the least loss and, a step, the bound on its approach beside the approach itself. */
function theoryLines(run: RunState, columns: number): Line[] {
  const value = (name: string) => run.theory[name] ?? run.estimates[name]?.mean ?? undefined;
  const [floor, zeta, bound] = ['loss_floor', 'zeta0', 'rate_bound'].map(value);
  const gap = run.curves.get('gap');
  const fitted = gap && fittedRate(gap.view())?.factor;
  const part = (name: string, text: string, width: number): Line => [
    span(`${name} `, { fg: 'hint' }),
    span(text.padEnd(width + 2)),
  ];
  const approach = [
    ...(floor === undefined ? [] : part('floor L*', significant(floor), 7)),
    ...(zeta === undefined ? [] : part('ζ0', significant(zeta), 7)),
  ];
  const rates = [
    ...(bound === undefined ? [] : part('bound', factorNearOne(bound), 12)),
    ...(fitted === undefined ? [] : part('fitted', factorNearOne(fitted), 12)),
  ];
  return [
    ...(approach.length > 0 ? [labelled('theory', approach)] : []),
    ...(rates.length > 0 ? [labelled('rate', [...rates, span('a step', { fg: 'hint' })])] : []),
  ].map((line) => fitLine(line, columns));
}

function labelled(name: string, line: Line): Line {
  return [span(` ${name.padEnd(9)}`, { fg: 'hint' }), ...line];
}

/** What is trained and how, and how long it will take. */
function factLines({ run, live }: Model, columns: number): Line[] {
  const { task, model, train } = run.config!;
  const left = live && live.stepsPerSecond > 0 ? (live.until - live.step) / live.stepsPerSecond : Number.NaN;
  const snapshot = run.snapshots.at(-1);
  const pace = live?.pace ? `pace ${significant(live.pace)} steps/s` : 'no cap on the pace';
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
