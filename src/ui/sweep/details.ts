import { duration, fitNumber } from '../../core/format.ts';
import { drawPanel } from '../../plot/panel.ts';
import { fitLine, fitText, type Line, span, textWidth, wrapText } from '../../plot/text.ts';
import type { FollowedCell } from '../../sweep/follow.ts';
import { byEffect, type Combination, secondsFrom, shareDone, spreadOver } from '../../sweep/overview.ts';
import type { Size } from '../screen/size.ts';
import { bestOf } from './best.ts';
import { drawEffect } from './effect.ts';
import { nameOf, type SweepModel, selected, selectedCell } from './model.ts';
import { shownStates } from './states.ts';
import { briefName, spreadTexts } from './tile.ts';

/** Cells of the table of seeds; from twice as many on, that of metrics stands beside it. */
const seedColumns = 44;

/** Rows of a chart below the details, at least and at most. */
const chartRows = { least: 10, most: 18 };

/** The details, and below them a chart of all combinations where they leave room for it and it stands nowhere else. */
export function drawDetailsAndEffect(model: SweepModel, { columns, rows }: Size): Line[] {
  const whole = { columns, rows };
  // Laying out a thousand combinations would take longer than a frame.
  if (model.matrix.combinations.length > rows - chartRows.least) return drawDetails(model, whole);
  const left = Math.min(chartRows.most, rows - wantedRows(model, columns));
  const chart = left < chartRows.least ? undefined : drawEffect(model, { columns, rows: left });
  return chart ? [...drawDetails(model, { columns, rows: rows - left }), ...chart] : drawDetails(model, whole);
}

/** Rows in which nothing is cut. */
function wantedRows(model: SweepModel, columns: number): number {
  const [combination, cell] = [selected(model), selectedCell(model)];
  const rows = model.metrics.length + 2 * model.matrix.combinations.length + (combination?.cells.length ?? 0) + 20;
  return combination && cell ? 2 + bodyOf(model, combination, cell, { columns: columns - 2, rows }).length : 0;
}

/** What is known of the selected combination: its seeds, what they measure, and the run under the cursor. */
export function drawDetails(model: SweepModel, { columns, rows }: Size): Line[] {
  const combination = selected(model);
  const cell = selectedCell(model);
  const inside = columns - 2;
  const body =
    combination && cell
      ? bodyOf(model, combination, cell, { columns: inside, rows: rows - 2 })
      : [[span(' the sweep has no runs', { fg: 'hint' })]];
  const title = combination ? nameOf(combination) : 'details';
  return drawPanel({ width: columns, height: rows, title, glyphs: model.look.glyphs, body });
}

function bodyOf(model: SweepModel, combination: Combination, cell: FollowedCell, { columns, rows }: Size): Line[] {
  const run = ofRun(cell, columns);
  const room = rows - run.length - 1;
  if (columns >= 1.7 * seedColumns) {
    const seeds = seedTable(model, combination.cells, cell, room);
    const metrics = metricTable(model, combination, { columns: columns - seedColumns, rows: room });
    const lines = Array.from({ length: Math.max(seeds.length, metrics.length) }, (_, row) => [
      ...fitLine(seeds[row] ?? [], seedColumns),
      ...(metrics[row] ?? []),
    ]);
    return [...lines, [], ...run];
  }
  const forMetrics = Math.min(model.metrics.length, Math.max(0, room - combination.cells.length - 2));
  const seeds = seedTable(model, combination.cells, cell, forMetrics > 0 ? room - forMetrics - 1 : room);
  const metrics = forMetrics > 0 ? [[], ...metricTable(model, combination, { columns, rows: forMetrics })] : [];
  const lines = [...seeds, ...metrics, [], ...run];
  return [...lines, ...ranking(model, combination, { columns, rows: rows - lines.length })];
}

/** Rows from which the combinations are ranked below the selected one. */
const leastRanking = 5;

/** All combinations by their mean of the metric, the best first, where that is said of it. */
function ranking(model: SweepModel, combination: Combination, { columns, rows }: Size): Line[] {
  const { data, matrix, metric = '' } = model;
  const info = data.metrics?.info(metric);
  if (rows < leastRanking || bestOf(model) === undefined || !info) return [];
  const all = byEffect(matrix.combinations, metric, info.better).filter((one) => spreadOver(one, metric).mean !== null);
  const seen = cut(all, all.indexOf(combination), rows - 2);
  const places = String(all.length).length;
  const isLong = (room: number) => all.some((one) => textWidth(nameOf(one)) > room);
  const lines = seen.shown.map((one): Line => {
    const [value = ''] = spreadTexts(spreadOver(one, metric));
    const isHere = one === combination;
    const room = columns - textWidth(value) - places - 7;
    const name = `${String(all.indexOf(one) + 1).padStart(places)}  ${isLong(room) ? briefName(one) : nameOf(one)}`;
    return [
      span(isHere ? ' ▸ ' : '   ', { fg: 'focus', bold: true }),
      span(fitText(name, Math.max(8, columns - textWidth(value) - 5)), isHere ? { bold: true } : { fg: 'hint' }),
      span(` ${value}`),
    ];
  });
  return [[], [span(` best ${info.short} first`, { fg: 'hint' })], ...lines, ...seen.note];
}

/** State, progress, value of the metric, and time taken or left of each seed. */
function seedTable(model: SweepModel, cells: readonly FollowedCell[], cell: FollowedCell, rows: number): Line[] {
  const { metric, data } = model;
  const short = metric === undefined ? '' : (data.metrics?.short(metric) ?? metric);
  const head = `   seed state     ${fitText(short, 13, 'right')}         time`;
  const seen = cut(cells, cells.indexOf(cell), rows - 1);
  const lines = seen.shown.map((one): Line => {
    const { sign, word, style } = shownStates[one.state];
    const isHere = one === cell;
    const value = metric === undefined ? null : (one.last.get(metric) ?? null);
    const share = one.state === 'done' ? '' : `${Math.floor(100 * shareDone([one], data.sweep.steps))} %`;
    return [
      span(isHere ? ' ▸ ' : '   ', { fg: 'focus', bold: true }),
      span(`${String(one.seed).padEnd(4)} `, isHere ? { fg: 'focus', bold: true } : {}),
      span(`${sign} ${word}`.padEnd(11), style),
      span(share.padStart(4)),
      span(` ${fitNumber(value, 7)}`),
      span(` ${timeOf(one, data.sweep).padStart(12)}`, { fg: 'hint' }),
    ];
  });
  return [[span(head, { fg: 'hint' })], ...lines, ...seen.note];
}

function timeOf({ state, step, stepsPerSecond, seconds }: FollowedCell, sweep: SweepModel['data']['sweep']): string {
  if (state !== 'running') return seconds === undefined ? '' : duration(seconds);
  return stepsPerSecond === null ? '' : `${duration(secondsFrom(sweep, step, stepsPerSecond))} left`;
}

function metricTable(model: SweepModel, combination: Combination, size: Size): Line[] {
  const { metrics, metric, data } = model;
  const seen = cut(metrics, metrics.indexOf(metric ?? ''), size.rows);
  const lines = seen.shown.map((name): Line => {
    const [value = ''] = spreadTexts(spreadOver(combination, name));
    const text = fitText(data.metrics?.short(name) ?? name, Math.max(8, size.columns - textWidth(value) - 5));
    const isHere = name === metric;
    return [
      span(isHere ? ' ▸ ' : '   ', { fg: 'focus', bold: true }),
      span(text, isHere ? { bold: true } : { fg: 'hint' }),
      span(` ${value}`),
    ];
  });
  return [...lines, ...seen.note];
}

/** Why the run under the cursor is over, and what it is called. */
function ofRun({ run, state, reason }: FollowedCell, columns: number): Line[] {
  const why = reason === undefined ? [] : wrapText(reason, columns - 2).slice(0, 3);
  return [
    ...why.map((text): Line => [span(` ${text}`, shownStates[state].style)]),
    [span(` run ${fitText(run, columns - 5)}`, { fg: 'hint' })],
  ];
}

/** As many of a list as fit, round the one at `at`; what is left out is counted in the last line. */
function cut<T>(list: readonly T[], at: number, rows: number): { shown: readonly T[]; note: Line[] } {
  if (list.length <= rows) return { shown: list, note: [] };
  const seen = Math.max(1, rows - 1);
  const first = Math.max(0, Math.min(at - Math.floor(seen / 2), list.length - seen));
  const [above, below] = [first, list.length - first - seen];
  const words = [...(above > 0 ? [`${above} above`] : []), ...(below > 0 ? [`${below} below`] : [])];
  return { shown: list.slice(first, first + seen), note: [[span(`   … ${words.join(', ')}`, { fg: 'hint' })]] };
}
