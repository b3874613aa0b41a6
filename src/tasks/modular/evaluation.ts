import { hostTensor } from '../../core/tensor.ts';
import { estimate, exactly } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Evaluation } from '../contract.ts';
import { named } from '../named.ts';
import { logSoftmax } from '../tokens/cross_entropy.ts';
import { byPosition, hitsOf, lossesOf, overPositions } from '../tokens/scores.ts';
import { oneHot } from '../tokens/symbols.ts';
import { exactPredictions } from './exact.ts';
import { type Sums, shownOf, tokenCount } from './prompts.ts';

/** Prompts of one kind; `prefix` stands before all their names. */
export interface Part {
  readonly prefix: '' | 'new_';
  readonly sums: Sums;
}

/** Tokens up to y of a triple. */
const seenAt = (triple: number): number => 3 * triple + 2;

/**
 * Cross-entropy and accuracy after 0, 1, … examples, and KL(exact ‖ network), on prompts of trained tasks and of others.
 * @param all the tasks among which the exact predictor looks
 */
export function sumEvaluation(parts: readonly Part[], all: ArrayLike<number>): Evaluation {
  const exact = new Map<Part, Float64Array>();
  const exactOf = (part: Part): Float64Array => {
    const known = exact.get(part) ?? exactPredictions(part.sums, all);
    exact.set(part, known);
    return known;
  };
  const every = <T>(of: (part: Part) => Readonly<Record<string, T>>): Record<string, T> =>
    Object.assign({}, ...parts.map((part) => named(part.prefix, of(part))));
  return {
    inputs: every(({ sums }) => ({
      tokens: hostTensor([sums.count, tokenCount(sums.triples), sums.modulus], oneHot(shownOf(sums), sums.modulus)),
    })),
    outputs: (forward, inputs) =>
      every(({ prefix }) => ({ prediction: forward.predict({ tokens: inputs[`${prefix}tokens`]! }) })),
    measure: (outputs) =>
      every((part) => {
        const logs = logSoftmax(outputs[`${part.prefix}prediction`]!.data, part.sums.modulus);
        const shares = exactOf(part);
        return {
          ...scoresOf(part.sums, logs),
          exact_distance: distance(part.sums, shares, logs),
          exact_loss: exactly(scoresOf(part.sums, logsOf(shares))['eval_loss']!.mean!),
        };
      }),
    references: every(({ sums }) => ({ target: hostTensor([sums.count, sums.triples], Float32Array.from(sums.sums)) })),
    *baselines(most) {
      for (const part of parts) {
        const sums = { ...part.sums, count: Math.min(most ?? part.sums.count, part.sums.count) };
        yield named('baseline/exact/', named(part.prefix, scoresOf(sums, logsOf(exactOf(part)))));
      }
    },
  };
}

/** No share is so small that its logarithm is none: what it rules out did not come. */
const logsOf = (shares: Float64Array): Float64Array =>
  shares.map((share) => Math.log(Math.max(share, Number.MIN_VALUE)));

function scoresOf({ count, triples, modulus, sums }: Sums, logs: Float64Array): Record<string, Estimate> {
  const shown = { count, positions: triples, vocabulary: modulus, logs };
  const losses = lossesOf({ ...shown, target: oneHot(sums.subarray(0, count * triples), modulus) });
  const hits = hitsOf(shown, sums);
  const last = hits.filter((_, at) => at % triples === triples - 1);
  return {
    eval_loss: overPositions(losses, count),
    accuracy: overPositions(hits, count),
    accuracy_last: estimate(last),
    ...byPosition('loss_at', losses, count, seenAt),
    ...byPosition('accuracy_at', hits, count, seenAt),
  };
}

/** Mean KL(p ‖ q) over the sums, prompt by prompt. */
function distance({ count, triples, modulus }: Sums, shares: Float64Array, logs: Float64Array): Estimate {
  const each = triples * modulus;
  return estimate(
    Float64Array.from({ length: count }, (_, prompt) => {
      let sum = 0;
      for (let i = prompt * each; i < (prompt + 1) * each; i++) {
        if (shares[i]! > 0) sum += shares[i]! * (Math.log(shares[i]!) - logs[i]!);
      }
      return sum / triples;
    }),
  );
}
