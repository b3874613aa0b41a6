import { RandomStream } from '../../../src/core/random.ts';
import { lengths } from '../../../src/graph/types.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import type { Experiment } from '../../../src/trainer/contract/session.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import type { PeerProblem } from '../python/peer.ts';
import { startValues } from '../start_values.ts';

/** L layers, H heads, d model width, F neurons, T tokens, N of them shown, B prompts. */
export interface EncoderSizes {
  readonly L: number;
  readonly H: number;
  readonly d: number;
  readonly F: number;
  readonly T: number;
  readonly N: number;
  readonly B: number;
  readonly token_dim: number;
  readonly features: number;
}

export const smallEncoder: EncoderSizes = {
  L: 4,
  H: 4,
  d: 64,
  F: 256,
  T: 64,
  N: 32,
  B: 32,
  token_dim: 20,
  features: 8,
};

/** Figure 2b of Yang et al., which trains on 256 prompts at once. */
export const paperEncoder = (prompts: number): EncoderSizes => {
  return { L: 4, H: 8, d: 256, F: 512, T: 200, N: 30, B: prompts, token_dim: 100, features: 20 };
};

export const learningRate = 1e-3;

/** The training set is one batch, so that every competitor works on the same prompts, in whatever order. */
export function encoderExperiment(sizes: EncoderSizes): Experiment {
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

/** The step as peers get it: start values, and the prompts with their labels. */
export function peerProblem(experiment: Experiment, sizes: EncoderSizes): PeerProblem {
  const { model, task } = experiment;
  const start = startValues(experiment);
  const labels = labelsOf(experiment, sizes);
  const tokens = task.fixed['tokens']!.data;
  const width = sizes.token_dim + 1;
  const input = new Float32Array(sizes.B * sizes.T * width);
  for (let row = 0; row < sizes.B * sizes.T; row++) {
    const k = row % sizes.T;
    input.set(tokens.subarray(k * sizes.token_dim, (k + 1) * sizes.token_dim), row * width);
    input[(row + 1) * width - 1] = k < sizes.N ? labels[row]! : 0;
  }
  return {
    problem: 'encoder',
    learningRate,
    sizes: { layers: sizes.L, heads: sizes.H },
    parameters: Object.fromEntries(
      model.parameters.map(({ name, shape }) => [name, { shape: lengths(shape), data: start[name]! }]),
    ),
    given: {
      input: { shape: [sizes.B, sizes.T, width], data: input },
      labels: { shape: [sizes.B, sizes.T], data: labels },
    },
  };
}

/** Labels [prompt, token] of the batch: λᵀz_k plus noise of variance τ‖λ‖². */
function labelsOf({ task, config }: Experiment, sizes: EncoderSizes): Float32Array {
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
