import type { Reduction, ReductionRange, SeriesView } from '../core/series.ts';
import { courseOf } from './course.ts';
import { drawBest, drawHeads, drawNames, drawSigns } from './curve_marks.ts';
import { bandTint, type CurveKind, drawBand, drawCurve, drawReach } from './curves.ts';
import type { Frame } from './frame.ts';
import { probedNow } from './legend.ts';
import type { ThemeName, Token } from './style.ts';
import { tellApart } from './tell_apart.ts';

export interface ChartSeries {
  readonly label: string;
  readonly role: Token;
  readonly view: SeriesView;
  /** The unsmoothed curve, drawn faintly behind. */
  readonly raw?: SeriesView;
  /** What it spreads over, drawn behind where there is room. */
  readonly band?: { readonly low: SeriesView; readonly high: SeriesView } | undefined;
  /** The same of the model with what a probe does to its parts, drawn faintly and named so. */
  readonly probed?: SeriesView | undefined;
  /** Where it goes on as that of fewer than it is of, drawn faintly. */
  readonly alone?: SeriesView | undefined;
  /** β of the smoothing, for the description. */
  readonly smoothing?: number;
  /** Which way is better; the legend then shows the best value. */
  readonly better?: 'lower' | 'higher';
}

interface Behind {
  readonly kind: CurveKind;
  readonly curve: Reduction;
  readonly isProbed: boolean;
}

/** A series in the columns of a chart. */
export interface ReducedSeries extends ChartSeries {
  readonly main: Reduction;
  /** Drawn faintly. */
  readonly behind: readonly Behind[];
  readonly spread: { readonly low: Reduction; readonly high: Reduction } | false | undefined;
}

export function reducedSeries(one: ChartSeries, range: ReductionRange, banded: boolean): ReducedSeries {
  const reduce = (view: SeriesView) => view.reduce(range);
  const behind = (view: SeriesView | undefined, kind: CurveKind, isProbed = false): Behind[] =>
    view ? [{ kind, curve: reduce(view), isProbed }] : [];
  return {
    ...one,
    main: reduce(one.view),
    behind: [
      ...behind(one.raw, 'raw'),
      ...behind(one.alone, 'faint'),
      ...behind(one.probed, 'faint', probedNow(one.probed) !== undefined),
    ],
    spread: banded && one.band && { low: reduce(one.band.low), high: reduce(one.band.high) },
  };
}

/** All that is drawn of a series, for the range of the value axis. */
export const reductionsOf = ({ main, behind, spread }: ReducedSeries): readonly Reduction[] => [
  main,
  ...behind.map(({ curve }) => curve),
  ...(spread ? [spread.low, spread.high] : []),
];

/** Cells of the name that a curve carries, at most. */
const longestName = 20;

/** The curves with what they spread and jump over, their tips, names and best values. @returns whether one jumps */
export function drawCurves(
  frame: Frame,
  curves: readonly ReducedSeries[],
  look: {
    readonly signed?: boolean | undefined;
    readonly named: boolean;
    readonly tints: ThemeName | undefined;
  },
): boolean {
  const tint = (role: Token) => look.tints && bandTint(role, look.tints);
  const names = tellApart(
    curves.map(({ label }) => label),
    longestName,
  );
  const ends = curves.map((one, index) => ({
    role: one.role,
    name: names[index]!,
    course: courseOf(frame, one.main),
    behind: one.behind.map((other) => ({ ...other, course: courseOf(frame, other.curve) })),
  }));
  for (const [index, { spread, role }] of curves.entries()) {
    const { course, behind } = ends[index]!;
    if (spread) drawBand(frame, spread, course, role, tint(role));
    for (const one of [...behind, { course, kind: 'main' } as const]) drawReach(frame, one.course, role, one.kind);
  }
  const probed = ends.flatMap(({ role, behind }) =>
    behind.flatMap(({ kind, course, isProbed }) => {
      const head = drawCurve(frame, course, role, kind);
      return isProbed && head ? [{ ...head, role, isProbed, name: 'probed', course }] : [];
    }),
  );
  const drawn = ends.map((end) => ({ ...end, head: drawCurve(frame, end.course, end.role, 'main') }));
  const heads = [...probed, ...drawn.flatMap(({ head, ...end }) => (head ? [{ ...head, ...end }] : []))];
  if (look.signed) drawSigns(frame, ends);
  drawHeads(frame, heads);
  for (const [index, { view, raw, better }] of curves.entries()) {
    // Single points of a curve that jumps, or needs smoothing, say little.
    const best = raw || !better || ends[index]!.course.isJumping ? undefined : view.best(better);
    if (best) drawBest(frame, best, better!, drawn[index]!);
  }
  if (look.named && heads.length > 1) drawNames(frame, heads, !look.signed);
  return ends.some(({ course }) => course.isJumping);
}
