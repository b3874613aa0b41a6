import { changeText, fitNumber, significant } from '../../../core/format.ts';
import type { SeriesView } from '../../../core/series.ts';
import { trainLoss } from '../../../metrics/shared.ts';
import { sparkline } from '../../../plot/sparkline.ts';
import { fitText, type Line, repeated, span } from '../../../plot/text.ts';
import type { Estimate } from '../../../protocol/events.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';
import type { View } from '../../state/model.ts';
import { drawnMetrics, shownChart, theoryValue } from '../../state/shown_metrics.ts';
import { roleOf } from '../common/multiples.ts';
import { smoothedBy, smoothingOf } from '../common/smoothing.ts';

interface ShowsMeasured {
  readonly run: RunState;
  readonly view: Pick<View, 'chart' | 'head' | 'smoothing'>;
}

const numberWidth = 8;
/** Eighths of a row that a curve takes at most, so that it keeps off the one above. */
const tallest = 7;
/** Cells of a title beside a curve, and of the curve. */
const longestTitle = 44;
const [leastCurve, widestCurve] = [20, 80];

/**
 * A table of what was measured last, with its standard error, the best so far and what theory expects; while a probe prunes,
 * of what the intact and the probed model measure, with the error of the latter, and by how much they differ.
 */
export function measured(model: ShowsMeasured, size: Size): Line[] {
  const { run } = model;
  const names = measuredNames(model);
  const isProbed = Object.keys(run.probed.estimates).length > 0;
  const words = isProbed ? ['intact', 'probed', '±', 'change'] : ['now', '±', 'best', 'expected'];
  const heading = words.map((word) => word.padStart(numberWidth + 1)).join('');
  const room = size.columns - 4 * (numberWidth + 1) - 2;
  const curve = Math.min(widestCurve, room - longestTitle);
  const hasCurves = curve >= leastCurve;
  const title = hasCurves ? room - curve - 1 : room;
  const isShort = names.some((name) => titleOf(model, name, false).length > title);
  const over = fitText(curve < 40 ? ' over the run' : ' over the run, log scale', curve + 1);
  return [
    [span(` ${fitText('measured', title)}${hasCurves ? over : ''}${heading}`, { fg: 'hint' })],
    ...names.map(
      (name): Line => [
        span(` ${fitText(titleOf(model, name, isShort), title)}`),
        ...(hasCurves
          ? [span(` ${curveOf(viewOf(model, name), curve)}`, { fg: roleOf(run.metrics.info(name)!.role) })]
          : []),
        ...(isProbed ? probedNumbers(model, name) : numbers(model, name)),
      ],
    ),
  ];
}

/** What is drawn first, then everything else that says how well the model does. */
export function measuredNames({ run, view }: ShowsMeasured): string[] {
  const others = [...run.curves.keys()].filter((name) =>
    ['training', 'in_domain', 'out_of_domain'].includes(run.metrics.info(name)?.role ?? ''),
  );
  const drawn = [...drawnMetrics(run, shownChart({ run, view })), ...drawnMetrics(run)].map(({ name }) => name);
  return [...new Set([...drawn, ...others])];
}

/** Weight of the past where a metric is smoothed, as its curve is; 0 where it is not. */
const smoothingIn = (model: ShowsMeasured, name: string): number => (name === trainLoss ? smoothingOf(model) : 0);

function titleOf(model: ShowsMeasured, name: string, isShort: boolean): string {
  const { title, short } = model.run.metrics.info(name)!;
  return `${isShort ? short : title}${smoothingIn(model, name) > 0 ? ', smoothed' : ''}`;
}

function viewOf(model: ShowsMeasured, name: string): SeriesView {
  const curve = model.run.curves.get(name)!;
  const smoothing = smoothingIn(model, name);
  return (smoothing > 0 ? smoothedBy(curve, smoothing) : curve).view();
}

function numbers(model: ShowsMeasured, name: string): Line {
  const { run } = model;
  const { better, limit } = run.metrics.info(name)!;
  const view = viewOf(model, name);
  const best = better === 'none' ? undefined : view.best(better);
  const expected = limit === undefined ? undefined : theoryValue(run, limit);
  return [
    span(` ${fitNumber(view.last?.value ?? null, numberWidth)}`, { bold: true }),
    span(` ${errorOf(run.estimates[name])} ${number(best?.value)} ${number(expected)}`, { fg: 'hint' }),
  ];
}

function probedNumbers(model: ShowsMeasured, name: string): Line {
  const probed = model.run.probed.estimates[name];
  const intact = viewOf(model, name).last?.value ?? null;
  const change = probed ? changeText(intact ?? Number.NaN, probed.mean ?? Number.NaN) : '';
  return [
    span(` ${fitNumber(intact, numberWidth)}`, { bold: true }),
    span(` ${number(probed?.mean)}`, { fg: 'pruned', bold: true }),
    span(` ${errorOf(probed)} ${change.padStart(numberWidth)}`, { fg: 'hint' }),
  ];
}

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

/** A standard error; where none of n prompts is wrong, what the share is below for all that is known (95 %). */
function errorOf(estimate: Estimate | undefined): string {
  const { mean, stderr, n = 0 } = estimate ?? {};
  if (mean === 0 && stderr === 0 && n > 0) return `<${significant(3 / n, 1)}`.padStart(numberWidth);
  return number(stderr);
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? repeated(' ', numberWidth) : fitNumber(value, numberWidth);
}
