import { coefficients, type Sums } from './prompts.ts';

/**
 * The share of the tasks that fit all earlier triples by which z is what: Bayes for tasks drawn from these alike. Without an example
 * all fit; after one, of p² tasks p are left unless x and y share a factor with p, and after another one. He et al. 2024, arXiv 2406.02550. [prompt, triple, symbol]
 */
export function exactPredictions({ count, triples, modulus: p, pairs, sums }: Sums, tasks: ArrayLike<number>) {
  const predictions = new Float64Array(count * triples * p);
  let fitting: number[] = [];
  for (let at = 0; at < count * triples; at++) {
    if (at % triples === 0) fitting = Array.from(tasks);
    const [x, y] = [pairs[2 * at]!, pairs[2 * at + 1]!];
    const still: number[] = [];
    for (const task of fitting) {
      const [a, b] = coefficients(task, p);
      const z = (a * x + b * y) % p;
      predictions[at * p + z]! += 1 / fitting.length;
      if (z === sums[at]) still.push(task);
    }
    // Where none fits, as of a pool that the task is not in, nothing is known.
    if (fitting.length === 0) predictions.fill(1 / p, at * p, (at + 1) * p);
    fitting = still;
  }
  return predictions;
}
