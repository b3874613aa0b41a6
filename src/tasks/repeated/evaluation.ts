import { hostTensor } from '../../core/tensor.ts';
import { estimate } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Evaluation } from '../contract.ts';
import { logSoftmax } from '../tokens/cross_entropy.ts';
import { byPosition, hitsOf, inContextScore, lossesOf, overPositions } from '../tokens/scores.ts';
import { oneHot } from '../tokens/symbols.ts';
import { inductionPredictions } from './induction.ts';
import type { Repeats } from './prompts.ts';

/**
 * Cross-entropy with the symbols that come: of all, of those that are copied, which come after a symbol that was there one period ago,
 * and of those that are fresh, the others of the first period.
 */
export function repeatEvaluation(repeats: Repeats): Evaluation {
  const { count, length, vocabulary, shown, next } = repeats;
  return {
    inputs: { tokens: hostTensor([count, length, vocabulary], oneHot(shown, vocabulary)) },
    outputs: (forward, { tokens }) => ({ prediction: forward.predict({ tokens: tokens! }) }),
    measure({ prediction }) {
      const { losses, hits, ...scores } = scoresOf(repeats, logSoftmax(prediction!.data, vocabulary));
      return {
        ...scores.metrics,
        copy_accuracy: over(repeats, hits, isCopied),
        icl_score: inContextScore(losses, count),
        ...byPosition('loss_at', losses, count),
        ...byPosition('accuracy_at', hits, count),
      };
    },
    references: { target: hostTensor([count, length], Float32Array.from(next)) },
    *baselines(most = count) {
      const some = { ...repeats, count: Math.min(most, count) };
      const { losses, metrics } = scoresOf(some, inductionPredictions(some).map(Math.log));
      const measured = { ...metrics, ...byPosition('loss_at', losses, some.count) };
      yield Object.fromEntries(Object.entries(measured).map(([name, value]) => [`baseline/induction/${name}`, value]));
    },
  };
}

function scoresOf(repeats: Repeats, logs: Float64Array) {
  const { count, length, vocabulary, next } = repeats;
  const shown = { count, positions: length, vocabulary, logs };
  const losses = lossesOf({ ...shown, target: oneHot(next.subarray(0, count * length), vocabulary) });
  const hits = hitsOf(shown, next);
  const metrics = {
    eval_loss: overPositions(losses, count),
    accuracy: overPositions(hits, count),
    copy_loss: over(repeats, losses, isCopied),
    fresh_loss: over(repeats, losses, isFresh),
  };
  return { losses, hits, metrics };
}

/** The next symbol came after this one before, a period ago. */
const isCopied = (t: number, period: number): boolean => t >= period;
/** The next symbol is one of the segment that was not shown. */
const isFresh = (t: number, period: number): boolean => t < period - 1;

/** The mean over the positions of a kind, prompt by prompt. */
function over(
  { count, length, periods }: Repeats,
  values: Float64Array,
  counts: (t: number, period: number) => boolean,
): Estimate {
  return estimate(
    Float64Array.from({ length: count }, (_, p) => {
      let [sum, n] = [0, 0];
      for (let t = 0; t < length; t++) {
        if (!counts(t, periods[p]!)) continue;
        sum += values[p * length + t]!;
        n += 1;
      }
      return sum / n;
    }),
  );
}
