import { hostTensor } from '../../core/tensor.ts';
import { estimate, exactly } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Evaluation } from '../contract.ts';
import { named } from '../named.ts';
import { logSoftmax } from '../tokens/cross_entropy.ts';
import { byPosition, hitsOf, lossesOf, overPositions, type Predicted } from '../tokens/scores.ts';
import { oneHot } from '../tokens/symbols.ts';
import type { Chain } from './chain.ts';
import { countPredictions, poolPredictions } from './predictors.ts';
import { type Sequences, trueRows } from './prompts.ts';

/** What predictors without training know. */
export interface Knowledge {
  readonly order: number;
  /** Of the prior. */
  readonly alpha: number;
  /** Empty where every sequence has a chain of its own. */
  readonly pool: readonly Chain[];
  /** Of the pool's chains; as often unless given. */
  readonly frequencies?: Float64Array;
}

/** Sequences of one kind, with what is measured of them; `prefix` stands before all its names. */
interface Part {
  readonly prefix: '' | 'new_';
  readonly sequences: Sequences;
  /** log q of every predictor [prompt, token, symbol]. */
  predictors(): Readonly<Record<string, Float64Array>>;
  rows(): Float64Array;
}

/**
 * Cross-entropy with the rows that symbols are drawn from, which has less noise than with the symbols themselves; accuracy; and
 * how far the network is from each predictor, mean KL(predictor ‖ network) over prompts and positions. With a pool the same on
 * sequences of new chains.
 */
export function chainEvaluation(ofSource: Sequences, ofPrior: Sequences | undefined, knowledge: Knowledge): Evaluation {
  const parts = [partOf('', ofSource, knowledge), ...(ofPrior ? [partOf('new_', ofPrior, knowledge)] : [])];
  const all = <T>(of: (part: Part) => Readonly<Record<string, T>>): Record<string, T> =>
    Object.assign({}, ...parts.map((part) => named(part.prefix, of(part))));
  return {
    inputs: all(({ sequences: { count, length, vocabulary, shown } }) => ({
      tokens: hostTensor([count, length, vocabulary], oneHot(shown, vocabulary)),
    })),
    outputs: (forward, inputs) =>
      all(({ prefix }) => ({ prediction: forward.predict({ tokens: inputs[`${prefix}tokens`]! }) })),
    measure: (outputs) =>
      all((part) => {
        const logs = logSoftmax(outputs[`${part.prefix}prediction`]!.data, part.sequences.vocabulary);
        return { ...scoresOf(part, logs), ...distancesOf(part, logs), ...levelsOf(part) };
      }),
    references: all((part) => ({
      target: hostTensor([part.sequences.count, part.sequences.length], Float32Array.from(part.sequences.next)),
    })),
    *baselines(most) {
      for (const part of parts) yield* predictorScores(part, most);
    },
  };
}

function partOf(prefix: Part['prefix'], sequences: Sequences, { order, alpha, pool, frequencies }: Knowledge): Part {
  let logs: Record<string, Float64Array> | undefined;
  let rows: Float64Array | undefined;
  return {
    prefix,
    sequences,
    // Kept, and computed only where something is measured.
    predictors: () => {
      logs ??= Object.fromEntries(
        Object.entries({
          unigram: countPredictions(sequences, 0, alpha),
          bigram: countPredictions(sequences, 1, alpha),
          ...(order > 1 && { trigram: countPredictions(sequences, 2, alpha) }),
          ...(pool.length > 0 && {
            unigram_mixture: poolPredictions(sequences, pool, 0, frequencies),
            mixture: poolPredictions(sequences, pool, pool[0]!.length - 1, frequencies),
          }),
        }).map(([name, shares]) => [name, shares.map(Math.log)]),
      );
      return logs;
    },
    rows: () => {
      rows ??= trueRows(sequences);
      return rows;
    },
  };
}

const predicted = ({ sequences, rows }: Part, logs: Float64Array): Predicted => ({
  count: sequences.count,
  positions: sequences.length,
  vocabulary: sequences.vocabulary,
  logs,
  target: rows(),
});

function scoresOf(part: Part, logs: Float64Array): Record<string, Estimate> {
  const { count, next } = part.sequences;
  const shown = predicted(part, logs);
  const [losses, hits] = [lossesOf(shown), hitsOf(shown, next)];
  return {
    eval_loss: overPositions(losses, count),
    accuracy: overPositions(hits, count),
    ...byPosition('loss_at', losses, count),
    ...byPosition('accuracy_at', hits, count),
  };
}

/** Mean KL(p ‖ q) = Σ p log p − Σ p log q over positions, prompt by prompt. */
function distancesOf(part: Part, logs: Float64Array): Record<string, Estimate> {
  const { count, length, vocabulary: V } = part.sequences;
  return Object.fromEntries(
    Object.entries(part.predictors()).map(([name, own]) => {
      const distances = Float64Array.from({ length: count }, (_, p) => {
        let sum = 0;
        for (let i = p * length * V; i < (p + 1) * length * V; i++) sum += Math.exp(own[i]!) * (own[i]! - logs[i]!);
        return sum / length;
      });
      return [`${name}_distance`, estimate(distances)];
    }),
  );
}

/** Losses of the predictors, and of who knows the chain, on these very sequences. */
function levelsOf(part: Part): Record<string, Estimate> {
  const lossOf = (logs: Float64Array) =>
    exactly(overPositions(lossesOf(predicted(part, logs)), part.sequences.count).mean!);
  return {
    ...Object.fromEntries(Object.entries(part.predictors()).map(([name, logs]) => [`${name}_loss`, lossOf(logs)])),
    chain_loss: lossOf(part.rows().map(Math.log)),
  };
}

/** Losses of the predictors over the first `most` sequences, at every position. */
function* predictorScores(part: Part, most = part.sequences.count): Generator<Record<string, Estimate>, void> {
  const count = Math.min(most, part.sequences.count);
  for (const [name, logs] of Object.entries(part.predictors())) {
    const losses = lossesOf({ ...predicted(part, logs), count });
    yield named(
      `baseline/${name}/`,
      named(part.prefix, { eval_loss: overPositions(losses, count), ...byPosition('loss_at', losses, count) }),
    );
  }
}
