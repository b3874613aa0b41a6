import { runTokens } from '../../plot/style.ts';
import type { Axis, Compared } from '../../runs/compare/compared.ts';
import { axes, curveNames } from '../../runs/compare/compared.ts';
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
  readonly logY: boolean;
  readonly logX: boolean;
  /** Whether heads show what they differ in from the first run's. */
  readonly differing: boolean;
  /** First column of heads and first row of the table in view. */
  readonly column: number;
  readonly row: number;
  /** On small screens, what stands below the curves; on low ones, what stands alone. */
  readonly below: Below;
  readonly prompt: number;
  readonly help: boolean;
  readonly notice: string;
}

const belows = ['heads', 'metrics', 'settings', 'curves'] as const;
type Below = (typeof belows)[number];

/** What comes after it with the next key: curves only where nothing stands with them. */
export function nextBelow({ below, size }: CompareModel): Below {
  const all: readonly Below[] = size.rows < lowRows ? belows : belows.filter((one) => one !== 'curves');
  return all[(all.indexOf(below) + 1) % all.length]!;
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
    curve: 0,
    axis: axes[0],
    logY: true,
    logX: false,
    differing: false,
    column: 0,
    row: 0,
    below: size.rows < lowRows ? 'curves' : 'heads',
    prompt: 0,
    help: false,
    notice: runs.flatMap(({ name, notices }) => notices.map((notice) => `${name}: ${notice}`)).join('; '),
  };
}

/** Stands among the names of curves for error against the share that is pruned. */
export const pruningCurve = 'pruning';

/** The colour of a run. */
export const runToken = (index: number) => runTokens[index % runTokens.length]!;
