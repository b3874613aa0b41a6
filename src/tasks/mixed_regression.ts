import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import type { RandomStream } from '../core/random.ts';
import { requireRoom } from './bounds/room.ts';
import type { Task, TaskContext, TaskDefinition } from './contract.ts';
import { curriculumOf } from './functions/curriculum.ts';
import { functionProbe } from './functions/evaluation.ts';
import type { FunctionClass } from './functions/function_class.ts';
import { functionKeys } from './functions/keys.ts';
import { drawLinear, innerProduct } from './functions/linear.ts';
import { predictorEvaluation } from './functions/predictor_evaluation.ts';
import { drawPrompts, sequenceOf } from './functions/prompts.ts';
import { functionTheory } from './functions/theory.ts';
import { functionTraining } from './functions/training.ts';
import { mixedMeasures } from './mixed/measures.ts';
import { mixedPredictions } from './mixed/predictors.ts';
import { supportCount } from './mixed/supports.ts';

const schema = z.strictObject({
  ...functionKeys(12),
  dim: z.int().min(1).max(10_000).default(6).describe('Numbers in an input, d'),
  sparsity: z.int().min(1).max(10_000).default(1).describe('Inputs that a sparse function depends on, s'),
  sparse_share: z.number().min(0).max(1).default(0.5).describe('Share of prompts that are of sparse functions'),
  noise: z.number().min(1e-6).max(1000).default(0.5).describe('Standard deviation of the noise on labels, σ'),
});

type Settings = z.infer<typeof schema>;

/**
 * y = wᵀx + ε with ε ~ N(0, σ²), where a prompt is of one of two kinds: w dense from N(0, I), or sparse, from N(0, d/s) on s inputs at
 * random, so that labels of both are as large. To do as well as the best predictor a network has to find out which. Yadlowsky et
 * al. 2023, arXiv 2311.00871, there without noise.
 */
export const mixedRegression: TaskDefinition<Settings> = {
  name: 'mixed_regression',
  title: 'Mixture of dense and sparse linear functions (Yadlowsky et al. 2023)',
  schema,
  ...mixedMeasures,
  create(settings, context): Task {
    check(settings, context);
    const { dim, points, noise, sparsity, sparse_share: share } = settings;
    const classOf = (draw: FunctionClass['draw']): FunctionClass => ({
      dim,
      points,
      noise,
      kind: 'regression',
      draw,
      power: dim,
      references: [{ name: 'zero' }],
      expected: { zero: () => dim + noise * noise },
    });
    const [dense, sparse] = [drawLinear(dim), drawSparse(dim, sparsity)];
    const mixture = classOf((stream) => (stream.uniform() < share ? sparse(stream) : dense(stream)));
    const heldOut = (functions: FunctionClass, set: 'evaluate' | `evaluate/${string}`) => ({
      functions,
      prompts: drawPrompts(functions, context.evaluationPrompts, context.stream(set)),
    });
    return {
      definition: mixedRegression,
      sequence: sequenceOf(dim, points),
      sizes: { dim, points, noise, sparsity },
      fixed: {},
      theory: functionTheory(mixture, context.loss),
      training: functionTraining(mixture, context.loss, curriculumOf(settings.curriculum, mixture)),
      evaluation: predictorEvaluation(
        {
          '': heldOut(mixture, 'evaluate'),
          dense_: heldOut(classOf(dense), 'evaluate/dense'),
          sparse_: heldOut(classOf(sparse), 'evaluate/sparse'),
        },
        {
          of: ({ prompts }) => mixedPredictions(prompts, { sparsity, share, noise }),
          distances: ['mixture_bayes', 'dense_bayes', 'sparse_bayes'],
          apart: ['dense_bayes', 'sparse_bayes'],
        },
        context.loss,
      ),
      probe: functionProbe(drawPrompts(mixture, context.probePrompts, context.stream('probe'))),
    };
  },
};

/** wᵀx with weights from N(0, d/s) on s of the d inputs, all sets of them as likely. */
function drawSparse(dim: number, sparsity: number): FunctionClass['draw'] {
  const scale = Math.sqrt(dim / sparsity);
  return (stream: RandomStream) => {
    const weights = new Float64Array(dim);
    for (const j of stream.permutation(dim).subarray(0, sparsity)) weights[j] = scale * stream.gaussian();
    return (input) => innerProduct(weights, input);
  };
}

function check({ dim, points, sparsity }: Settings, { evaluationPrompts, probePrompts }: TaskContext): void {
  if (sparsity > dim) {
    throw new UserError({ what: `task.sparsity is ${sparsity} with task.dim ${dim}`, expected: `at most ${dim}` });
  }
  const prompts = 3 * evaluationPrompts + probePrompts;
  requireRoom({
    numbers: prompts * (2 * points * dim + dim),
    // Bayes learns from every example for every choice of inputs.
    multiplications: 3 * evaluationPrompts * points * (supportCount(dim, sparsity) * 3 * sparsity ** 2 + 3 * dim ** 2),
    settings: ['task.sparsity', 'task.dim', 'evaluate.prompts', 'task.points'],
  });
}
