import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { matrixOf, rowRange, squaredNorm } from '../core/linalg.ts';
import { type HostTensor, hostTensor } from '../core/tensor.ts';
import { requireRoom } from './bounds/room.ts';
import type { Task, TaskContext, TaskDefinition } from './contract.ts';
import { curriculumOf } from './functions/curriculum.ts';
import { functionProbe } from './functions/evaluation.ts';
import type { FunctionClass } from './functions/function_class.ts';
import { functionKeys } from './functions/keys.ts';
import { drawLinear, innerProduct } from './functions/linear.ts';
import { drawPrompts, sequenceOf } from './functions/prompts.ts';
import { functionTheory } from './functions/theory.ts';
import { functionTraining } from './functions/training.ts';
import { pooledEvaluation } from './pooled/evaluation.ts';
import { pooledMeasures } from './pooled/measures.ts';

const schema = z.strictObject({
  ...functionKeys(16),
  dim: z.int().min(1).max(10_000).default(8).describe('Numbers in an input, d'),
  pool: z.int().min(1).max(1_000_000).default(64).describe('Tasks w of the pool that training prompts are drawn from'),
  noise: z.number().min(1e-6).max(1000).default(0.5).describe('Standard deviation of the noise on labels, σ'),
});

type Settings = z.infer<typeof schema>;

/**
 * y = wᵀx + ε with ε ~ N(0, σ²) and w one of a pool that is drawn once from N(0, I): whether a network learns the pool or the
 * prior. Raventós et al. 2023, arXiv 2306.15063. Pools are nested: a larger one begins with the tasks of a smaller.
 */
export const pooledRegression: TaskDefinition<Settings> = {
  name: 'pooled_regression',
  title: 'Linear regression on a pool of tasks (Raventós et al. 2023)',
  schema,
  ...pooledMeasures,
  create(settings, context): Task {
    check(settings, context);
    const { dim, points, noise } = settings;
    const fixed = context.fixed ? given(settings, context.fixed) : drawPool(settings, context);
    const pool = matrixOf(fixed.pool);
    const shared = { dim, points, noise, kind: 'regression', references: [{ name: 'zero' }] } as const;
    const ofPool: FunctionClass = {
      ...shared,
      draw: (stream) => {
        const task = stream.integer(pool.rows);
        const weights = rowRange(pool, task, task + 1).data;
        return (input) => innerProduct(weights, input);
      },
      power: squaredNorm(pool) / pool.rows,
      expected: { zero: () => squaredNorm(pool) / pool.rows + noise * noise },
    };
    const ofPrior: FunctionClass = { ...shared, draw: drawLinear(dim), power: dim };
    const heldOut = (functions: FunctionClass, set: 'evaluate' | 'evaluate/new') => ({
      functions,
      prompts: drawPrompts(functions, context.evaluationPrompts, context.stream(set)),
    });
    return {
      definition: pooledRegression,
      sequence: sequenceOf(dim, points),
      sizes: { dim, points, noise, pool: pool.rows },
      fixed,
      theory: functionTheory(ofPool, context.loss),
      training: functionTraining(ofPool, context.loss, curriculumOf(settings.curriculum, ofPool)),
      evaluation: pooledEvaluation(heldOut(ofPool, 'evaluate'), heldOut(ofPrior, 'evaluate/new'), pool, context.loss),
      probe: functionProbe(drawPrompts(ofPool, context.probePrompts, context.stream('probe'))),
    };
  },
};

function check({ dim, points, pool }: Settings, { evaluationPrompts, probePrompts }: TaskContext): void {
  const prompts = 2 * evaluationPrompts + probePrompts;
  requireRoom({
    numbers: pool * dim + prompts * (2 * points * dim + dim),
    // Bayes tries every task of the pool on every example of a prompt.
    multiplications: 2 * evaluationPrompts * points * pool * (dim + 4),
    settings: ['task.pool', 'evaluate.prompts', 'task.points', 'task.dim'],
  });
}

/** Rounded to float32, so that a snapshot holds exactly what was trained on. */
function drawPool({ pool, dim }: Settings, context: TaskContext) {
  const numbers = context.stream('task').fillGaussian(new Float32Array(pool * dim));
  return { pool: hostTensor([pool, dim], numbers) };
}

/** The pool of a snapshot. @throws UserError when it does not have the sizes of the configuration */
function given({ pool: count, dim }: Settings, { pool }: Readonly<Record<string, HostTensor>>) {
  if (pool?.shape.join() === `${count},${dim}`) return { pool };
  throw new UserError({
    what: `task/pool ${pool ? `has shape [${pool.shape.join(', ')}]` : 'is missing'}`,
    expected: `shape [${count}, ${dim}]`,
  });
}
