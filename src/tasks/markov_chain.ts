import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import type { RandomStream } from '../core/random.ts';
import { type HostTensor, hostTensor } from '../core/tensor.ts';
import { requireRoom } from './bounds/room.ts';
import type { Task, TaskContext, TaskDefinition } from './contract.ts';
import { chainOf, drawTransitions } from './markov/chain.ts';
import { chainEvaluation } from './markov/evaluation.ts';
import { chainMeasures } from './markov/measures.ts';
import { drawSequences, fromPool, fromPrior } from './markov/prompts.ts';
import { periodKey, placeOf, remembered } from './pools/changing.ts';
import { frequencyKeys, poolDrawer } from './pools/frequencies.ts';
import { requireCrossEntropy } from './tokens/cross_entropy.ts';
import { nextSymbolParts, nextSymbolSettings } from './tokens/next_symbol.ts';

const schema = z.strictObject({
  vocabulary: nextSymbolSettings.vocabulary.default(3),
  length: nextSymbolSettings.length(2).default(64),
  order: z.int().min(1).max(2).default(1).describe('Symbols that the next one depends on'),
  concentration: z
    .number()
    .min(0.01)
    .max(100)
    .default(1)
    .describe('α of the Dirichlet prior of rows: sharp below 1, uniform over all rows at 1'),
  pool: z
    .int()
    .min(0)
    .max(100_000)
    .default(0)
    .describe('Chains that training sequences are drawn from; 0 for a new one for every sequence'),
  ...frequencyKeys,
  pool_change: z
    .enum(['none', 'redraw'])
    .default('none')
    .describe(
      'How the pool changes while it is trained on: not, or drawn anew; held-out sequences are of the first one',
    ),
  pool_period: periodKey,
});

type Settings = z.infer<typeof schema>;

/**
 * In-context Markov chains: each sequence is of one chain, whose rows are drawn from a Dirichlet prior, and every next symbol is to
 * be predicted. Edelman et al. 2024, arXiv 2402.11004; with a pool of chains Park et al. 2024, arXiv 2412.01003. Pools are nested: a
 * larger one begins with the chains of a smaller.
 */
export const markovChain: TaskDefinition<Settings> = {
  name: 'markov_chain',
  title: 'Markov chains in context (Edelman et al. 2024)',
  schema,
  ...chainMeasures,
  create(settings, context): Task {
    check(settings, context);
    const { vocabulary, length, order, concentration: alpha, pool: poolSize } = settings;
    const fixed: { readonly pool?: HostTensor } =
      poolSize === 0 ? {} : context.fixed ? given(settings, context.fixed) : drawPool(settings, context.stream('task'));
    const chainsOf = (tables: HostTensor) =>
      Array.from({ length: poolSize }, (_, k) => chainOf(tableOf(tables, k), settings));
    const pool = fixed.pool ? chainsOf(fixed.pool) : [];
    const { frequencies, draw } = poolDrawer(poolSize, settings);
    const prior = fromPrior(settings, alpha);
    const source = poolSize > 0 ? fromPool(pool, draw) : prior;
    const later = remembered((n) => fromPool(chainsOf(drawPool(settings, context.stream(`task/${n}`)).pool), draw));
    const sourceAt = (step: number) => {
      const place = placeOf(step, settings.pool_period);
      return settings.pool_change === 'none' || place.pool === 0 ? source : later(place.pool);
    };
    const heldOut = (from: typeof source, set: 'evaluate' | 'evaluate/new') =>
      drawSequences(from, { count: context.evaluationPrompts, length, vocabulary }, context.stream(set));
    return {
      definition: markovChain,
      sizes: { vocabulary, length, order, pool: poolSize },
      fixed,
      ...nextSymbolParts({
        vocabulary,
        length,
        order,
        draw: (stream, count, step) => drawSequences(sourceAt(step), { count, length, vocabulary }, stream),
        probe: drawSequences(source, { count: context.probePrompts, length, vocabulary }, context.stream('probe')),
      }),
      evaluation: chainEvaluation(
        heldOut(source, 'evaluate'),
        poolSize > 0 ? heldOut(prior, 'evaluate/new') : undefined,
        { order, alpha, pool, ...(frequencies && { frequencies }) },
      ),
    };
  },
};

/** Most contexts of a chain: the shares of all of them are solved for. */
const mostContexts = 1024;

function check(settings: Settings, context: TaskContext): void {
  const { vocabulary, length, order, pool } = settings;
  requireCrossEntropy(context.loss);
  const ofPool = (['zipf', 'geometric', 'pool_change'] as const).find(
    (key) => settings[key] !== schema.shape[key].def.defaultValue,
  );
  if (pool === 0 && ofPool) {
    throw new UserError({
      what: `task.${ofPool} is ${settings[ofPool]}, but every sequence has a chain of its own`,
      fix: 'set task.pool, or leave it out',
    });
  }
  const contexts = vocabulary ** order;
  if (contexts > mostContexts) {
    throw new UserError({
      what: `chains of order ${order} over ${vocabulary} symbols have ${contexts} contexts`,
      expected: `at most ${mostContexts}`,
      fix: 'lower task.vocabulary or task.order',
    });
  }
  const prompts = (pool > 0 ? 2 : 1) * context.evaluationPrompts + context.probePrompts;
  const chains = pool > 0 ? pool + context.evaluationPrompts : prompts;
  requireRoom({
    numbers: chains * contexts * vocabulary + 8 * prompts * length * vocabulary,
    // Shares of contexts; both predictors of the pool try every chain at every symbol.
    multiplications: chains * (contexts ** 3 / 3) + 4 * prompts * length * pool * (vocabulary + 4),
    settings: ['evaluate.prompts', 'task.pool', 'task.length', 'task.vocabulary'],
  });
}

const poolShape = ({ pool, vocabulary, order }: Settings): number[] => [pool, vocabulary ** order, vocabulary];

/** Rounded to float32, so that a snapshot holds exactly what was trained on. */
function drawPool(settings: Settings, stream: RandomStream): { readonly pool: HostTensor } {
  const [pool, contexts, vocabulary] = poolShape(settings) as [number, number, number];
  const numbers = new Float32Array(pool * contexts * vocabulary);
  for (let at = 0; at < numbers.length; at += contexts * vocabulary) {
    numbers.set(drawTransitions(settings, settings.concentration, stream), at);
  }
  return { pool: hostTensor(poolShape(settings), numbers) };
}

/** The transitions of chain k of a pool [chain, context, symbol]. */
function tableOf({ shape, data }: HostTensor, k: number): ArrayLike<number> {
  const size = shape[1]! * shape[2]!;
  return data.subarray(k * size, (k + 1) * size);
}

/** The pool of a snapshot. @throws UserError when it does not have the sizes of the configuration */
function given(settings: Settings, { pool }: Readonly<Record<string, HostTensor>>): { readonly pool: HostTensor } {
  const shape = poolShape(settings);
  if (pool?.shape.join() === shape.join()) return { pool };
  throw new UserError({
    what: `task/pool ${pool ? `has shape [${pool.shape.join(', ')}]` : 'is missing'}`,
    expected: `shape [${shape.join(', ')}]`,
  });
}
