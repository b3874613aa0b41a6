import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { matrixOf } from '../core/linalg.ts';
import type { RandomStream } from '../core/random.ts';
import { sizeOf } from '../core/tensor.ts';
import type { ParameterSpec } from '../graph/parameters.ts';
import type { SymbolicTensor } from '../graph/symbolic.ts';
import { lengths } from '../graph/types.ts';
import type { Task } from '../tasks/contract.ts';
import type { Masks, Model, ModelDefinition } from './contract.ts';
import { mixed } from './interventions/given.ts';
import { convergence } from './multi_head_softmax/convergence.ts';
import { softmaxMeasures } from './multi_head_softmax/measures.ts';

const schema = z.strictObject({
  heads: z.int().min(1).max(10_000).default(8).describe('Attention heads, H'),
  init_std: z.number().min(0).max(1e6).default(1).describe('Standard deviation of the entries of Q at the start'),
  fixed_q: z
    .boolean()
    .default(false)
    .describe(
      'Whether Q stays at its start and w alone is trained, to which Theorem 1 comes as its step of Q goes to 0',
    ),
});

/**
 * One layer of softmax attention with H heads (Yang et al. 2024, arXiv 2408.10147, section 2.2). Each token attends to the
 * N prompt tokens, and the prediction is linear in their labels y:
 *
 *     prediction_k = Σ_n Â[n, k] y_n,   Â[n, k] = Σ_h w[h, k] softmax_n(v_nᵀ Q_h v_k).
 *
 * No scaling, no residual. Starts from Gaussian Q and w = 0.
 */
export const multiHeadSoftmax: ModelDefinition<z.infer<typeof schema>> = {
  name: 'multi_head_softmax',
  title: 'One layer of multi-head softmax attention (Yang et al. 2024)',
  schema,
  ...softmaxMeasures,
  pictured: ['head_weights'],
  create({ heads, init_std, fixed_q }, task): Model {
    const { tokens, features, promptExamples, noise, floor } = dictionaryOf(task);
    const width = tokens.shape[1]!;
    const promptTokens = tokens.data.subarray(0, promptExamples * width);
    const head = { name: 'head', size: heads };
    const token = { name: 'token', size: tokens.shape[0]! };
    const example = { name: 'example', size: promptExamples };
    const key = { name: 'key', size: width };
    const query = { name: 'query', size: width };
    const parameters: ParameterSpec[] = [
      { name: 'Q', shape: [head, key, query], fixed: fixed_q },
      { name: 'w', shape: [head, token] },
    ];

    return {
      definition: multiHeadSoftmax,
      parameters,
      facts: {
        layers: 1,
        heads,
        neurons: 0,
        resizable: true,
        parameters: parameters.reduce((sum, { shape }) => sum + sizeOf(lengths(shape)), 0),
        pattern: { rows: token.size, columns: promptExamples, row: 'token', column: 'prompt token' },
        interventions: ['temperature', 'uniform', 'graft_pattern', 'freeze_pattern'],
      },
      initial: (stream) => ({
        Q: initialQ(heads, width * width, init_std, stream),
        w: new Float64Array(heads * token.size),
      }),
      holdings: (address) =>
        'head' in address
          ? [
              { parameter: 'Q', axis: 0, from: address.head, to: address.head + 1, role: 'pattern' },
              { parameter: 'w', axis: 0, from: address.head, to: address.head + 1, output: true },
            ]
          : [],
      resized: (parts) => ({ heads: parts.heads, init_std, fixed_q }),
      forward(recorder, { Q, w }, masks) {
        const dictionary = recorder.constant([token, query], tokens.data);
        const prompt = recorder.constant([example, key], promptTokens);
        // Prompt tokens first, as they are fewer. [head, example, token]: every later product and sum runs along the longer axis.
        const scoresOf = (own: SymbolicTensor) => prompt.matmul(own).matmul(dictionary.transposed());
        const ofHeads = (amounts: SymbolicTensor) =>
          amounts.reshape([head, { name: 'example', size: 1 }, { name: 'token', size: 1 }]);
        const attention = attending(scoresOf, Q!, masks, ofHeads);
        const kept = ofHeads(masks.heads);
        const weights = w!.reshape([head, { name: 'example', size: 1 }, token]).mul(kept);
        const mixing = attention.mul(weights).sum('head');
        const [prompts, layers] = ['prompt', 'layer'].map((name) => ({ name, size: 1 }));
        return {
          mixing,
          predict: ({ labels }) => labels!.matmul(mixing),
          activations: ({ labels }) => ({
            attention: attention.transposed().reshape([prompts!, layers!, head, token, example]),
            mixing,
            head_weights: weights.reshape([head, token]),
            prediction: labels!.matmul(mixing),
            head_magnitude: w!.square().sum('token').sqrt().reshape([layers!, head]),
          }),
        };
      },
      theory: ({ attention }) =>
        convergence({ features: matrixOf(features), promptExamples, noise, floor }, attention!),
    };
  },
};

/**
 * Softmax of scores [head, example, token] over the examples, over a temperature, with a share of 1 / N or of what it is in other
 * snapshots.
 */
function attending(
  scoresOf: (Q: SymbolicTensor) => SymbolicTensor,
  Q: SymbolicTensor,
  { interventions, donors = [] }: Masks,
  ofHeads: (amounts: SymbolicTensor) => SymbolicTensor,
): SymbolicTensor {
  const scores = scoresOf(Q);
  if (!interventions) return scores.softmax('example');
  const attention = scores.mul(ofHeads(interventions.temperature)).softmax('example');
  const examples = attention.shape[1]!.size;
  return mixed(attention, [
    [ofHeads(interventions.uniform), scores.recorder.scalar(1 / examples)],
    ...donors.map(
      ({ parameters, graft_pattern }) =>
        [ofHeads(graft_pattern), scoresOf(parameters['Q']!).softmax('example')] as const,
    ),
  ]);
}

/** Head after head, each from numbers of its own, so that more heads leave the earlier ones as they are. */
function initialQ(heads: number, entries: number, deviation: number, stream: RandomStream): Float64Array {
  const q = new Float64Array(heads * entries);
  for (let h = 0; h < heads; h++) stream.fillGaussian(q.subarray(h * entries, (h + 1) * entries));
  return q.map((value) => deviation * value);
}

function dictionaryOf({ fixed, sizes, theory, definition }: Task) {
  const { tokens, features } = fixed;
  const { prompt_examples: promptExamples, noise } = sizes;
  const { loss_floor: floor } = theory;
  if (!tokens || !features || promptExamples === undefined || noise === undefined || floor === undefined) {
    throw new UserError({
      what: `model.name is multi_head_softmax, which cannot learn ${definition.name}`,
      expected: 'a task with a fixed dictionary of tokens',
      fix: 'set task.name to representation_regression',
    });
  }
  return { tokens, features, promptExamples, noise, floor };
}
