import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { type HostTensor, hostTensor } from '../core/tensor.ts';
import { requireRoom } from './bounds/room.ts';
import { type Classes, drawMeans } from './bursty/classes.ts';
import { burstyEvaluation } from './bursty/evaluation.ts';
import { burstyMeasures } from './bursty/measures.ts';
import { drawPrompts, kindsOf, labelsOfClass, namesOf, targetsOf, tokenCount, tokensOf } from './bursty/prompts.ts';
import type { Task, TaskContext, TaskDefinition } from './contract.ts';
import { frequenciesOf } from './pools/frequencies.ts';
import { requireCrossEntropy } from './tokens/cross_entropy.ts';
import { letterOf, oneHot, symbolsTensor } from './tokens/symbols.ts';
import { tokenTraining } from './tokens/training.ts';

const share = (description: string) => z.number().min(0).max(1).describe(description);

const schema = z.strictObject({
  classes: z.int().min(2).max(100_000).default(512).describe('Classes of training, K'),
  labels: z.int().min(2).max(1000).default(8).describe('Labels, L; as many classes have each'),
  dim: z.int().min(1).max(1000).default(16).describe('Numbers in an exemplar, D'),
  pairs: z.int().min(1).max(1000).default(8).describe('Pairs of an exemplar and its label before the query, N'),
  burst: z
    .int()
    .min(1)
    .max(1000)
    .default(2)
    .describe('How often each class of a bursty context is there, B; divides the pairs'),
  bursty: share(
    'Share of prompts with a bursty context, which has the class of the query; the others are drawn freely',
  ).default(1),
  noise: z.number().min(0).max(10).default(0.1).describe('ε: an exemplar is (μ + ε η) / √(1 + ε²)'),
  zipf: z.number().min(0).max(10).default(0).describe('α: classes come with frequencies ∝ k^−α'),
  novel: share('Share of prompts with classes that no other prompt has').default(0),
  relabelled: share('Share of prompts, beside those, in which the labels of the classes are exchanged').default(0),
});

type Settings = z.infer<typeof schema>;

/**
 * Which label has the query, after pairs of exemplars and labels: to be known in weights, or read from the context. Reddy 2024,
 * arXiv 2312.03002; Chan et al. 2022, arXiv 2205.05055; Singh et al. 2023, arXiv 2311.08360.
 */
export const burstyClassification: TaskDefinition<Settings> = {
  name: 'bursty_classification',
  title: 'Classification in context or in weights (Reddy 2024)',
  schema,
  ...burstyMeasures,
  create(settings, context): Task {
    check(settings, context);
    const { classes: count, labels, dim, pairs } = settings;
    const fixed = context.fixed ? given(settings, context.fixed) : draw(settings, context);
    const known: Classes = {
      means: Float32Array.from(fixed.means.data),
      dim,
      labelOf: fixed.labels.data,
      labels,
      frequencies: frequenciesOf(count, settings.zipf),
    };
    const kinds = kindsOf(known, settings);
    const training = kinds.training(settings);
    const heldOut = (plan: typeof training, set: 'evaluate' | `evaluate/${string}`) =>
      drawPrompts(plan, known, settings, context.evaluationPrompts, context.stream(set));
    const probe = drawPrompts(training, known, settings, context.probePrompts, context.stream('probe'));
    const length = tokenCount(pairs);
    return {
      definition: burstyClassification,
      sequence: {
        width: dim + labels,
        length,
        align: 'end',
        readout: (tokens) => [tokens - 1],
        outputs: labels,
        match: ({ tokens }) => labelsOfClass(tokens!, dim, settings.noise),
      },
      sizes: { classes: count, labels, dim, pairs },
      fixed,
      theory: { uniform_loss: Math.log(labels), chance: 1 / labels },
      training: tokenTraining({ length, width: dim + labels, readOut: 1, outputs: labels }, (stream, batch) => {
        const prompts = drawPrompts(training, known, settings, batch, stream);
        return { tokens: tokensOf(prompts, known), target: oneHot(targetsOf(prompts), labels) };
      }),
      evaluation: burstyEvaluation(
        {
          trained: heldOut(training, 'evaluate'),
          others: {
            context: heldOut(kinds.novel, 'evaluate/new'),
            swapped: heldOut(kinds.swapped, 'evaluate/swapped'),
            weights: heldOut(kinds.absent, 'evaluate/weights'),
            ...(kinds.labelOnly && { label: heldOut(kinds.labelOnly, 'evaluate/label') }),
          },
        },
        known,
        settings,
      ),
      probe: {
        inputs: { tokens: hostTensor([probe.count, length, dim + labels], tokensOf(probe, known)) },
        references: { symbols: symbolsTensor(probe.count, namesOf(probe, letterOf)) },
      },
    };
  },
};

function check(settings: Settings, { loss, evaluationPrompts, probePrompts }: TaskContext): void {
  const { classes, labels, dim, pairs, burst, novel, relabelled } = settings;
  requireCrossEntropy(loss);
  const refuse = (what: string, expected: string): never => {
    throw new UserError({ what, expected });
  };
  if (pairs % burst !== 0)
    refuse(`task.burst is ${burst}, which does not divide task.pairs ${pairs}`, `a divisor of ${pairs}`);
  if (classes <= pairs / burst) {
    refuse(
      `task.classes is ${classes}, of which a context has ${pairs / burst} beside the query's`,
      `at least ${pairs / burst + 1}`,
    );
  }
  if (classes % labels !== 0)
    refuse(
      `task.classes is ${classes}, which are no whole number for each of ${labels} labels`,
      `a multiple of ${labels}`,
    );
  if (novel + relabelled > 1) refuse(`task.novel and task.relabelled are ${novel + relabelled} together`, 'at most 1');
  const prompts = 5 * evaluationPrompts + probePrompts;
  requireRoom({
    numbers: classes * dim + prompts * tokenCount(pairs) * (dim + labels),
    settings: ['task.classes', 'evaluate.prompts', 'task.pairs', 'task.dim'],
  });
}

interface Fixed extends Record<string, HostTensor> {
  readonly means: HostTensor;
  readonly labels: HostTensor;
}

/** Means [class, feature] and labels [class], as many classes for each label, at random. */
function draw({ classes, labels, dim }: Settings, context: TaskContext): Fixed {
  const stream = context.stream('task');
  const order = stream.permutation(classes);
  return {
    labels: hostTensor(
      [classes],
      Float32Array.from(order, (place) => place % labels),
    ),
    means: hostTensor([classes, dim], drawMeans(classes, dim, stream)),
  };
}

/** Those of a snapshot. @throws UserError when they do not have the sizes of the configuration */
function given({ classes, dim }: Settings, tensors: Readonly<Record<string, HostTensor>>): Fixed {
  const take = (name: string, shape: readonly number[]): HostTensor => {
    const tensor = tensors[name];
    if (tensor?.shape.join() === shape.join()) return tensor;
    throw new UserError({
      what: `task/${name} ${tensor ? `has shape [${tensor.shape.join(', ')}]` : 'is missing'}`,
      expected: `shape [${shape.join(', ')}]`,
    });
  };
  return { labels: take('labels', [classes]), means: take('means', [classes, dim]) };
}
