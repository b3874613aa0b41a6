import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { type HostTensor, hostTensor } from '../core/tensor.ts';
import { requireRoom } from './bounds/room.ts';
import type { Task, TaskContext, TaskDefinition } from './contract.ts';
import { type Part, sumEvaluation } from './modular/evaluation.ts';
import { sumMeasures } from './modular/measures.ts';
import { drawSums, shownOf, tokenCount } from './modular/prompts.ts';
import { requireCrossEntropy } from './tokens/cross_entropy.ts';
import { oneHot, symbolsTensor } from './tokens/symbols.ts';
import { tokenTraining } from './tokens/training.ts';

const schema = z.strictObject({
  modulus: z.int().min(2).max(200).default(5).describe('p: numbers are 0 … p − 1'),
  triples: z.int().min(2).max(1000).default(12).describe('Triples x, y, z in a prompt, n; every z is asked for'),
  tasks: z
    .int()
    .min(0)
    .max(40_000)
    .default(0)
    .describe('Tasks (a, b) of training, of p²; the others are held out as new ones. 0 for all'),
});

type Settings = z.infer<typeof schema>;

/**
 * z = a x + b y modulo p, with one (a, b) in each prompt, to be found out from its triples. He et al. 2024, arXiv 2406.02550.
 */
export const modularSums: TaskDefinition<Settings> = {
  name: 'modular_sums',
  title: 'Sums modulo a number in context (He et al. 2024)',
  schema,
  ...sumMeasures,
  create(settings, context): Task {
    check(settings, context);
    const { modulus, triples } = settings;
    const fixed = context.fixed ? given(settings, context.fixed) : draw(settings, context);
    const trained = fixed.trained.data;
    const all = Array.from({ length: modulus * modulus }, (_, task) => task);
    const others = all.filter((task) => !trained.includes(task));
    const sumsOf = (tasks: ArrayLike<number>, count: number, stream: Parameters<typeof drawSums>[2]) =>
      drawSums(tasks, { count, triples, modulus }, stream);
    const heldOut = (prefix: Part['prefix'], tasks: ArrayLike<number>, set: 'evaluate' | 'evaluate/new'): Part => ({
      prefix,
      sums: sumsOf(tasks, context.evaluationPrompts, context.stream(set)),
    });
    const probe = shownOf(sumsOf(trained, context.probePrompts, context.stream('probe')));
    const length = tokenCount(triples);
    return {
      definition: modularSums,
      sequence: { width: modulus, length, align: 'start', readout, outputs: modulus, sameSymbols: true },
      sizes: { modulus, triples, tasks: trained.length },
      fixed,
      theory: { uniform_loss: Math.log(modulus) },
      training: tokenTraining({ length, width: modulus, readOut: triples, outputs: modulus }, (stream, count) => {
        const sums = sumsOf(trained, count, stream);
        return { tokens: oneHot(shownOf(sums), modulus), target: oneHot(sums.sums, modulus) };
      }),
      evaluation: sumEvaluation(
        [heldOut('', trained, 'evaluate'), ...(others.length > 0 ? [heldOut('new_', others, 'evaluate/new')] : [])],
        all,
      ),
      probe: {
        inputs: { tokens: hostTensor([context.probePrompts, length, modulus], oneHot(probe, modulus)) },
        references: { symbols: symbolsTensor(context.probePrompts, Array.from(probe, String)) },
      },
    };
  },
};

/** Positions of every y, after which z is asked for. */
const readout = (tokens: number): number[] =>
  Array.from({ length: Math.floor((tokens + 1) / 3) }, (_, triple) => 3 * triple + 1);

function check({ modulus, triples, tasks }: Settings, { loss, evaluationPrompts, probePrompts }: TaskContext): void {
  requireCrossEntropy(loss);
  if (tasks > modulus * modulus) {
    throw new UserError({
      what: `task.tasks is ${tasks} with task.modulus ${modulus}`,
      expected: `at most ${modulus * modulus}, which are all`,
    });
  }
  requireRoom({
    numbers: 3 * (2 * evaluationPrompts + probePrompts) * 3 * triples * modulus,
    multiplications: 2 * evaluationPrompts * triples * modulus * modulus,
    settings: ['evaluate.prompts', 'task.triples', 'task.modulus'],
  });
}

interface Fixed extends Record<string, HostTensor> {
  /** a p + b of every trained task. */
  readonly trained: HostTensor;
}

function draw({ modulus, tasks }: Settings, context: TaskContext): Fixed {
  const order = context.stream('task').permutation(modulus * modulus);
  const trained = Float32Array.from(order.subarray(0, tasks || order.length));
  return { trained: hostTensor([trained.length], trained) };
}

/** Those of a snapshot. @throws UserError when they are not as many as the configuration has */
function given({ modulus, tasks }: Settings, { trained }: Readonly<Record<string, HostTensor>>): Fixed {
  const count = tasks || modulus * modulus;
  if (trained?.shape.join() === String(count)) return { trained };
  throw new UserError({
    what: `task/trained ${trained ? `has shape [${trained.shape.join(', ')}]` : 'is missing'}`,
    expected: `shape [${count}]`,
  });
}
