import { fitNumber, plural, shortened, siCount, significant, thousands } from '../../core/format.ts';
import { Series } from '../../core/series.ts';
import { isNumbered } from '../../metrics/names.ts';
import { metricsOf } from '../../models/known/measures.ts';
import { plainChart } from '../../plot/ascii.ts';
import type { Estimate } from '../../protocol/events.ts';
import { formatIntervention, type Intervention, isRemoval } from '../../protocol/interventions.ts';
import { formatMaskEdit } from '../../protocol/mask_edits.ts';
import type { Order, PartKind } from '../../pruning/names.ts';
import type { PruningCurve, PruningReport } from './report.ts';

/** Tables and charts for people. */
export function asText(report: PruningReport): string[] {
  const { curves } = report;
  const isCurve = curves.length > 1 || curves[0]!.points.length > 1;
  return [
    ...heading(report),
    '',
    ...(isCurve ? curveTable(report) : pointTable(report)),
    ...(report.compact ? ['', ...compactTable(report.compact)] : []),
  ];
}

function heading({ file, step, config, intervention, kind, parts, score, scores, curves }: PruningReport): string[] {
  const { task, model, evaluate, prune } = config;
  const layers = scores ? scores.values.shape[0]! : undefined;
  const of = layers === undefined ? [] : [`${plural(parts, kind.slice(0, -1))} × ${plural(layers, 'layer')}`];
  const ranked = scores && curves.some(({ order }) => order !== 'random') ? [`ranked by ${score}`] : [];
  const given = isRemoval(intervention) ? [] : [`given ${formatIntervention(intervention)}`];
  return [
    `${file} · step ${thousands(step)}`,
    `${task.name} · ${model.name}`,
    [...of, ...given, ...ranked, `measured on ${thousands(evaluate.prompts)} held-out prompts`, ...prune.settings].join(
      ' · ',
    ),
  ];
}

const orderTitles: Readonly<Record<Order, string>> = {
  smallest: 'smallest first',
  largest: 'largest first',
  random: 'random',
};
const columnWidth = 21;

/** The metric shown, order by order, and as curves. */
function curveTable({ shown, curves, config, intervention, kind, parts, before }: PruningReport): string[] {
  const repeats = config.prune.repeats;
  const header = `${isRemoval(intervention) ? 'pruned' : ' given'}  parts${curves.map(({ order }) => orderTitles[order].padStart(columnWidth)).join('')}`;
  const rows = curves[0]!.points.map(({ fraction, removed }, i) => {
    const cells = curves.map(({ points }) => estimateText(points[i]!.metrics[shown]!).padStart(columnWidth));
    return `${percent(fraction).padStart(6)}${thousands(removed).padStart(7)}${cells.join('')}`;
  });
  const already = `${before} ${before === 1 ? kind.slice(0, -1) : kind}`;
  const nothing = nothingDone(curves[0]!.points, kind, parts);
  const averaged = curves.some(({ order }) => order === 'random') && repeats > 1;
  return [
    `${metricsOf(config).title(shown)} (${shown})`,
    header,
    ...rows,
    ...nothing,
    ...(before > 0 ? [`parts: with ${already} pruned before, which go first in every order`] : []),
    ...(averaged ? [`random: mean of ${repeats} orders, ± its standard error; else ± over prompts`] : []),
    ...(nothing.length > 0 ? [] : ['', ...chartOf(curves, shown, intervention)]),
  ];
}

const chartOf = (curves: readonly PruningCurve[], shown: string, intervention: Intervention): string[] =>
  plainChart({
    series: curves.map((curve) => ({ label: orderTitles[curve.order], view: seriesOf(curve, shown) })),
    width: 76,
    height: 16,
    scale: 'linear',
    axis: isRemoval(intervention) ? '% pruned' : '% given',
  });

/** Where every fraction asked for is less than half of a part, that the table says nothing of parts. */
function nothingDone(points: PruningCurve['points'], kind: PartKind, parts: number): string[] {
  const [first, ...rest] = points;
  if (rest.length === 0 || rest.some(({ edits }) => edits.length > 0) || first!.edits.length > 0) return [];
  const most = percent(points.at(-1)!.fraction);
  return [
    `parts: ${most} of ${plural(parts, kind.slice(0, -1))} is none; --curve 0:1:${Number((1 / parts).toFixed(6))} goes to all`,
  ];
}

function seriesOf({ points }: PruningCurve, metric: string) {
  const series = new Series();
  for (const { fraction, metrics } of points) series.push(100 * fraction, metrics[metric]!.mean);
  return series.view();
}

/** Every metric before and after. */
function pointTable({ baseline, curves, intervention, kind, parts, config }: PruningReport): string[] {
  const title = (name: string): string => metricsOf(config).title(name);
  const { metrics, removed, edits } = curves[0]!.points[0]!;
  const differ = Object.entries(baseline).filter(([name, { mean }]) => mean !== metrics[name]!.mean);
  // What there is one of for every place comes after what there is one of.
  const changed = differ.sort(([a], [b]) => Number(isNumbered(a)) - Number(isNumbered(b)));
  const unchanged = Object.keys(baseline).length - changed.length;
  const width = Math.max(0, ...changed.map(([name]) => title(name).length)) + 2;
  const rows = changed.map(([name, before]) => {
    const after = metrics[name]!;
    const change = before.mean === null || after.mean === null ? null : after.mean - before.mean;
    const cells = [
      estimateText(before),
      estimateText(after),
      `${change !== null && change > 0 ? '+' : ''}${significant(change)}`,
    ];
    return `${title(name).padEnd(width)}${cells.map((cell) => cell.padStart(columnWidth)).join('')}`;
  });
  const what = edits.length > 0 ? ` · ${shortened(edits.map(formatMaskEdit).join(','))}` : '';
  // From where it is grafted the heading says.
  const { source: _, ...brief } = intervention;
  const deed = isRemoval(intervention) ? 'pruned' : formatIntervention(brief);
  return [
    `${deed}: ${plural(removed, kind.slice(0, -1))}${removed > 0 && parts > 0 ? what : ''}`,
    `${''.padEnd(width)}${['before', deed, 'change'].map((word) => word.padStart(columnWidth)).join('')}`,
    ...rows,
    ...(unchanged > 0 ? [`unchanged: ${unchanged}${changed.length > 0 ? ' other' : ''} metrics`] : []),
  ];
}

function compactTable(compact: NonNullable<PruningReport['compact']>): string[] {
  const { file, params_before, params_after, flops_before, flops_after, ms_before, ms_after, rounds, masked } = compact;
  const row = (name: string, before: string, after: string, ratio: number) =>
    `${name.padEnd(34)}${before.padStart(10)} → ${after.padEnd(10)}${ratio.toFixed(2).padStart(5)}×`;
  return [
    `smaller model written to ${file}`,
    row('parameters', thousands(params_before), thousands(params_after), params_after / params_before),
    row('operations of a forward pass', siCount(flops_before), siCount(flops_after), flops_after / flops_before),
    row('milliseconds of a forward pass', significant(ms_before), significant(ms_after), ms_after / ms_before),
    `medians of ${rounds} runs of each in turn; predictions differ by ${significant(compact.difference)} of the largest`,
    ...(masked.heads + masked.neurons > 0
      ? [`${masked.heads} heads and ${masked.neurons} neurons stay, masked: all layers have as many`]
      : []),
  ];
}

function estimateText({ mean, stderr }: Estimate): string {
  return stderr === null ? fitNumber(mean, 9) : `${fitNumber(mean, 9)} ± ${fitNumber(stderr, 7)}`;
}

function percent(fraction: number): string {
  return `${Number((100 * fraction).toFixed(2))} %`;
}
