import { attentionRelu } from './attention_relu.ts';
import type { ModelDefinition } from './contract.ts';
import { decoder } from './decoder.ts';
import { encoder } from './encoder.ts';
import { multiHeadSoftmax } from './multi_head_softmax.ts';

/** Every model, by the name configurations give it. */
export const models: ReadonlyMap<string, ModelDefinition> = new Map(
  [multiHeadSoftmax, attentionRelu, encoder, decoder].map((definition) => [
    definition.name,
    definition as ModelDefinition,
  ]),
);
