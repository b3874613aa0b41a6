import { RandomStream } from '../../../src/core/random.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import type { Experiment } from '../../../src/trainer/contract.ts';
import { createExperiment } from '../../../src/trainer/experiment.ts';

/** A training step of a four-layer encoder: d model width, F neurons, T tokens, N of them shown, B prompts. */
export const sizes = { L: 4, H: 4, d: 64, F: 256, T: 64, N: 32, B: 32, token_dim: 20, features: 8 } as const;
export const learningRate = 1e-3;

/** The training set is one batch, so that every competitor works on the same prompts, in whatever order. */
export function encoderExperiment(): Experiment {
  const raw = {
    task: {
      name: 'representation_regression',
      prompt_examples: sizes.N,
      tokens: sizes.T,
      token_dim: sizes.token_dim,
      features: sizes.features,
      training_set: 'fixed',
      training_prompts: sizes.B,
    },
    model: { name: 'encoder', layers: sizes.L, heads: sizes.H, width: sizes.d, mlp_width: sizes.F },
    train: { optimizer: 'adam', learning_rate: learningRate, batch: sizes.B },
  };
  return createExperiment(resolveConfig(raw, 'encoder_step').config, 'encoder_step');
}

/** Labels [prompt, token] of the batch: λᵀz_k plus noise of variance τ‖λ‖². */
export function labelsOf({ task, config }: Experiment): Float32Array {
  const { weights, noise } = task.training.draw(RandomStream.named(config.seed, 'train'), sizes.B, 0);
  const features = task.fixed['features']!.data;
  const variance = config.task['noise'] as number;
  const labels = new Float32Array(sizes.B * sizes.T);
  for (let p = 0; p < sizes.B; p++) {
    const lambda = weights!.subarray(p * sizes.features, (p + 1) * sizes.features);
    const deviation = Math.sqrt(variance * lambda.reduce((sum, x) => sum + x * x, 0));
    for (let k = 0; k < sizes.T; k++) {
      let label = deviation * noise![p * sizes.T + k]!;
      for (let i = 0; i < sizes.features; i++) label += lambda[i]! * features[k * sizes.features + i]!;
      labels[p * sizes.T + k] = label;
    }
  }
  return labels;
}
