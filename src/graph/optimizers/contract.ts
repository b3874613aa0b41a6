import type { SymbolicTensor } from '../symbolic.ts';

/** Numbers fixed when the graph is recorded; each rule uses its own. */
export interface OptimizerSettings {
  readonly momentum: number;
  /** Look-ahead form of momentum; off unless given. */
  readonly nesterov?: boolean;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** What an optimizer remembers between updates, 0 before the first. */
export type Slot =
  /** A number per parameter [P]. */
  | { readonly name: string; readonly kind: 'vector' }
  /** How much weight a running mean has taken up: c ← β c + (1 − β), which is 1 − βᵗ after t updates. */
  | { readonly name: string; readonly kind: 'scalar'; readonly decay: 'beta1' | 'beta2' };

/** Numbers by name. */
type Named = Readonly<Record<string, SymbolicTensor>>;

export interface UpdateState {
  /** θ [P]. */
  readonly theta: SymbolicTensor;
  /** Those that have a number per parameter [P]. */
  readonly slots: Named;
}

/** What may change from update to update: scalars, or [U] with one entry for each of U updates in a row. */
export interface RateInputs {
  readonly learningRate: SymbolicTensor;
  /** Undefined where nothing decays. */
  readonly weightDecay: SymbolicTensor | undefined;
  /** The scalar slots after each update. */
  readonly weights: Named;
}

export interface UpdateInputs extends UpdateState {
  /** g [P]. */
  readonly gradient: SymbolicTensor;
  /** Of this update, scalars or [1]; `rate` may be [P]. */
  readonly rates: Named;
  /** A scalar; undefined where nothing decays. */
  readonly weightDecay: SymbolicTensor | undefined;
}

/**
 * A rule that turns a gradient into new parameters. What takes no gradient stands apart, as it is computed for many updates
 * at once: an operation on one number takes as long as on a short vector.
 */
export interface Optimizer {
  readonly name: string;
  /** `adaptive` where the size of an update does not grow with that of the gradient. */
  readonly kind: 'adaptive' | 'plain';
  readonly slots: readonly Slot[];
  /** Records the factors that `update` needs; `rate` is the one that the step is multiplied by. */
  rates(settings: OptimizerSettings, inputs: RateInputs): Named & { readonly rate: SymbolicTensor };
  /** Records one update of θ and of every slot that has a number per parameter. */
  update(settings: OptimizerSettings, inputs: UpdateInputs): UpdateState;
}
