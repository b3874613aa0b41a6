import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { matrixOf, multiply } from '../core/linalg.ts';
import type { RandomStream } from '../core/random.ts';
import { type HostTensor, hostTensor } from '../core/tensor.ts';
import { requireRoom } from './bounds/room.ts';
import type { Probe, Task, TaskContext, TaskDefinition, Training } from './contract.ts';
import { heldOutEvaluation } from './representation/evaluation.ts';
import { representationMeasures } from './representation/measures.ts';
import { openChoices } from './representation/open_choices.ts';
import { inDomain, type Population, type Problem, population } from './representation/population.ts';
import { drawHeldOut, drawPrompts, labelTensor, shownLabels, TrainingSet } from './representation/prompts.ts';
import { minibatchTraining, populationTraining } from './representation/training.ts';

const size = (description: string) => z.int().min(1).max(100_000).describe(description);

const schema = z.strictObject({
  prompt_examples: size('Tokens shown with a label in the prompt, N').default(30),
  tokens: size('Tokens in the dictionary, K; those after the first N are queries').default(200),
  token_dim: size('Length of a token, d').default(100),
  features: size('Length of a feature vector, m').default(20),
  noise: z.number().min(0).max(1e6).default(0.01).describe('Variance of the noise on each feature, τ'),
  token_norm: z
    .enum(['raw', 'unit'])
    .default('raw')
    .describe('Length of tokens: raw Gaussian, about √d, as in the experiments, or unit, as in the theory'),
  noisy_targets: z.boolean().default(true).describe('Whether the labels of query tokens carry noise as well'),
  training_set: z
    .enum(['population', 'fixed', 'fresh'])
    .default('population')
    .describe('Exact expected loss, minibatches of a fixed set of prompts, or fresh prompts for every update'),
  training_prompts: z.int().min(1).max(10_000_000).default(10_000).describe('Prompts in the fixed training set'),
});

type Parameters = z.infer<typeof schema>;

/** Ridge regression on a hidden representation of known tokens: Yang et al. 2024, arXiv 2408.10147. */
export const representationRegression: TaskDefinition<Parameters> = {
  name: 'representation_regression',
  title: 'Regression on representations (Yang et al. 2024)',
  schema,
  ...representationMeasures,
  openChoices,
  create(parameters, context): Task {
    check(parameters, context);
    const fixed = context.fixed ? given(parameters, context.fixed) : drawDictionary(parameters, context.stream('task'));
    const problem: Problem = {
      features: matrixOf(fixed['features']!),
      promptExamples: parameters.prompt_examples,
      noise: parameters.noise,
      noisyTargets: parameters.noisy_targets,
    };
    const exact = population(problem);
    return {
      definition: representationRegression,
      sizes: { prompt_examples: parameters.prompt_examples, noise: parameters.noise },
      fixed,
      theory: {
        loss_floor: exact.floor,
        initial_loss: exact.initialLoss,
        best_ridge_loss: exact.bestLoss,
        ridge_gap: exact.ridgeGap,
      },
      training: training(parameters, problem, exact, context),
      evaluation: heldOutEvaluation(problem, exact, context.evaluationPrompts, context),
      probe: probeOf(problem, exact, context),
    };
  },
};

function probeOf(problem: Problem, exact: Population, context: TaskContext): Probe {
  const prompts = drawHeldOut(problem, context.probePrompts, inDomain, context.stream('probe'));
  const shown = shownLabels(prompts, problem.promptExamples);
  return {
    inputs: { labels: labelTensor(shown) },
    references: {
      target: labelTensor(prompts.targets),
      ridge_limit: labelTensor(multiply(shown, exact.optimal)),
      ridge_best: labelTensor(multiply(shown, exact.best)),
      optimal_mixing: labelTensor(exact.optimal),
    },
  };
}

function check(parameters: Parameters, { loss, evaluationPrompts, probePrompts }: TaskContext): void {
  const { prompt_examples, tokens, token_dim, features } = parameters;
  if (prompt_examples >= tokens) {
    throw new UserError({
      what: `task.prompt_examples is ${prompt_examples}, which leaves no query among ${tokens} tokens`,
      expected: `at most ${tokens - 1}`,
      fix: 'lower task.prompt_examples or raise task.tokens',
    });
  }
  if (loss !== 'default' && loss !== 'half_mse') {
    throw new UserError({
      what: `train.loss is ${loss}, which representation_regression does not have`,
      expected: 'half_mse or default',
    });
  }
  const prompts = evaluationPrompts + probePrompts;
  // Ridge regression with two penalties, a singular value decomposition, and the predictions of both for every prompt.
  const perToken = 2 * prompt_examples * features + 2 * prompts * (features + 2 * prompt_examples);
  const ofExamples = prompt_examples * features * Math.min(prompt_examples, features);
  requireRoom({
    numbers: tokens * (token_dim + features + 2 * prompt_examples) + 2 * prompts * (features + 8 * tokens),
    multiplications: tokens * perToken + 12 * ofExamples,
    settings: ['task.tokens', 'task.token_dim', 'task.features', 'task.prompt_examples', 'evaluate.prompts'],
  });
}

/** Gaussian tokens and features, rounded to float32 so that a snapshot holds exactly what was trained on. */
function drawDictionary(parameters: Parameters, stream: RandomStream): Record<string, HostTensor> {
  const { tokens: count, token_dim: width, features: m } = parameters;
  const tokens = stream.fillGaussian(new Float64Array(count * width));
  if (parameters.token_norm === 'unit') {
    for (let k = 0; k < count; k++) normalise(tokens.subarray(k * width, (k + 1) * width));
  }
  return {
    tokens: hostTensor([count, width], Float32Array.from(tokens)),
    features: hostTensor([count, m], stream.fillGaussian(new Float32Array(count * m))),
  };
}

function normalise(vector: Float64Array): void {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  for (let i = 0; i < vector.length; i++) vector[i]! /= norm;
}

/** The dictionary of a snapshot. @throws UserError when it does not have the sizes of the configuration. */
function given(
  { tokens, token_dim, features }: Parameters,
  fixed: Readonly<Record<string, HostTensor>>,
): Record<string, HostTensor> {
  const take = (name: string, shape: readonly number[]): HostTensor => {
    const tensor = fixed[name];
    if (!tensor || tensor.shape.join() !== shape.join()) {
      throw new UserError({
        what: `task/${name} ${tensor ? `has shape [${tensor.shape.join(', ')}]` : 'is missing'}`,
        expected: `shape [${shape.join(', ')}]`,
      });
    }
    return tensor;
  };
  return { tokens: take('tokens', [tokens, token_dim]), features: take('features', [tokens, features]) };
}

function training(parameters: Parameters, problem: Problem, exact: Population, context: TaskContext): Training {
  switch (parameters.training_set) {
    case 'population':
      return populationTraining(exact);
    case 'fixed': {
      const set = new TrainingSet(problem, parameters.training_prompts, context.stream('train'));
      return minibatchTraining(problem, exact, (_, batch, step) => set.batch(batch, step));
    }
    case 'fresh':
      return minibatchTraining(problem, exact, (stream, batch) => drawPrompts(problem, batch, stream));
  }
}
