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

/** What an optimizer remembers between updates, 0 before the first: one number per parameter [P], or one number. */
export interface Slot {
  readonly name: string;
  readonly kind: 'vector' | 'scalar';
}

export interface UpdateState {
  /** θ [P]. */
  readonly theta: SymbolicTensor;
  readonly slots: Readonly<Record<string, SymbolicTensor>>;
}

export interface UpdateInputs extends UpdateState {
  /** g [P]. */
  readonly gradient: SymbolicTensor;
  /** Scalars, which may change while training; undefined where nothing decays. */
  readonly learningRate: SymbolicTensor;
  readonly weightDecay: SymbolicTensor | undefined;
}

/** A rule that turns a gradient into new parameters. */
export interface Optimizer {
  readonly name: string;
  readonly slots: readonly Slot[];
  /** Records one update of θ and of every slot. */
  update(settings: OptimizerSettings, inputs: UpdateInputs): UpdateState;
}
