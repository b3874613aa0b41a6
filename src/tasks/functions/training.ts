import type { Training } from '../contract.ts';
import type { Curriculum } from './curriculum.ts';
import type { FunctionClass } from './function_class.ts';
import { lossOf } from './losses.ts';
import { drawPrompts, tokenCount, tokensOf } from './prompts.ts';

/**
 * Mean loss over prompts and positions, of fresh prompts for every update. Prompts of a curriculum have full length too,
 * with the weight of later positions 0: the shapes of a graph are fixed.
 * @param drawAt how functions are drawn for update number `step`; as those of the class unless given
 */
export function functionTraining(
  functions: FunctionClass,
  lossName: string,
  curriculum: Curriculum | undefined,
  drawAt: (step: number) => FunctionClass['draw'] = () => functions.draw,
): Training {
  const { dim, points } = functions;
  const loss = lossOf(functions.kind, lossName);
  const point = { name: 'point', size: points };
  return {
    inputs: (batch) => {
      const prompt = { name: 'prompt', size: batch };
      return {
        tokens: [prompt, { name: 'token', size: tokenCount(points) }, { name: 'feature', size: dim }],
        target: [prompt, point],
        ...(curriculum && { weights: [point], stage: [{ name: 'size', size: 2 }] }),
      };
    },
    draw(stream, batch, step) {
      const stage = curriculum?.(step) ?? functions;
      const prompts = drawPrompts({ ...functions, draw: drawAt(step) }, batch, stream, { stage });
      return {
        tokens: tokensOf(prompts).data as Float32Array,
        target: prompts.targets,
        ...(curriculum && {
          weights: Float32Array.from({ length: points }, (_, i) => (i < stage.points ? 1 / stage.points : 0)),
          stage: Float32Array.of(stage.dim, stage.points),
        }),
      };
    },
    loss(forward, { tokens, target, weights, stage }) {
      const each = loss.record(forward.predict({ tokens: tokens! }), target!);
      if (!weights || !stage) {
        const mean = each.mean();
        return { loss: mean, scalars: { train_loss: mean } };
      }
      const mean = each
        .mul(weights)
        .sum()
        .mul(1 / each.shape[0]!.size);
      const part = (i: number) => stage.slice(0, i, i + 1).reshape([]);
      return { loss: mean, scalars: { train_loss: mean, curriculum_dim: part(0), curriculum_points: part(1) } };
    },
  };
}
