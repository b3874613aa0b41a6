import type { NamedSection, RunConfig } from '../../protocol/config.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Intervention } from '../../protocol/interventions.ts';
import type { Order, PartKind, ScoreName } from '../../pruning/names.ts';
import type { PartScores } from '../../pruning/scores.ts';
import type { Compaction } from '../../trainer/pruning/compaction.ts';
import type { PruningPoint } from '../../trainer/pruning/curve.ts';

/** What `prune` found out, to be printed as text, CSV or JSON. */
export interface PruningReport {
  readonly file: string;
  readonly step: number;
  /** As it was measured. */
  readonly config: RunConfig;
  /** Metric that text shows. */
  readonly shown: string;
  /** With what the file itself has pruned. */
  readonly baseline: Readonly<Record<string, Estimate>>;
  /** What was done to parts. */
  readonly intervention: Intervention;
  readonly kind: PartKind;
  /** Of every layer. */
  readonly parts: number;
  /** How many of all layers were pruned before the first point. */
  readonly before: number;
  readonly score: ScoreName;
  /** Absent where nothing was ranked. */
  readonly scores?: PartScores;
  /** The order asked for first. */
  readonly curves: readonly PruningCurve[];
  readonly compact?: Compaction['saving'] & {
    readonly file: string;
    readonly model: NamedSection;
    /** Parts that stay although pruned, since all layers have as many. */
    readonly masked: { readonly heads: number; readonly neurons: number };
  };
}

export interface PruningCurve {
  readonly order: Order;
  readonly points: readonly PruningPoint[];
}
