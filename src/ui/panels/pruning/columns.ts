import { leastSigma } from '../../../core/stats.ts';
import { isOpen } from '../../../protocol/mask_values.ts';
import type { MeasuredPart, RunState } from '../../../runs/state.ts';

/** Cells of the name of a part. */
export const nameWidth = 16;
/** Cells of the columns; those in `extra` are given where there is room, and a bar has the rest. */
const widths = { value: 8, change: 10, ratio: 11, verdict: 14, step: 10, base: 9, error: 9 };
/** Those of a bar, beside columns that can be left out, and at all. */
const [leastBar, shortestBar] = [8, 4];

type Extra = 'step' | 'base' | 'error';

/** What stands above the columns that are not always there. */
export const titles: Readonly<Record<Extra, string>> = { step: 'at step', base: 'with', error: '±' };

interface Columns {
  /** Cells of the bar. */
  readonly bar: number;
  /** Whether the ratio has a column of its own, and the change is said as it is. */
  readonly ratio: boolean;
  /** Columns right of the verdict, from the left. */
  readonly shown: readonly Extra[];
  width(name: keyof typeof widths): number;
}

/**
 * Of what was measured at another step than what it is compared with, the step is said before anything else.
 * @param isTelling whether there are ratios
 */
export function columnsIn(room: number, isTelling = false): Columns {
  const always = nameWidth + widths.value + widths.change + widths.verdict + 1;
  let left = room - always;
  const fits = (name: Extra | 'ratio', beside: number): boolean => {
    if (left < widths[name] + beside) return false;
    left -= widths[name];
    return true;
  };
  const step = fits('step', 0);
  const error = fits('error', leastBar);
  const base = fits('base', leastBar);
  const ratio = isTelling && fits('ratio', leastBar);
  const shown: Extra[] = [
    ...(base ? ['base' as const] : []),
    ...(error ? ['error' as const] : []),
    ...(step ? ['step' as const] : []),
  ];
  return { bar: left < shortestBar ? 0 : left, ratio, shown, width: (name) => widths[name] };
}

/** A metric that the largest effect exceeds by more than this factor is next to nothing: ratios to it tell of it alone. */
const mostTimes = 100;

/** Whether effects are told as ratios to what the metric is with the part: where that is no rounding beside them. */
export function hasRatios({ ablation }: Pick<RunState, 'ablation'>): boolean {
  const entries = [...ablation.entries.values()];
  return entries.every(({ delta, base = Number.NaN, base_stderr: error }) => {
    const isSure = base > leastSigma * (error ?? 0);
    return isSure && Math.abs(delta) <= mostTimes * base;
  });
}

/** What the metric of the board is with all that is kept, and whether that is the model as it is pruned. */
interface Baseline {
  readonly words: 'intact' | 'changed';
  readonly mean: number;
  /** Null where it is not known. */
  readonly stderr: number | null;
  readonly step: number;
}

export type Measured = Pick<RunState, 'ablation' | 'estimates' | 'probed' | 'curves' | 'mask' | 'marks'>;

/**
 * The newest that is known: of the evaluations, or what the last part was measured against. After a change of what is
 * pruned the model before it is no longer the one that is meant; a probe leaves what is intact as it is.
 */
export function baseline(run: Measured): Baseline | undefined {
  const { metric, entries } = run.ablation;
  const isPruned = !isOpen(run.mask.values);
  const [last] = [...entries.values()].filter(isOf(run)).sort((a, b) => b.step - a.step);
  const evaluated = evaluation(run, metric, isPruned);
  if (last && (!evaluated || last.step > evaluated.step))
    return {
      words: isPruned ? 'changed' : 'intact',
      mean: last.base!,
      stderr: last.base_stderr ?? null,
      step: last.step,
    };
  return evaluated;
}

/** Parts that were measured under the mask in force, with what they were measured against. */
const isOf =
  ({ mask }: Measured) =>
  ({ revision, base }: MeasuredPart): boolean =>
    revision === mask.revision && base !== undefined;

function evaluation(run: Measured, metric: string, isPruned: boolean): Baseline | undefined {
  const { estimates, curves, words } =
    run.mask.scope === 'probe' && isPruned && run.probed.estimates[metric]
      ? { ...run.probed, words: 'changed' as const }
      : { ...run, words: isPruned && run.mask.scope === 'clamp' ? ('changed' as const) : ('intact' as const) };
  const { mean = null, stderr = null } = estimates[metric] ?? {};
  const step = curves.get(metric)?.view().last?.step;
  if (mean === null || step === undefined) return undefined;
  // Evaluated before training saw the mask.
  const since = run.marks.findLast(({ kind }) => kind === 'mask')?.step ?? Number.NEGATIVE_INFINITY;
  const isBefore = run.mask.scope === 'clamp' && isPruned && step < since;
  return isBefore ? undefined : { words, mean, stderr, step };
}
