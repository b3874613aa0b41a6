import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { type Matrix, matrix, matrixOf, rowRange, squaredNorm } from '../core/linalg.ts';
import type { RandomStream } from '../core/random.ts';
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
import { periodKey, placeOf, remembered } from './pools/changing.ts';
import { frequencyKeys, type PoolDrawer, poolDrawer } from './pools/frequencies.ts';

const schema = z.strictObject({
  ...functionKeys(16),
  dim: z.int().min(1).max(10_000).default(8).describe('Numbers in an input, d'),
  pool: z.int().min(1).max(1_000_000).default(64).describe('Tasks w of the pool that training prompts are drawn from'),
  noise: z.number().min(1e-6).max(1000).default(0.5).describe('Standard deviation of the noise on labels, σ'),
  ...frequencyKeys,
  pool_change: z
    .enum(['none', 'redraw', 'drift'])
    .default('none')
    .describe(
      'How the pool changes while it is trained on: not, drawn anew, or turning into the next one all the time; held-out ' +
        'prompts are of the first one',
    ),
  pool_period: periodKey,
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
    const fixed = context.fixed ? given(settings, context.fixed) : drawPool(settings, context.stream('task'));
    const pool = matrixOf(fixed.pool);
    const drawer = poolDrawer(pool.rows, settings);
    const power = powerOf(pool, drawer);
    const shared = { dim, points, noise, kind: 'regression', references: [{ name: 'zero' }] } as const;
    const ofPool: FunctionClass = {
      ...shared,
      draw: fromPool(pool, drawer),
      power,
      expected: { zero: () => power + noise * noise },
    };
    const poolOf = remembered(
      (n) => (n === 0 ? pool : matrixOf(drawPool(settings, context.stream(`task/${n}`)).pool)),
      3,
    );
    const poolAt = (step: number) => changed(settings, step, poolOf);
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
      training: functionTraining(ofPool, context.loss, curriculumOf(settings.curriculum, ofPool), (step) =>
        fromPool(poolAt(step), drawer),
      ),
      evaluation: pooledEvaluation(
        heldOut(ofPool, 'evaluate'),
        heldOut(ofPrior, 'evaluate/new'),
        { tasks: pool, ...(drawer.frequencies && { frequencies: drawer.frequencies }) },
        context.loss,
      ),
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

function fromPool(pool: Matrix, { draw }: PoolDrawer): FunctionClass['draw'] {
  return (stream) => {
    const task = draw(stream);
    const weights = rowRange(pool, task, task + 1).data;
    return (input) => innerProduct(weights, input);
  };
}

/** Mean square of a label without noise, Σ_m f_m |w_m|². */
function powerOf(pool: Matrix, { frequencies }: PoolDrawer): number {
  if (!frequencies) return squaredNorm(pool) / pool.rows;
  return frequencies.reduce((sum, f, m) => sum + f * squaredNorm(rowRange(pool, m, m + 1)), 0);
}

/**
 * The pool of training at a step: pool n = ⌊step / period⌋, or cos φ pool_n + sin φ pool_{n+1} with φ going from 0 to π/2 in that time, of which
 * each task is at every time drawn from N(0, I).
 */
function changed({ pool_change, pool_period }: Settings, step: number, poolOf: (n: number) => Matrix): Matrix {
  if (pool_change === 'none') return poolOf(0);
  const { pool, share } = placeOf(step, pool_period);
  if (pool_change === 'redraw' || share === 0) return poolOf(pool);
  const [now, next] = [poolOf(pool), poolOf(pool + 1)];
  const [cos, sin] = [Math.cos((share * Math.PI) / 2), Math.sin((share * Math.PI) / 2)];
  return matrix(
    now.rows,
    now.columns,
    now.data.map((value, i) => cos * value + sin * next.data[i]!),
  );
}

/** Rounded to float32, so that a snapshot holds exactly what was trained on. */
function drawPool({ pool, dim }: Settings, stream: RandomStream) {
  const numbers = stream.fillGaussian(new Float32Array(pool * dim));
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
