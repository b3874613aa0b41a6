import { runTokens } from '../../plot/style.ts';
import type { Axis, Compared } from '../../runs/compare/compared.ts';
import { axes, curveNames, decidingRow, metricRows } from '../../runs/compare/compared.ts';
import { type HeadTable, headTable } from '../../runs/compare/head_table.ts';
import { type HeadPatterns, headPatterns } from '../../runs/patterns.ts';
import type { Size } from '../screen/size.ts';
import type { Look } from '../terminal/look.ts';

/** Everything the screen of several runs is drawn from. */
export interface CompareModel {
  readonly runs: readonly Compared[];
  readonly patterns: readonly (HeadPatterns | undefined)[];
  readonly heads: HeadTable | undefined;
  readonly size: Size;
  readonly look: Look;
  /** Curves that can be shown, and which one is. */
  readonly curves: readonly string[];
  readonly curve: number;
  readonly axis: Axis;
  /** Undefined leaves it to how far the values spread. */
  readonly logY: boolean | undefined;
  readonly logX: boolean;
  /** Whether heads show what they differ in from the first run's. */
  readonly differing: boolean;
  /** First column of heads and first row of the table in view. */
  readonly column: number;
  readonly row: number;
  /** On small screens, what stands below the curves; on low ones, what stands alone. Undefined until that was chosen. */
  readonly below: Below | undefined;
  readonly prompt: number;
  readonly help: boolean;
  readonly notice: string;
}

const belows = ['curves', 'metrics', 'heads', 'settings'] as const;
export type Below = (typeof belows)[number];

/** What there is to choose from: not what stands above it. */
function belowsOf({ size, runs }: CompareModel): readonly Below[] {
  if (size.rows < lowRows) return belows;
  return hasMetricsBeside(size.columns, runs.length) ? ['heads', 'settings'] : ['heads', 'metrics', 'settings'];
}

/** Columns from which metrics of few runs stand beside the curves of a small screen. */
const beside = { columns: 76, runs: 3 };

export const hasMetricsBeside = (columns: number, runs: number): boolean =>
  columns >= beside.columns && runs <= beside.runs;

/** What stands below the curves, or alone. */
export function belowOf(model: CompareModel): Below {
  const all = belowsOf(model);
  return model.below !== undefined && all.includes(model.below) ? model.below : all[0]!;
}

/** What comes after it with the next key. */
export function nextBelow(model: CompareModel): Below {
  const all = belowsOf(model);
  return all[(all.indexOf(belowOf(model)) + 1) % all.length]!;
}

/** Rows of a screen below which it shows one panel at a time. */
export const lowRows = 23;

/** The screen after an action, and what is to be done outside it. */
export interface CompareStep {
  readonly model: CompareModel;
  readonly effects: readonly ('leave' | 'suspend' | 'postcard')[];
}

export function quiet(model: CompareModel): CompareStep {
  return { model, effects: [] };
}

export function initialCompare(runs: readonly Compared[], size: Size, look: Look): CompareModel {
  const patterns = runs.map(({ frame, state }) => headPatterns(frame, state.model.pattern));
  const curves = [...curveNames(runs), ...(runs.some(({ pruning }) => pruning.length > 0) ? [pruningCurve] : [])];
  return {
    runs,
    patterns,
    heads: headTable(patterns),
    size,
    look,
    curves,
    // Where all runs are as good by what they are judged by first, what tells them apart.
    curve: Math.max(0, curves.indexOf(decidingRow(metricRows(runs), curves[0])?.name ?? '')),
    axis: axes[0],
    logY: undefined,
    logX: false,
    differing: false,
    column: 0,
    row: 0,
    below: undefined,
    prompt: 0,
    help: false,
    notice: runs.flatMap(({ name, notices }) => notices.map((notice) => `${name}: ${notice}`)).join('; '),
  };
}

/** Stands among the names of curves for error against the share that is pruned. */
export const pruningCurve = 'pruning';

/** The colour of a run. */
export const runToken = (index: number) => runTokens[index % runTokens.length]!;
