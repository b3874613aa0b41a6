import { attentionRelu } from './attention_relu.ts';
import type { ModelDefinition } from './contract.ts';
import { decoder } from './decoder.ts';
import { encoder } from './encoder.ts';
import { linearAttention } from './linear_attention.ts';
import { multiHeadSoftmax } from './multi_head_softmax.ts';

const definitions = [multiHeadSoftmax, attentionRelu, encoder, decoder, linearAttention];

const known = new Map(definitions.map((definition) => [definition.name, definition as ModelDefinition]));

/** Every model, by the name configurations give it. */
export const models: ReadonlyMap<string, ModelDefinition> = known;

/** Adds a model that does not come with the program. */
export function addModel(definition: ModelDefinition): void {
  known.set(definition.name, definition);
}
