import type { RandomStream } from '../../core/random.ts';
import type { Training } from '../contract.ts';
import { crossEntropy } from './cross_entropy.ts';

/** Prompts for an engine. */
export interface TokenBatch {
  /** [prompt, token, feature]. */
  readonly tokens: Float32Array;
  /** What is to be predicted, one-hot or shares [prompt, read out, symbol]. */
  readonly target: Float32Array;
}

export interface TokenSizes {
  readonly length: number;
  readonly width: number;
  /** Positions read out, and symbols to choose from. */
  readonly readOut: number;
  readonly outputs: number;
}

/** Mean cross-entropy over fresh prompts and their positions read out. */
export function tokenTraining(
  sizes: TokenSizes,
  draw: (stream: RandomStream, batch: number, step: number) => TokenBatch,
): Training {
  return {
    inputs: (batch) => {
      const prompt = { name: 'prompt', size: batch };
      return {
        tokens: [prompt, { name: 'token', size: sizes.length }, { name: 'feature', size: sizes.width }],
        target: [prompt, { name: 'read out', size: sizes.readOut }, { name: 'output', size: sizes.outputs }],
      };
    },
    draw(stream, batch, step) {
      const { tokens, target } = draw(stream, batch, step);
      return { tokens, target };
    },
    loss(forward, { tokens, target }) {
      const loss = crossEntropy(forward.predict({ tokens: tokens! }), target!).mean();
      return { loss, scalars: { train_loss: loss } };
    },
  };
}
