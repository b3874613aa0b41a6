import { hostTensor } from '../../core/tensor.ts';
import { estimate } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Evaluation } from '../contract.ts';
import { logSoftmax } from '../tokens/cross_entropy.ts';
import { hitsOf, lossesOf } from '../tokens/scores.ts';
import { oneHot } from '../tokens/symbols.ts';
import type { Classes } from './classes.ts';
import { inContext, inWeights } from './predictors.ts';
import { type Layout, type Prompts, targetsOf, tokenCount, tokensOf } from './prompts.ts';

/** Held-out prompts by kind: as trained, and those that tell how it is done, whose names stand before those of their metrics. */
export interface HeldOut {
  readonly trained: Prompts;
  readonly others: Readonly<Partial<Record<'context' | 'swapped' | 'weights' | 'label', Prompts>>>;
}

/** Cross-entropy and accuracy at the query of prompts as trained, accuracy on those of each other kind. */
export function burstyEvaluation({ trained, others }: HeldOut, known: Classes, layout: Layout): Evaluation {
  const { labels } = known;
  const kinds = Object.entries(others);
  const width = known.dim + labels;
  const inputOf = (prompts: Prompts) =>
    hostTensor([prompts.count, tokenCount(prompts.pairs), width], tokensOf(prompts, known));
  const lossOf = (logs: Float64Array, count = trained.count): Estimate => {
    const target = oneHot(targetsOf(trained).subarray(0, count), labels);
    return estimate(lossesOf({ count, positions: 1, vocabulary: labels, logs, target }));
  };
  const accuracy = (prompts: Prompts, logs: Float64Array, count = prompts.count): Estimate =>
    estimate(hitsOf({ count, positions: 1, vocabulary: labels, logs }, targetsOf(prompts)));
  return {
    inputs: {
      tokens: inputOf(trained),
      ...Object.fromEntries(kinds.map(([kind, prompts]) => [`${kind}_tokens`, inputOf(prompts)])),
    },
    outputs: (forward, inputs) => ({
      prediction: forward.predict({ tokens: inputs['tokens']! }),
      ...Object.fromEntries(
        kinds.map(([kind]) => [`${kind}_prediction`, forward.predict({ tokens: inputs[`${kind}_tokens`]! })]),
      ),
    }),
    measure(outputs) {
      const logsOf = (name: string) => logSoftmax(outputs[name]!.data, labels);
      const logs = logsOf('prediction');
      return {
        eval_loss: lossOf(logs),
        accuracy: accuracy(trained, logs),
        ...Object.fromEntries(
          kinds.map(([kind, prompts]) => [`${kind}_accuracy`, accuracy(prompts, logsOf(`${kind}_prediction`))]),
        ),
      };
    },
    references: Object.fromEntries(
      [['', trained] as const, ...kinds.map(([kind, prompts]) => [`${kind}_`, prompts] as const)].map(
        ([prefix, prompts]) => [
          `${prefix}target`,
          hostTensor([prompts.count, 1], Float32Array.from(targetsOf(prompts))),
        ],
      ),
    ),
    *baselines(most) {
      const predictors = {
        in_weights: (prompts: Prompts) => inWeights(prompts, known, layout),
        in_context: (prompts: Prompts) => inContext(prompts, known),
      };
      for (const [name, predict] of Object.entries(predictors)) {
        const some = (prompts: Prompts) => ({ ...prompts, count: Math.min(most ?? prompts.count, prompts.count) });
        const logsOf = (prompts: Prompts) =>
          predict(prompts).map((share) => Math.log(Math.max(share, Number.MIN_VALUE)));
        const own = some(trained);
        const logs = logsOf(own);
        const of = (metric: string) => `baseline/${name}/${metric}`;
        yield { [of('eval_loss')]: lossOf(logs, own.count), [of('accuracy')]: accuracy(trained, logs, own.count) };
        for (const [kind, prompts] of kinds) {
          const shown = some(prompts);
          yield { [of(`${kind}_accuracy`)]: accuracy(prompts, logsOf(shown), shown.count) };
        }
      }
    },
  };
}
