import type { HostTensor } from '../../core/tensor.ts';
import type { ForwardPass } from './forward_pass.ts';

/** What one forward pass of a smaller model saves over that of a larger one, on the same prompts. */
export interface Saving {
  /** Counted from the graph. */
  readonly flops_before: number;
  readonly flops_after: number;
  /** Medians over `rounds` in which each ran once. */
  readonly ms_before: number;
  readonly ms_after: number;
  readonly rounds: number;
  /** Largest difference between the predictions of the two, relative to the largest prediction. */
  readonly difference: number;
}

/** Bounds on the rounds. */
const [fewest, most] = [9, 301];

/**
 * Runs both in turn, so that whatever else the machine does slows both.
 * @param budget time to spend on measuring, in milliseconds
 */
export async function compareSpeed(before: ForwardPass, after: ForwardPass, budget = 3000): Promise<Saving> {
  const round = async () => [await before.run(), await after.run()] as const;
  await round();
  const [one, other] = await round();
  const rounds = Math.floor(budget / (one.milliseconds + other.milliseconds));
  const times: [number, number][] = [];
  for (let i = 0; i < Math.max(fewest, Math.min(most, rounds)); i++) {
    const [a, b] = await round();
    times.push([a.milliseconds, b.milliseconds]);
  }
  return {
    flops_before: before.flops,
    flops_after: after.flops,
    ms_before: median(times.map(([milliseconds]) => milliseconds)),
    ms_after: median(times.map(([, milliseconds]) => milliseconds)),
    rounds: times.length,
    difference: Math.max(...one.predictions.map((prediction, i) => difference(prediction, other.predictions[i]!))),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

function difference(a: HostTensor, b: HostTensor): number {
  let [apart, largest] = [0, 0];
  for (let i = 0; i < a.data.length; i++) {
    apart = Math.max(apart, Math.abs(a.data[i]! - b.data[i]!));
    largest = Math.max(largest, Math.abs(a.data[i]!));
  }
  return apart === 0 ? 0 : apart / largest;
}
