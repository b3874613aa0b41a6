import { UserError } from '../../core/errors.ts';
import type { RandomStream } from '../../core/random.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { Shape } from '../../graph/types.ts';
import type { Training } from '../contract.ts';
import type { Population, Problem } from './population.ts';
import type { PromptDraws } from './prompts.ts';

/** Gradient descent on the exact population loss: nothing is sampled, so the curves carry no noise. */
export function populationTraining(exact: Population): Training {
  return {
    inputs: () => ({}),
    draw: () => ({}),
    loss({ mixing }) {
      if (!mixing) {
        throw new UserError({
          what: 'task.training_set is population, but the model is not linear in the labels and has no exact loss',
          expected: 'fixed or fresh',
        });
      }
      const gap = recordGap(exact, mixing);
      return { loss: gap, scalars: { train_loss: gap.add(exact.floor), train_gap: gap } };
    },
  };
}

/**
 * ½ mean over prompts and tokens of (prediction − target)². Given λ, a label's noise λᵀε_k is N(0, τ‖λ‖²), so a prompt is
 * fed as λ and K standard normal numbers, and its labels are computed in the graph.
 *
 * @param draw prompts of update `step`
 */
export function minibatchTraining(
  problem: Problem,
  exact: Population,
  draw: (stream: RandomStream, batch: number, step: number) => PromptDraws,
): Training {
  const { features, promptExamples } = problem;
  const feature = { name: 'feature', size: features.columns };
  const token = { name: 'token', size: features.rows };
  const isShown = Float64Array.from({ length: token.size }, (_, k) => (k < promptExamples ? 1 : 0));
  return {
    inputs: (batch): Record<keyof PromptDraws, Shape> => ({
      weights: [{ name: 'prompt', size: batch }, feature],
      noise: [{ name: 'prompt', size: batch }, token],
    }),
    draw,
    loss(forward, inputs) {
      const weights = inputs['weights']!;
      const dictionary = weights.recorder.constant([token, feature], features.data);
      const clean = weights.matmul(dictionary.transposed());
      const deviation = weights.square().sum('feature', { keep: true }).mul(problem.noise).sqrt();
      const noise = deviation.mul(inputs['noise']!);
      const labels = clean.add(noise);
      const targets = problem.noisyTargets ? labels : clean.add(noise.mul(weights.recorder.constant([token], isShown)));
      const prediction = forward.predict({ labels: labels.slice('token', 0, promptExamples) });
      const loss = prediction.sub(targets).square().mean().mul(0.5);
      const gap = forward.mixing && { train_gap: recordGap(exact, forward.mixing) };
      return { loss, scalars: { train_loss: loss, ...gap } };
    },
  };
}

/** L − L* = (1/2K)‖R(Â − A)‖², which keeps its digits when Â comes near A. */
function recordGap({ factor, optimal }: Population, mixing: SymbolicTensor): SymbolicTensor {
  const { recorder, shape } = mixing;
  const difference = mixing.sub(recorder.constant(shape, optimal.data));
  const [example] = shape;
  const root = recorder.constant([{ name: 'root', size: factor.rows }, example!], factor.data);
  return root
    .matmul(difference)
    .square()
    .sum()
    .mul(0.5 / optimal.columns);
}
