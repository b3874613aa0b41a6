import { changeText, fitNumber, signed, significant, thousands } from '../../../core/format.ts';
import { leastSigma } from '../../../core/stats.ts';
import { bar } from '../../../plot/sparkline.ts';
import type { Style } from '../../../plot/style.ts';
import { fitText, type Line, repeated, span } from '../../../plot/text.ts';
import type { MeasuredPart } from '../../../runs/state.ts';
import { isExact, pastAmong } from '../../state/ranking.ts';
import { baseline, columnsIn, hasRatios, type Measured } from './columns.ts';

/** What is read of a model to say what was measured of its parts. */
interface Shown {
  readonly run: Measured;
}

/** What was measured of a part; of another step or mask than what stands above, it stands back and says so. */
export function measuredCells(
  { run }: Shown,
  entry: MeasuredPart,
  isPruned: boolean,
  largest: number,
  columns: number,
): Line {
  const { delta, base = Number.NaN, stderr, step } = entry;
  const isOld = entry.revision !== run.mask.revision;
  const isWeak = isOld || isPruned || isNoise(entry) || pastAmong(run)(entry);
  const known = baseline(run);
  const isApart = isWeak || step !== known?.step;
  const isTelling = hasRatios(run);
  const { bar: barWidth, ratio, width, shown } = columnsIn(columns, isTelling);
  const times = isTelling ? changeText(base, base + delta) : undefined;
  const change = ratio || times === undefined ? signed(delta) : times;
  const verdict = isOld ? 'old mask' : verdictOn(run, entry);
  const texts = {
    base: fitNumber(base, width('base')),
    error: fitNumber(stderr, width('error')),
    step: thousands(step).padStart(width('step')),
  };
  const weak: Style = { fg: 'hint' };
  return [
    span(fitNumber(base + delta, width('value')), isApart ? weak : { fg: 'value' }),
    span(change.padStart(width('change')), isWeak ? weak : { fg: 'value', bold: true }),
    ...(ratio ? [span(times!.padStart(width('ratio')), weak)] : []),
    span(
      barWidth > 0 ? ` ${fitText(barWithError(delta / largest, (stderr ?? 0) / largest, barWidth), barWidth)}` : ' ',
      { fg: 'in_domain', dim: isWeak },
    ),
    span(` ${verdict}`.padEnd(width('verdict')), weak),
    ...shown.map((name) => span(texts[name], name === 'step' && step === known?.step ? {} : weak)),
  ];
}

/** A bar as long as a share of its room, and behind it a line as long as its standard error. */
function barWithError(share: number, error: number, width: number): string {
  const body = bar(Math.max(0, Math.min(1, share)), width).trimEnd();
  return body + repeated('─', Math.max(0, Math.min(width - body.length, Math.round(error * width))));
}

export function isNoise({ delta, stderr }: MeasuredPart): boolean {
  return stderr !== null && Math.abs(delta) < leastSigma * stderr;
}

/** Beyond so many standard errors a larger number says no more. */
const mostSigmas = 100;

/** How sure an effect is. Of a single prompt or task no standard error is known. */
function verdictOn(run: Shown['run'], entry: MeasuredPart): string {
  const { delta, stderr } = entry;
  if (stderr === null) return isExact(run) ? 'exact' : 'error unknown';
  if (isNoise(entry)) return 'within noise';
  if (stderr === 0) return 'the same';
  const sigmas = Math.abs(delta) / stderr;
  return sigmas > mostSigmas ? `> ${mostSigmas}σ` : `${significant(sigmas, 2)}σ`;
}
