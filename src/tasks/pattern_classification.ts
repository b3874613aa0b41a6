import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { matrixOf } from '../core/linalg.ts';
import { requireRoom } from './bounds/room.ts';
import type { Task, TaskContext, TaskDefinition } from './contract.ts';
import { heldOutEvaluation, partOf } from './pattern/evaluation.ts';
import { patternMeasures } from './pattern/measures.ts';
import { drawPatterns, givenPatterns, mostOutOfDomain, outOfDomainFamilies } from './pattern/patterns.ts';
import { pictureOf, probeOf } from './pattern/probe.ts';
import { type Problem, samePattern, type World } from './pattern/prompts.ts';
import { splitTasks } from './pattern/split.ts';
import { hingeTraining } from './pattern/training.ts';

const longest = 1000;
const length = z.int().min(1).max(longest);
const share = (description: string) => z.number().gt(0).max(1).default(0.8).describe(description);

const schema = z.strictObject({
  relevant: z.int().min(2).max(100).default(6).describe('Relevant patterns μ, M1; a task tells two of them apart'),
  irrelevant: z.int().min(1).max(500).default(24).describe('Irrelevant patterns ν, M2'),
  out_of_domain: z
    .int()
    .min(0)
    .max(100)
    .default(3)
    .describe('Relevant patterns μ′ never trained on, M1′; 0 leaves out-of-domain prompts out'),
  pattern_norm: z.number().positive().max(1000).default(2).describe('Norm of every pattern, β'),
  kappa: z
    .number()
    .min(0)
    .max(100)
    .default(0.5)
    .describe('An input is μ + κ ν with κ uniform between −kappa and kappa'),
  kappa_test: z
    .union([z.number().min(0).max(100), z.literal('kappa')])
    .default('kappa')
    .describe('The same in held-out prompts: a number, or kappa for that of training'),
  label_dim: z.int().min(1).max(1000).default(30).describe('Length of the label part of a token, d_Y'),
  basis: z
    .enum(['axes', 'rotated'])
    .default('rotated')
    .describe(
      'Patterns and label embedding in random orthogonal directions, or along axes, which Adam alone tells apart',
    ),
  alpha: share('Share of the contexts in training that have one of the two patterns of the task, α'),
  alpha_test: share('The same in held-out prompts, α′'),
  context: z
    .union([length, z.tuple([length, length])])
    .default(20)
    .describe('Contexts of a training prompt, l_tr: a number, or [least, most], drawn anew for every update'),
  context_test: length.default(20).describe('Contexts of a held-out prompt, l_ts'),
  lengths: z
    .array(length)
    .max(50)
    .default([6, 8, 10, 12, 14, 16, 18, 20])
    .describe('Numbers of contexts at which the error on unseen tasks is measured as well'),
  trained_shifts: z
    .int()
    .min(1)
    .max(99)
    .default(1)
    .describe('Trained are the tasks (i, i + s) for s up to this: 1 is 6 of 30 tasks, 3 is 18'),
  trained_subset: z
    .enum(['shifts', 'random'])
    .default('shifts')
    .describe('Trained are the tasks of whole shifts, or as many drawn at random from all'),
  s1: z.number().min(-10).max(10).default(1.1).describe('Sum of the coefficients of μ′ in the patterns μ, S1'),
  ood_family: z
    .enum(outOfDomainFamilies)
    .default('pairs')
    .describe('How μ′ is made: from two patterns, or as a difference of two beside a third'),
});

type Parameters = z.infer<typeof schema>;

/** Binary classification of patterns from labelled contexts: Li et al. 2024, arXiv 2402.15607. */
export const patternClassification: TaskDefinition<Parameters> = {
  name: 'pattern_classification',
  title: 'Classification of patterns (Li et al. 2024)',
  schema,
  ...patternMeasures,
  partOf,
  create(parameters, context): Task {
    check(parameters, context);
    const stream = context.stream('task');
    const patterns = context.fixed ? givenPatterns(parameters, context.fixed) : drawPatterns(parameters, stream);
    const { context: range, context_test: contextTest, lengths } = parameters;
    const [least, most] = typeof range === 'number' ? [range, range] : range;
    const world: World = {
      irrelevant: matrixOf(patterns['irrelevant']!),
      labelEmbedding: Float64Array.from(patterns['label_embedding']!.data),
    };
    const { trained, unseen, fixed: drawn } = splitTasks(parameters, context.fixed, stream);
    const fixed = { ...patterns, ...drawn };
    const problem: Problem = {
      world,
      relevant: matrixOf(patterns['relevant']!),
      outOfDomain: patterns['out_of_domain'] && matrixOf(patterns['out_of_domain']),
      trained,
      unseen,
    };
    const longestPrompt = Math.max(most, contextTest, ...lengths) + 1;
    const width = problem.relevant.columns + parameters.label_dim;
    const prompts = context.evaluationPrompts + context.probePrompts;
    requireRoom({
      // Trained, unseen and out-of-domain prompts as tokens, and once as the patterns that they show.
      numbers: prompts * width * (2 * (contextTest + 1) + 2 * longestPrompt),
      settings: ['evaluate.prompts', 'task.context_test', 'task.lengths', 'task.label_dim'],
    });
    const held = {
      share: parameters.alpha_test,
      kappa: parameters.kappa_test === 'kappa' ? parameters.kappa : parameters.kappa_test,
      contexts: contextTest,
      lengths: ascending(lengths),
    };
    return {
      definition: patternClassification,
      sequence: {
        width,
        length: longestPrompt,
        align: 'end',
        readout: (tokens) => [tokens - 1],
        match: ({ tokens }) => samePattern(tokens!, problem.relevant.columns, parameters.pattern_norm),
      },
      sizes: { relevant: parameters.relevant, contexts: longestPrompt - 1 },
      fixed,
      theory: { copy_floor: copyFloor(parameters.alpha_test, contextTest) },
      training: hingeTraining(problem, { share: parameters.alpha, kappa: parameters.kappa, least, most }),
      evaluation: heldOutEvaluation(problem, held, context.evaluationPrompts, context),
      probe: probeOf(problem, { ...held, contexts: longestPrompt - 1 }, context.probePrompts, context.stream('probe')),
      picture: pictureOf(problem),
    };
  },
};

/**
 * (1 − α′/2)^l: how often no context shares the query's pattern, so that one who copies the labels of those that do must err.
 */
function copyFloor(share: number, contexts: number): number {
  let floor = 1;
  for (let i = 0; i < contexts; i++) floor *= 1 - share / 2;
  return floor;
}

function ascending(lengths: readonly number[]): number[] {
  return [...new Set(lengths)].sort((a, b) => a - b);
}

function check(parameters: Parameters, { loss }: TaskContext): void {
  const { relevant, trained_shifts: shifts, alpha, alpha_test, context, out_of_domain: outside } = parameters;
  if (loss !== 'default' && loss !== 'hinge') {
    throw new UserError({
      what: `train.loss is ${loss}, which pattern_classification does not have`,
      expected: 'hinge or default',
    });
  }
  if (typeof context !== 'number' && context[0] > context[1]) {
    throw new UserError({ what: `task.context is [${context.join(', ')}]`, expected: '[least, most]' });
  }
  if (shifts >= relevant) {
    throw new UserError({
      what: `task.trained_shifts is ${shifts}, but ${relevant} patterns make tasks (i, i + s) for s up to ${relevant - 1} only`,
      expected: `at most ${relevant - 1}`,
    });
  }
  if (relevant === 2 && Math.min(alpha, alpha_test) < 1) {
    throw new UserError({
      what: `task.${alpha < 1 ? 'alpha' : 'alpha_test'} is ${Math.min(alpha, alpha_test)}, but 2 relevant patterns leave no third one for the other contexts`,
      expected: '1',
      fix: 'or raise task.relevant',
    });
  }
  if (outside > 0) checkOutOfDomain(parameters);
}

/** What the smallest and largest S1 of unit combinations of so few patterns are. */
const largestSum = { pairs: Math.SQRT2, difference: 1 } as const;

function checkOutOfDomain({ relevant, out_of_domain: count, s1, ood_family: family }: Parameters): void {
  const most = mostOutOfDomain(family, relevant);
  if (count < 2 || count > most) {
    throw new UserError({
      what: `task.out_of_domain is ${count}; with ood_family ${family}, ${relevant} relevant patterns make at most ${most}, and a task needs two`,
      expected: most < 2 ? '0, which leaves them out' : `0 or 2${most > 2 ? ` to ${most}` : ''}`,
    });
  }
  if (Math.abs(s1) > largestSum[family]) {
    throw new UserError({
      what: `task.s1 is ${s1}, but with ood_family ${family} patterns μ′ of the norm of μ have at most ${Number(largestSum[family].toFixed(3))} in size`,
      expected: family === 'pairs' ? 'at most √2, from −√2 on' : '−1 to 1',
    });
  }
}
