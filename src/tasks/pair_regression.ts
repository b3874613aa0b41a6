import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { type Matrix, matrix, matrixOf, multiply, singularValues, transpose } from '../core/linalg.ts';
import type { RandomStream } from '../core/random.ts';
import { type HostTensor, hostTensor } from '../core/tensor.ts';
import { requireRoom } from './bounds/room.ts';
import type { Probe, Task, TaskDefinition, Training } from './contract.ts';
import { lossOf } from './functions/losses.ts';
import { pairEvaluation } from './pairs/evaluation.ts';
import { pairMeasures } from './pairs/measures.ts';
import { drawPairs, type PairSource, tokensOf } from './pairs/prompts.ts';
import { bestRate, bestStep, riskOf } from './pairs/step.ts';

const schema = z.strictObject({
  dim: z.int().min(1).max(1000).default(5).describe('Numbers in an input, d'),
  examples: z.int().min(1).max(10_000).default(10).describe('Examples in a prompt beside the query, n'),
  noise: z.number().min(0).max(1000).default(0.5).describe('Standard deviation of the noise on labels, σ'),
  spectrum: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.6)
    .describe('Each variance of inputs over the one before, along random axes; 1 is Λ = I'),
});

type Settings = z.infer<typeof schema>;

/**
 * y = wᵀx + ε with w ~ N(0, I), x ~ N(0, Λ) and ε ~ N(0, σ²); tokens are pairs (x_i, y_i), the last one (x_q, 0). What one layer of
 * linear attention can learn of it is known: von Oswald et al. 2023 (arXiv 2212.07677), Ahn et al. 2023 (arXiv 2306.00297),
 * Mahankali et al. 2023 (arXiv 2307.03576).
 */
export const pairRegression: TaskDefinition<Settings> = {
  name: 'pair_regression',
  title: 'Linear regression from pairs, with one query (Ahn et al. 2023)',
  schema,
  ...pairMeasures,
  create(settings, context): Task {
    const { dim, examples, noise } = settings;
    const prompts = context.evaluationPrompts + context.probePrompts;
    requireRoom({
      numbers: prompts * (examples + 1) * (dim + 1) + dim * dim,
      multiplications: prompts * (examples + 1) * dim * dim + 40 * dim ** 3,
      settings: ['task.dim', 'evaluate.prompts', 'task.examples'],
    });
    const fixed = context.fixed ? given(settings, context.fixed) : drawRoot(settings, context.stream('task'));
    const source: PairSource = { root: matrixOf(fixed.input_root), noise, examples };
    const setting = { covariance: multiply(source.root, transpose(source.root)), noise, examples };
    const steps = { preconditioned: bestStep(setting), gradient: multipleOfIdentity(bestRate(setting), dim) };
    const heldOut = drawPairs(source, context.evaluationPrompts, context.stream('evaluate'));
    const withoutStep = riskOf(multipleOfIdentity(0, dim), setting);
    return {
      definition: pairRegression,
      sequence: { width: dim + 1, length: examples + 1, align: 'end', readout: (tokens) => [tokens - 1] },
      sizes: { dim, examples, noise },
      fixed,
      theory: {
        initial_loss: lossOf('regression', context.loss).value(Math.sqrt(withoutStep), 0),
        gradient_step_risk: riskOf(steps.gradient, setting),
        preconditioned_risk: riskOf(steps.preconditioned, setting),
      },
      training: pairTraining(source, context.loss),
      evaluation: pairEvaluation(heldOut, steps, noise, context.loss),
      probe: probeOf(source, context.probePrompts, context.stream('probe')),
    };
  },
};

/** Mean loss at the queries of fresh prompts. */
function pairTraining(source: PairSource, lossName: string): Training {
  const loss = lossOf('regression', lossName);
  const { root, examples } = source;
  return {
    inputs: (batch) => {
      const prompt = { name: 'prompt', size: batch };
      return {
        tokens: [prompt, { name: 'token', size: examples + 1 }, { name: 'feature', size: root.rows + 1 }],
        target: [prompt, { name: 'query', size: 1 }],
      };
    },
    draw(stream, batch) {
      const { tokens, targets } = drawPairs(source, batch, stream);
      return { tokens, target: targets };
    },
    loss(forward, { tokens, target }) {
      const mean = loss.record(forward.predict({ tokens: tokens! }), target!).mean();
      return { loss: mean, scalars: { train_loss: mean } };
    },
  };
}

function probeOf(source: PairSource, count: number, stream: RandomStream): Probe {
  const prompts = drawPairs(source, count, stream);
  return { inputs: { tokens: tokensOf(prompts) }, references: { target: hostTensor([count, 1], prompts.targets) } };
}

function multipleOfIdentity(factor: number, size: number): Matrix {
  const result = matrix(size, size);
  for (let i = 0; i < size; i++) result.data[i * (size + 1)] = factor;
  return result;
}

/**
 * L = U diag(√λ) with random axes U and λ_j = r^j scaled to mean 1, so that inputs have mean square length d; rounded to float32, so
 * that a snapshot holds exactly what was trained on.
 */
function drawRoot({ dim, spectrum }: Settings, stream: RandomStream) {
  const axes = singularValues(matrix(dim, dim, stream.fillGaussian(new Float64Array(dim * dim)))).left.data;
  const variances = Array.from({ length: dim }, (_, j) => spectrum ** j);
  const mean = variances.reduce((sum, one) => sum + one, 0) / dim;
  const root = Float32Array.from(axes, (entry, at) => entry * Math.sqrt(variances[at % dim]! / mean));
  return { input_root: hostTensor([dim, dim], root) };
}

/** The root of a snapshot. @throws UserError when it does not have the sizes of the configuration */
function given({ dim }: Settings, { input_root: root }: Readonly<Record<string, HostTensor>>) {
  if (root?.shape.join() === `${dim},${dim}`) return { input_root: root };
  throw new UserError({
    what: `task/input_root ${root ? `has shape [${root.shape.join(', ')}]` : 'is missing'}`,
    expected: `shape [${dim}, ${dim}]`,
  });
}
