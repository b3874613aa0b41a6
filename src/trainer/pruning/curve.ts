import { RandomStream } from '../../core/random.ts';
import { mean, stderr } from '../../core/stats.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { MaskEdit } from '../../protocol/mask_edits.ts';
import { changedCount, editMasks, type MaskValues } from '../../protocol/mask_values.ts';
import type { Order } from '../../pruning/names.ts';
import type { PartScores } from '../../pruning/scores.ts';
import { countOf, prunedFirst, rank, select } from '../../pruning/select.ts';
import type { PruningBench } from './bench.ts';

/** A model with some of its parts pruned, and what it then measures. */
export interface PruningPoint {
  /** Of the parts of every layer. */
  readonly fraction: number;
  /** Parts pruned, or given something else, of all layers together, those of before included. */
  readonly removed: number;
  /** Over repeats where there are several, else over prompts. */
  readonly metrics: Readonly<Record<string, Estimate>>;
  /** The edits of the first repeat. */
  readonly edits: readonly MaskEdit[];
}

export interface CurveOptions {
  readonly scores: PartScores;
  readonly order: Order;
  readonly fractions: readonly number[];
  /** Random orders to average over; other orders have one. */
  readonly repeats: number;
  readonly seed: number;
  /** What is pruned before. */
  readonly masks: MaskValues;
  /** What is done to parts in place of pruning them. */
  readonly as?: (edit: MaskEdit) => MaskEdit;
}

/** Prunes growing fractions of every layer in one order and measures each. Parts pruned before go first. */
export async function pruningCurve(bench: PruningBench, options: CurveOptions): Promise<PruningPoint[]> {
  const { scores, order, fractions, masks, seed, as = (edit) => edit } = options;
  const repeats = order === 'random' ? options.repeats : 1;
  const rankings = Array.from({ length: repeats }, (_, repeat) =>
    prunedFirst(rank(scores, order, RandomStream.named(seed, `prune/${repeat}`)), masks[scores.kind]),
  );
  const points: PruningPoint[] = [];
  for (const fraction of fractions) {
    const chosen = rankings.map((ranking) => select(ranking, countOf(ranking, fraction)).map(as));
    const measured: Readonly<Record<string, Estimate>>[] = [];
    for (const edits of chosen) measured.push(await bench.measure(editMasks(masks, edits)));
    const [edits] = chosen;
    const removed = changedCount(editMasks(masks, edits!), scores.kind);
    points.push({ fraction, removed, metrics: overRepeats(measured), edits: edits! });
  }
  return points;
}

function overRepeats(measured: readonly Readonly<Record<string, Estimate>>[]): Readonly<Record<string, Estimate>> {
  const [first] = measured;
  if (measured.length === 1) return first!;
  return Object.fromEntries(
    Object.keys(first!).map((name) => {
      const means = measured.map((metrics) => metrics[name]?.mean ?? Number.NaN);
      // Equal numbers have no spread; their mean as computed may be off by a rounding.
      const equal = means.every((value) => value === means[0]);
      return [name, { mean: equal ? means[0]! : mean(means), stderr: equal ? 0 : stderr(means), n: means.length }];
    }),
  );
}
