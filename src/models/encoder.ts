import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import type { ParameterSpec } from '../graph/parameters.ts';
import type { SymbolicTensor } from '../graph/symbolic.ts';
import type { Task } from '../tasks/contract.ts';
import type { Model, ModelDefinition } from './contract.ts';
import { givenPatterns } from './interventions/given.ts';
import { layerStack, postNorm, type StackMasks } from './transformer/layer.ts';
import { type LayerSettings, maskedScore } from './transformer/mixing.ts';
import { type TransformerRun, transformerModel } from './transformer/model.ts';
import { initialTransformer, layerParameters } from './transformer/parameters.ts';
import { transformerKeys, transformerSizes } from './transformer/sizes.ts';

const schema = z.strictObject({
  ...transformerKeys({ layers: 4, heads: 8, width: 256, mlp_width: 512 }),
  activation: z.enum(['relu', 'gelu']).default('relu').describe('Activation of the neurons'),
  positions: z
    .enum(['none', 'learned'])
    .default('none')
    .describe('Position code added to the tokens; distinct tokens need none'),
  attend: z
    .enum(['all', 'prompts'])
    .default('all')
    .describe('What every token may attend to: all tokens, or those shown with a label'),
});

type Parameters = z.infer<typeof schema>;

/**
 * Bidirectional post-norm transformer (Vaswani et al. 2017; Yang et al. 2024, arXiv 2408.10147, appendix A). Its input
 * are the K tokens of the dictionary with their labels, [v_k; y_k] for k ≤ N and [v_k; 0] for the others, and each
 * position predicts the label of its own token:
 *
 *     x ← [v; y] in.W + in.b;  per layer x ← ln1(x + attention(x)), x ← ln2(x + mlp(x));  prediction = x out.W + out.b.
 *
 * Activations: those of `activationsOf`, `embedded` [P, K, D] and `prediction` [P, K].
 */
export const encoder: ModelDefinition<Parameters> = {
  name: 'encoder',
  title: 'Post-norm transformer encoder',
  schema,
  create(settings, task): Model {
    const sizes = transformerSizes(settings);
    const dictionary = dictionaryOf(task);
    const { token } = dictionary;
    const feature = { name: 'feature', size: dictionary.width };
    const model = { name: 'model', size: sizes.width };
    const parameters: ParameterSpec[] = [
      { name: 'in.W', shape: [{ name: 'feature and label', size: feature.size + 1 }, model] },
      { name: 'in.b', shape: [model] },
      ...(settings.positions === 'learned' ? [{ name: 'pos', shape: [token, model] }] : []),
      ...layerParameters(sizes),
      { name: 'out.W', shape: [model, { name: 'output', size: 1 }] },
      { name: 'out.b', shape: [{ name: 'output', size: 1 }] },
    ];

    return transformerModel({
      definition: encoder,
      settings,
      sizes,
      parameters,
      probeTokens: token.size,
      ...(settings.attend === 'prompts' && { attends: { attendable: dictionary.promptExamples } }),
      initial: (stream) => initialTransformer(parameters, stream, { deviation: settings.init_std }),
      run(recorder, weights, masks) {
        const tokens = recorder.constant([token, feature], dictionary.tokens);
        const shown = Float64Array.from({ length: token.size }, (_, k) =>
          k < dictionary.promptExamples ? 0 : maskedScore,
        );
        const key = { ...token, name: 'key' };
        const allowed = settings.attend === 'prompts' ? shown : new Float64Array(token.size);
        return ({ labels }) =>
          encode(weights, masks, tokens, labels!, {
            batch: labels!.shape[0]!,
            token,
            layers: sizes.layers,
            heads: sizes.heads,
            activation: settings.activation,
            ...(settings.attend === 'prompts' && { attendable: recorder.constant([key], shown) }),
            ...(masks.interventions && {
              given: givenPatterns(recorder.constant([{ name: 'query', size: 1 }, key], allowed)),
            }),
          });
      },
    });
  },
};

/** @param labels [prompt, example] */
function encode(
  weights: Readonly<Record<string, SymbolicTensor>>,
  masks: StackMasks,
  tokens: SymbolicTensor,
  labels: SymbolicTensor,
  layerSettings: LayerSettings,
): TransformerRun {
  const { batch, token } = layerSettings;
  const embedded = embed(weights, tokens, labels);
  const rows = embedded.reshape([{ name: 'prompt*token', size: batch.size * token.size }, embedded.shape[2]!]);
  const records = layerStack(postNorm, rows, weights, masks, layerSettings);
  const prediction = records.at(-1)!.output.matmul(weights['out.W']!).add(weights['out.b']!).reshape([batch, token]);
  return { embedded, layerSettings, records, prediction };
}

/**
 * [v; y] in.W + in.b (+ pos), [prompt, token, model], without building [v; y]: the part of the tokens is one product for
 * all prompts, that of the labels has rank one.
 */
function embed(
  weights: Readonly<Record<string, SymbolicTensor>>,
  tokens: SymbolicTensor,
  labels: SymbolicTensor,
): SymbolicTensor {
  const [batch, example] = labels.shape;
  const [token, feature] = tokens.shape;
  const { 'in.W': W, 'in.b': b, pos } = weights;
  const ofTokens = tokens.matmul(W!.slice(0, 0, feature!.size)).add(b!);
  const shown = labels.pad(1, 0, token!.size - example!.size).reshape([batch!, token!, { name: 'label', size: 1 }]);
  const ofLabels = shown.matmul(W!.slice(0, feature!.size, feature!.size + 1));
  return ofLabels.add(pos ? ofTokens.add(pos) : ofTokens);
}

function dictionaryOf({ fixed: { tokens }, sizes, definition }: Task) {
  const promptExamples = sizes['prompt_examples'];
  if (!tokens || promptExamples === undefined) {
    throw new UserError({
      what: `model.name is encoder, which cannot learn ${definition.name}`,
      expected: 'a task with a fixed dictionary of tokens',
      fix: 'set task.name to representation_regression',
    });
  }
  const [count, width] = tokens.shape;
  return { tokens: tokens.data, token: { name: 'token', size: count! }, width: width!, promptExamples };
}
