import type { HistoryColumns } from '../../snapshots/format.ts';
import type { Leaf, Place } from '../recipe/expression.ts';

/** A metric along a run. */
export type Curve = Pick<HistoryColumns, 'step' | 'last'>;

/** Where expressions and figures get their numbers from. */
export interface Source {
  /** Null where the run has no such value, as it never came so far. */
  read(leaf: Leaf, seed: number): Promise<number | null>;
  /** Undefined where the run is not there yet. */
  curve(place: Place, metric: string, seed: number): Promise<Curve | undefined>;
  /** Seeds of a sweep; of the recipe's first one unless said. */
  seeds(of?: string): readonly number[];
  /** Whether a sweep varies a setting from run to run. */
  varies(of: string | undefined, path: string): boolean;
  /** Whether runs are still being trained, some of them further than others. */
  readonly isPart: boolean;
}
