import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { Shape } from '../../graph/types.ts';
import type { Training } from '../contract.ts';
import { drawPrompts, type Problem } from './prompts.ts';

interface TrainingSettings {
  /** α. */
  readonly share: number;
  readonly kappa: number;
  /** Least and most contexts of a prompt; every update has one number of them. */
  readonly least: number;
  readonly most: number;
}

/**
 * Mean hinge max(0, 1 − z F) over a minibatch of fresh prompts of the trained tasks. Update after update the prompts go
 * round the tasks and labels, so that a batch of whole rounds is exactly balanced, and others are over time.
 */
export function hingeTraining(problem: Problem, { share, kappa, least, most }: TrainingSettings): Training {
  const { world, relevant: patterns, trained: pairs } = problem;
  const source = { world, patterns, pairs, share, kappa };
  const token = { name: 'token', size: most + 1 };
  const width = { name: 'width', size: patterns.columns + world.labelEmbedding.length };
  const isVaried = least < most;
  return {
    inputs: (size): Record<string, Shape> => {
      const prompt = { name: 'prompt', size };
      return {
        tokens: [prompt, token, width],
        target: [prompt, { name: 'readout', size: 1 }],
        ...(isVaried && { present: [prompt, token] }),
      };
    },
    draw(stream, batch, step, room) {
      const contexts = isVaried ? least + stream.integer(most - least + 1) : most;
      const layout = { count: batch, contexts, tokens: token.size, first: step * batch };
      const { tokens, target, kinds } = drawPrompts(source, layout, stream, room?.['tokens']);
      return { tokens, target, ...(isVaried && { present: Float32Array.from(kinds, (kind) => (kind < 0 ? 0 : 1)) }) };
    },
    loss(forward, { tokens, target, present }) {
      const prediction = forward.predict({ tokens: tokens!, ...(present && { present }) });
      const loss = hinge(prediction, target!);
      return { loss, scalars: { train_loss: loss } };
    },
  };
}

/** Mean of max(0, 1 − z F), F and z [prompt, 1]. */
function hinge(prediction: SymbolicTensor, target: SymbolicTensor): SymbolicTensor {
  return prediction.recorder.scalar(1).sub(prediction.mul(target)).relu().mean();
}
