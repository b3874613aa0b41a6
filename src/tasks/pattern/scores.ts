import type { HostTensor } from '../../core/tensor.ts';
import { estimate } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';

/** 0–1 error and hinge of predictions F against labels z = ±1, prompt by prompt; z F ≤ 0 is wrong, a tie too. Standard errors are clustered by task. */
export function scores(
  prediction: HostTensor,
  target: Float32Array,
  tasks: ArrayLike<number>,
): { error: Estimate; hinge: Estimate } {
  const margins = Float64Array.from(target, (z, p) => z * prediction.data[p]!);
  return {
    error: estimate(margins.map(wrongness), tasks),
    hinge: estimate(
      margins.map((margin) => Math.max(0, 1 - margin)),
      tasks,
    ),
  };
}

/** 1 for a wrong prediction, with margin z F. */
export function wrongness(margin: number): number {
  return margin > 0 ? 0 : 1;
}
