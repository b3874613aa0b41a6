import type { Repeats } from './prompts.ts';

/** What is left for all symbols together where one is copied. */
const spared = 0.01;

/**
 * What came after earlier places of the same symbol, each alike, but for a hundredth shared by all; uniform where it is new. The
 * induction rule of Olsson et al. 2022 as a predictor. [prompt, token, symbol]
 */
export function inductionPredictions({ count, length, vocabulary: V, shown }: Omit<Repeats, 'next' | 'periods'>) {
  const predictions = new Float64Array(count * length * V);
  const followers = new Float64Array(V * V);
  for (let at = 0; at < count * length; at++) {
    if (at % length === 0) followers.fill(0);
    else followers[shown[at - 1]! * V + shown[at]!]! += 1;
    const own = followers.subarray(shown[at]! * V, (shown[at]! + 1) * V);
    const places = own.reduce((sum, one) => sum + one, 0);
    for (let b = 0; b < V; b++) {
      predictions[at * V + b] = places === 0 ? 1 / V : (1 - spared) * (own[b]! / places) + spared / V;
    }
  }
  return predictions;
}
