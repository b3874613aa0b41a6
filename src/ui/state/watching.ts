import { type Intervention, removal } from '../../protocol/interventions.ts';

/** What the trainer was last asked to send: pictures a second, what each part is worth, gradients of the loss, and read-outs of weights. */
export interface Watching {
  /** Number of the request. */
  readonly id: number;
  readonly rate: number;
  readonly ablation: boolean;
  readonly intervention: Intervention;
  readonly gradients: boolean;
  readonly weights: boolean;
}

/** Before anything was asked. */
export const watchingNothing: Watching = {
  id: -1,
  rate: 0,
  ablation: false,
  intervention: removal,
  gradients: false,
  weights: false,
};
