import type { RunConfig } from './config.ts';
import type { InterventionKind } from './interventions.ts';
import type { MaskScope } from './mask_edits.ts';
import type { Measures } from './measures.ts';

/** A measured value: mean over n units, with the standard error of that mean (null when n < 2 or exact, n = 0). */
export interface Estimate {
  readonly mean: number | null;
  readonly stderr: number | null;
  readonly n: number;
  /** How many tasks the units are of, where several share one; the standard error is then clustered by task. */
  readonly tasks?: number;
  /** Units that could not be measured, beside the n, and why the first of them. */
  readonly left_out?: number;
  readonly reason?: string;
}

/** What computed a run, recorded so that resuming can use the very same. */
export interface EngineRecord {
  readonly name: string;
  readonly version: string;
  readonly adapter?: string;
  readonly threads: number;
  readonly unroll: number;
}

export interface Versions {
  readonly incline: string;
  readonly node: string;
  readonly platform: string;
}

/** Where a resumed or forked run came from. */
export interface Parent {
  readonly run: string;
  /** From the run's own folder. */
  readonly file: string;
  readonly step: number;
}

export interface Summary {
  readonly step: number;
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly snapshot?: string;
}

/**
 * Why something was changed, where that is not for its own sake: it takes back the latest change in force that it is the
 * reverse of, or makes the latest one again that was taken back so. Journals of earlier versions never say so.
 */
export type ChangeReason = 'undo' | 'redo';

/** Numbers that are not finite are null, with the sibling `reason` naming them. */
export type Numbers = Readonly<Record<string, number | null>>;

/** What happens in a run, before it is stamped. `step` counts completed updates. */
export type EventBody =
  | {
      readonly type: 'run_started';
      readonly run: string;
      readonly config: RunConfig;
      readonly engine: EngineRecord;
      readonly versions: Versions;
      /** Facts of the task and model that screens need before the first metric: sizes, theory values. */
      readonly model: ModelFacts;
      /** Null for what follows as `theory`. */
      readonly theory: Numbers;
      /** What its task and model say of their numbers; absent in journals of earlier versions. */
      readonly measures?: Measures;
      /** Shape of every tensor of its pictures, by name; absent in journals of earlier versions. */
      readonly pictures?: Readonly<Record<string, readonly number[]>>;
      readonly step: number;
      readonly parent?: Parent;
    }
  /** What theory says when a setting changes; of large models, what it says of the start, computed while the run goes on. */
  | { readonly type: 'theory'; readonly step: number; readonly values: Numbers }
  | {
      readonly type: 'metrics';
      /** Step after which the last of the thinned-out values stood. */
      readonly step: number;
      readonly values: Numbers;
      /** Present when the line stands for several steps: extremes over them, and how many. */
      readonly min?: Numbers;
      readonly max?: Numbers;
      readonly count?: number;
      readonly reason?: string;
    }
  | {
      readonly type: 'evaluated';
      readonly step: number;
      readonly values: Readonly<Record<string, Estimate>>;
      /** While a probe prunes what training goes on with: the same of the whole model. */
      readonly intact?: Readonly<Record<string, Estimate>>;
      readonly reason?: string;
    }
  | {
      readonly type: 'control_changed';
      readonly step: number;
      readonly path: string;
      readonly from: unknown;
      readonly to: unknown;
      readonly why?: ChangeReason;
    }
  | {
      readonly type: 'mask_applied';
      readonly step: number;
      readonly revision: number;
      /** Who sees all that is pruned from here on, not only these edits. */
      readonly scope: MaskScope;
      /** As `parseMask` reads them. */
      readonly edits: readonly string[];
      /** The share of all heads and neurons that is kept. */
      readonly kept_fraction: number;
      readonly why?: ChangeReason;
    }
  | { readonly type: 'snapshot_saved'; readonly step: number; readonly file: string; readonly why: string }
  /** A person wants this snapshot to stay, or does not care any more. */
  | { readonly type: 'snapshot_marked'; readonly step: number; readonly file: string; readonly marked: boolean }
  /** Thinned out, removed by a command, or found to be gone; journals of earlier versions never say so. */
  | { readonly type: 'snapshot_removed'; readonly step: number; readonly file: string; readonly why: string }
  | { readonly type: 'paused'; readonly step: number }
  | { readonly type: 'resumed'; readonly step: number }
  | { readonly type: 'alert'; readonly step: number; readonly kind: string; readonly message: string }
  | {
      readonly type: 'ledger';
      readonly step: number;
      readonly metric: string;
      /** What was done to the parts, as `parseIntervention` reads it; absent where they were removed. */
      readonly kind?: string;
      /** What a client asked for, where a snapshot has another name there. */
      readonly asked?: string;
      /** Of the mask on top of which that was done. */
      readonly revision: number;
      readonly entries: readonly AblationScore[];
    }
  | { readonly type: 'run_finished'; readonly step: number; readonly reason: string; readonly summary: Summary }
  | { readonly type: 'run_failed'; readonly step: number; readonly message: string; readonly snapshot?: string };

/** What a part is worth: how much the metric changes when it is removed or something else is done to it, measured at a step. */
export interface AblationScore {
  /** `L0H3`, `L1N17`, or a share of a layer's neurons in the order of their magnitude, from the smallest: `L1N 0–10%`. */
  readonly address: string;
  readonly delta: number;
  /** What the metric was with it; journals of earlier versions do not say. */
  readonly base?: number;
  /** Standard error of that; null where it is not known. */
  readonly base_stderr?: number | null;
  /** Null when it is exact, or not known: of a single prompt or task. */
  readonly stderr: number | null;
  /** Where it was measured; that of the event unless said. */
  readonly step?: number;
}

/** Sizes of the model as a screen lays them out. */
export interface ModelFacts {
  readonly layers: number;
  /** How often the same layers are applied, where that is more than once; `layers` counts every time. */
  readonly loops?: number;
  readonly heads: number;
  /** Neurons a layer; 0 for models without. */
  readonly neurons: number;
  readonly parameters: number;
  /** Whether what was learned can go on with more or fewer heads. */
  readonly resizable?: boolean;
  readonly pattern: PatternFacts;
  /** What can be done to its heads beside removing them; absent in journals of earlier versions and of models that say nothing. */
  readonly interventions?: readonly InterventionKind[];
}

/** Rows (queries) and columns (keys) of one attention pattern, and what they stand for. */
export interface PatternFacts {
  readonly rows: number;
  readonly columns: number;
  readonly row: string;
  readonly column: string;
  /** Whether a token may attend to itself and earlier ones only. */
  readonly causal?: boolean;
  /** How many keys, the first ones, may be attended to: all unless said. */
  readonly attendable?: number;
}

/** A line of the journal. */
export type RunEvent = EventBody & { readonly v: 1; readonly seq: number; readonly time: string };
