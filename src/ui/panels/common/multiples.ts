import { fitNumber } from '../../../core/format.ts';
import type { SeriesView } from '../../../core/series.ts';
import { drawChart } from '../../../plot/chart.ts';
import type { Token } from '../../../plot/style.ts';
import { blankLine, fitLine, fitText, type Glyphs, type Line, span } from '../../../plot/text.ts';
import type { Metric } from '../../../protocol/measures.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';
import { theoryValue } from '../../state/shown_metrics.ts';

/** Cells of a small chart with its name, at least, and rows beyond which it says no more. */
const least: Size = { columns: 37, rows: 8 };
const highest = 14;
const numberWidth = 8;
const gap = 2;

export const roleOf = (role: Metric['role']): Token =>
  role === 'training' || role === 'in_domain' || role === 'out_of_domain' ? role : 'hint';

/** How many charts stand beside and above each other. */
function gridOf(count: number, { columns, rows }: Size): { readonly across: number; readonly down: number } {
  const most = { across: Math.floor((columns + gap) / (least.columns + gap)), down: Math.floor(rows / least.rows) };
  if (most.across < 1 || most.down < 1 || count < 1) return { across: 0, down: 0 };
  // As few beside each other as let all of them in: wide charts tell more.
  const across = Math.min(most.across, Math.max(1, Math.ceil(count / most.down)));
  return { across, down: Math.min(most.down, Math.ceil(count / across)) };
}

/**
 * Every curve of the run in a chart of its own, in at most `rows` rows: the first ones where there is no room for all.
 * @param names metrics, what matters most first
 */
export function smallCharts(run: RunState, names: readonly string[], size: Size, glyphs: Glyphs): Line[] {
  const { across, down } = gridOf(names.length, { ...size, rows: size.rows - 1 });
  if (across === 0) return [];
  const shown = names.slice(0, across * down);
  const each: Size = {
    columns: Math.floor((size.columns + gap) / across) - gap,
    rows: Math.min(highest, Math.floor((size.rows - 1) / down)),
  };
  const charts = shown.map((name) => smallChart(run, name, each, glyphs));
  const rows = Array.from({ length: down * each.rows }, (_, row): Line => {
    const first = Math.floor(row / each.rows) * across;
    return charts
      .slice(first, first + across)
      .flatMap((chart, at) => [...blankLine(at > 0 ? gap : 0), ...fitLine(chart[row % each.rows]!, each.columns)]);
  });
  const left = names.length - shown.length;
  return [
    [span(` every curve over the run${left > 0 ? `, ${left} more are in no chart` : ''}`, { fg: 'hint' })],
    ...rows,
  ];
}

function smallChart(run: RunState, name: string, { columns, rows }: Size, glyphs: Glyphs): Line[] {
  const info = run.metrics.info(name)!;
  const view = run.curves.get(name)!.view();
  const limit = info.limit === undefined ? undefined : theoryValue(run, info.limit);
  const role = roleOf(info.role);
  const value = fitNumber(view.last?.value ?? null, numberWidth);
  return [
    [span(` ${fitText(info.title, columns - numberWidth - 2)}`, { fg: role }), span(` ${value}`, { bold: true })],
    ...drawChart({
      width: columns,
      height: rows - 1,
      glyphs,
      legend: false,
      series: [{ label: '', role, view, probed: run.probed.curves.get(name)?.view() }],
      ...(limit !== undefined && { lines: [{ label: run.metrics.short(info.limit!), value: limit }] }),
      x: { from: run.start, to: Math.max(run.start + 1, run.step), scale: 'linear' },
      y: { scale: isPositive(view) ? 'log' : 'linear' },
    }),
  ];
}

/** Whether it is above zero all along, and changes: a log axis tells most of it then. */
function isPositive(view: SeriesView): boolean {
  const { min } = view.reduce({
    columns: 1,
    from: view.at(0)?.step ?? 0,
    to: Math.max(1, view.last?.step ?? 1),
    scale: 'linear',
  });
  return min[0]! > 0;
}
