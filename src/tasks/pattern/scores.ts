import type { HostTensor } from '../../core/tensor.ts';
import { estimate } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';

/** 0–1 error and hinge of predictions F against labels z = ±1, prompt by prompt; z F ≤ 0 is wrong, a tie too. */
export function scores(prediction: HostTensor, target: Float32Array): { error: Estimate; hinge: Estimate } {
  const margins = Float64Array.from(target, (z, p) => z * prediction.data[p]!);
  return {
    error: estimate(margins.map((margin) => (margin > 0 ? 0 : 1))),
    hinge: estimate(margins.map((margin) => Math.max(0, 1 - margin))),
  };
}
