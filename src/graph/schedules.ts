import type { SymbolicTensor } from './symbolic.ts';

export type ScheduleKind = 'constant' | 'linear' | 'cosine' | 'triangle';

export interface ScheduleInputs {
  /** Number of updates done before this one, t = 0, 1, … */
  readonly step: SymbolicTensor;
  /** Updates that there will be, T. */
  readonly totalSteps: SymbolicTensor;
  /** Updates of the rise, W. */
  readonly warmupSteps: number;
  /** Multiplier f of the last update, t = T − 1. */
  readonly finalFraction: number;
}

/**
 * Multiplier of the peak learning rate at update t: rise · decay(p), rise = min((t+1)/W, 1) (1 if W = 0),
 * p = (t+1−W)/(T−W) between 0 and 1; decay is 1 (constant), 1 − (1−f)p (linear, triangle) or
 * f + (1−f)(1 + cos πp)/2 = 1 − (1−f) sin²(πp/2) (cosine). A triangle without warm-up rises over the first half, W = T/2.
 */
export function schedule(kind: ScheduleKind, inputs: ScheduleInputs): SymbolicTensor {
  const { step, totalSteps, warmupSteps, finalFraction } = inputs;
  const { recorder } = step;
  const number = step.add(1);
  const halves = kind === 'triangle' && warmupSteps === 0;
  const warmup = halves ? totalSteps.mul(0.5) : recorder.scalar(warmupSteps);
  const rise = !halves && warmupSteps === 0 ? recorder.scalar(1) : number.div(warmup).minimum(1);
  if (kind === 'constant') return rise;
  // A run no longer than its warm-up has no decay; any positive length then keeps p at 0. Half a step is the shortest
  // there is, in a triangle of one update.
  const length = totalSteps.sub(warmup).maximum(0.5);
  const progress = number.sub(warmup).div(length).maximum(0).minimum(1);
  const fall =
    kind === 'cosine'
      ? sineOf(progress.mul(Math.PI / 2))
          .square()
          .minimum(1)
      : progress;
  return rise.mul(recorder.scalar(1).sub(fall.mul(1 - finalFraction)));
}

/**
 * Σ_n (−1)ⁿ x²ⁿ⁺¹ / (2n+1)!, sin x to 1e-16 for |x| ≤ π/2. Libraries' own differ in the last digit between places of a vector,
 * and graphics devices in the fourth (Vulkan specification, "Precision of GLSL.std.450 Instructions").
 */
function sineOf(x: SymbolicTensor): SymbolicTensor {
  const square = x.square();
  let sum: SymbolicTensor | undefined;
  for (let n = 10; n >= 1; n--) {
    const term = square.mul(-1 / (2 * n * (2 * n + 1)));
    sum = (sum ? sum.mul(term) : term).add(1);
  }
  return x.mul(sum!);
}
