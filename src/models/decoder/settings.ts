import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import type { Sequence, Task } from '../../tasks/contract.ts';
import { type TransformerSizes, transformerKeys } from '../transformer/sizes.ts';

const keys = transformerKeys({ layers: 3, heads: 2, width: 64, mlp_width: 256 });

export const decoderSchema = z.strictObject({
  ...keys,
  mlp_width: z
    .int()
    .min(0)
    .max(100_000)
    .default(256)
    .describe('Neurons of a layer, F; 0 for layers of attention, or of a state space, alone'),
  mixer: z
    .enum(['attention', 'state_space'])
    .default('attention')
    .describe(
      'What mixes tokens: softmax attention, or a selective state space (Mamba-2) of the same heads, whose keys are states',
    ),
  conv_width: z
    .union([z.literal('default'), z.int().min(1).max(64)])
    .default('default')
    .describe('Tokens that the convolution before a state space sees, its own the last; default is 4, as in Mamba'),
  init_std: keys.init_std.describe(
    `${keys.init_std.description}; W_O and W_out of the L layers, which add to one stream, get 1/√(2L) of it`,
  ),
  init_ends: z
    .enum(['gaussian', 'uniform'])
    .default('gaussian')
    .describe(
      'Start of the read-in and the read-out: Gaussian as every other matrix, or uniform on ±1/√rows with their biases, ' +
        'as deep-learning frameworks do; regression needs the latter when init_std is small',
    ),
  activation: z.enum(['relu', 'gelu']).default('gelu').describe('Activation of the neurons'),
  positions: z
    .enum(['none', 'learned', 'rotary'])
    .default('learned')
    .describe('Position code: none, learned vectors added to the tokens, or queries and keys turned by their places'),
  norm: z
    .enum(['layer', 'rms'])
    .default('layer')
    .describe('Norm of the stream: layer norm, or RMS norm, which takes no mean away and has no bias'),
  loops: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('How often the layers are applied, one after the other with the same parameters; 1 unless looped'),
  tied_embeddings: z
    .boolean()
    .default(false)
    .describe('Whether the read-out is the transpose of the read-in, where tokens are the symbols that are predicted'),
  base_width: z
    .union([z.literal('none'), z.int().min(1).max(100_000)])
    .default('none')
    .describe(
      'Width for which rates and init_std were chosen: both are scaled to model.width as in the maximal update ' +
        'parametrisation (µP), heads and neurons taken to grow with it; none for as they are',
    ),
});

/** Tokens that a convolution sees unless told otherwise; Gu and Dao 2023. */
export const usualConvolution = 4;

export type DecoderSettings = z.infer<typeof decoderSchema>;

/** @throws UserError when settings cannot go together, or not with how a task shows its prompts */
export function requireTogether(
  settings: DecoderSettings,
  { keyWidth }: TransformerSizes,
  sequence: Sequence,
  task: Task,
): void {
  if (settings.mixer === 'state_space') requireStateSpace(settings);
  else if (settings.conv_width !== 'default') {
    throw new UserError({
      what: `model.conv_width is ${settings.conv_width}, but attention has no convolution before it`,
      fix: 'leave it out, or set model.mixer to state_space',
    });
  }
  if (settings.positions === 'rotary') requireEven(keyWidth);
  if (settings.tied_embeddings) requireTieable(settings, sequence, task);
}

function requireStateSpace({ positions, base_width }: DecoderSettings): void {
  if (positions === 'rotary') {
    throw new UserError({
      what: 'model.positions is rotary, but a state space has no queries and keys to turn',
      expected: 'none or learned with model.mixer state_space',
    });
  }
  if (base_width === 'none') return;
  throw new UserError({
    what: 'model.base_width goes with attention only: how the rates of a state space scale is another rule',
    fix: 'leave it out',
  });
}

function requireEven(keyWidth: number): void {
  if (keyWidth % 2 === 0) return;
  throw new UserError({
    what: `model.positions is rotary, but the keys of a head have ${keyWidth} numbers`,
    expected: 'an even number, which makes pairs to turn',
    fix: 'set model.key_width, or model.width and model.heads',
  });
}

function requireTieable({ base_width }: DecoderSettings, sequence: Sequence, { definition }: Task): void {
  if (!sequence.sameSymbols || sequence.width !== sequence.outputs) {
    throw new UserError({
      what: `model.tied_embeddings is true, but ${definition.name} does not predict the symbols that its tokens are`,
      expected: 'false, or a task such as markov_chain, repeated_sequence or modular_sums',
    });
  }
  if (base_width === 'none') return;
  throw new UserError({
    what: 'model.tied_embeddings is true with model.base_width, which needs other rates for the read-out than for the read-in',
    fix: 'leave one of them out',
  });
}
