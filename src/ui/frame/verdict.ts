import { duration, significant, thousands } from '../../core/format.ts';
import { mean, std } from '../../core/stats.ts';
import { headlineMetric } from '../../metrics/headline.ts';
import { trainLoss } from '../../metrics/shared.ts';
import { type Line, span } from '../../plot/text.ts';
import type { RunState } from '../../runs/state.ts';
import { endingOf } from '../state/endings.ts';
import { isGroupOver, runsOf } from '../state/group.ts';
import type { Model } from '../state/model.ts';

/**
 * How a run has ended and what has come of it, the fullest form first: what keys do next stands below. Of several runs in
 * view, once all have ended, what has come of them on average.
 */
export function verdict(model: Model): Line[] {
  const { run } = model;
  const { sign, words: ending, colour } = endingOf(run);
  const isMean = model.group?.all === true && isGroupOver(model);
  const time = run.summary && !isMean ? ` in ${duration(run.summary.seconds)}` : '';
  const words = model.group && !isMean ? `seed ${run.config?.seed} ${ending}` : ending;
  const others = model.group && !isGroupOver(model) ? '; [ ] go to other seeds' : '';
  const ended = (text: string): Line => [span(`${sign} `, { fg: colour, bold: true }), span(text, { bold: true })];
  const [judged = '', floor = '', shortFloor = ''] = isMean
    ? meanOutcome(runsOf(model))
    : outcome(lossOf(run), floorOf(run), judgedBy(run));
  const forms = [[floor, judged], [shortFloor, judged], [floor || judged], [shortFloor || judged]].map((parts) =>
    parts.filter((part) => part !== ''),
  );
  const said = forms.map(
    (parts): Line => [...ended(`${words}${time}${others}`), ...parts.map((part) => span(` · ${part}`))],
  );
  return [...said, ended(`${words}${time}${others}`), ended(`${words}${others}`)];
}

const lossOf = ({ curves }: RunState): number | undefined => curves.get(trainLoss)?.view().last?.value;
const floorOf = ({ metrics, theory }: RunState): number | undefined =>
  theory[metrics.info(trainLoss)?.limit ?? ''] ?? undefined;
const headlineOf = ({ metrics, estimates }: RunState): string | undefined =>
  headlineMetric(metrics, (one) => typeof estimates[one]?.mean === 'number');

/** What a run is judged by, with its standard error. */
function judgedBy(run: RunState): string | undefined {
  const name = headlineOf(run);
  const { mean = null, stderr = null, n = 0 } = name === undefined ? {} : run.estimates[name]!;
  const error = stderr ? ` ± ${significant(stderr, 2)}` : mean === 0 && n > 0 ? ` of ${thousands(n)} prompts` : '';
  return name === undefined ? undefined : `${run.metrics.short(name)} ${significant(mean)}${error}`;
}

/** What a run is judged by, and its loss against the least possible, in full and in short. */
function outcome(
  loss: number | undefined,
  floor: number | undefined,
  judged: string | undefined,
  of = '',
): readonly (string | undefined)[] {
  if (!floor || !loss) return [judged];
  const above = loss / floor - 1;
  const words = above < 1 ? `within ${significant(100 * Math.max(0, above), 2)} % of` : `${significant(1 + above)} ×`;
  const whose = of === '' ? 'its' : 'the mean';
  return [
    judged,
    `${of}loss ${significant(loss)}, ${words} ${whose} floor L* ${significant(floor)}`,
    `${of}loss ${words} L*`,
  ];
}

/** Means over runs that have a value, of the headline metric with the standard deviation between them. */
function meanOutcome(runs: readonly RunState[]): readonly (string | undefined)[] {
  const measured = (of: (run: RunState) => number | null | undefined): number[] =>
    runs.map(of).filter((value) => typeof value === 'number');
  const [losses, floors] = [measured(lossOf), measured(floorOf)];
  const isWhole = losses.length > 0 && losses.length === floors.length;
  return outcome(
    isWhole ? mean(losses) : undefined,
    isWhole ? mean(floors) : undefined,
    meanJudged(runs, measured),
    'mean ',
  );
}

function meanJudged(
  runs: readonly RunState[],
  measured: (of: (run: RunState) => number | null | undefined) => number[],
): string | undefined {
  const name = runs.map(headlineOf).find((one) => one !== undefined);
  if (name === undefined) return undefined;
  const values = measured(({ estimates }) => estimates[name]?.mean);
  const spread = std(values);
  const short = runs[0]!.metrics.short(name);
  if (spread === 0) return `${short} ${significant(values[0]!)} in all ${values.length}`;
  const error = spread === null ? '' : ` ± ${significant(spread, 2)} sd`;
  return `mean ${short} ${significant(mean(values))}${error} of ${values.length}`;
}
