import type { Clock } from '../../core/clock.ts';
import type { Series } from '../../core/series.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { ModelFacts } from '../../protocol/events.ts';
import type { MaskValues } from '../../protocol/mask_values.ts';
import type { LoopPort } from '../contract/loop.ts';
import type { Session } from '../contract/session.ts';
import type { Graft } from './interventions.ts';
import type { MaskState } from './mask_state.ts';

export interface LoopOptions {
  readonly config: RunConfig;
  /** Sizes of the model. */
  readonly facts: ModelFacts;
  /** What is pruned at the start. */
  readonly mask: MaskState;
  readonly session: Session;
  readonly port: LoopPort;
  readonly clock: Clock;
  /** Weights of heads from other snapshots; see `withGrafts`. */
  readonly graft?: Graft;
  /** The gradients of the loss with respect to the masks, by the names that pictures give them. */
  readonly gradients?: (masks: MaskValues) => Promise<Readonly<Record<string, HostTensor>>>;
  /** What is read out of weights, and how strongly the loss pulls at them under masks. */
  readonly weights?: (masks: MaskValues) => Promise<Readonly<Record<string, HostTensor>>>;
  /** Updates in one run of the graph. */
  readonly unroll: number;
  /** Seconds that the run spent in updates before, which count towards its budget; 0 unless given. */
  readonly trainedSeconds?: number;
  /** Start without training, waiting for a key. */
  readonly paused?: boolean;
  /** Nobody can answer an alert: end the run instead of pausing it. */
  readonly unattended?: boolean;
  /** Curves so far, of a resumed run. */
  readonly curves?: Map<string, Series>;
  /** Whether they hold what is measured at the start, where that is due. */
  readonly evaluated?: boolean;
}
