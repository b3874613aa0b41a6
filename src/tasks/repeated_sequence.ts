import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { hostTensor } from '../core/tensor.ts';
import { requireRoom } from './bounds/room.ts';
import type { Task, TaskContext, TaskDefinition } from './contract.ts';
import { repeatEvaluation } from './repeated/evaluation.ts';
import { repeatMeasures } from './repeated/measures.ts';
import { drawRepeats } from './repeated/prompts.ts';
import { requireCrossEntropy } from './tokens/cross_entropy.ts';
import { samePrefix } from './tokens/match.ts';
import { letterOf, oneHot, symbolsTensor } from './tokens/symbols.ts';
import { tokenTraining } from './tokens/training.ts';

const period = (least: number, description: string) => z.int().min(least).max(10_000).describe(description);

const schema = z.strictObject({
  vocabulary: z.int().min(2).max(1000).default(32).describe('Symbols, V'),
  length: z.int().min(8).max(10_000).default(48).describe('Symbols shown, T; after each the next one is asked for'),
  shortest_period: period(2, 'Fewest symbols of the segment that is repeated, in training').default(8),
  longest_period: period(2, 'Most of them; the same for one period only, which its place alone tells').default(24),
  held_out_period: period(0, 'Symbols of the segment in held-out sequences, S; 0 for the most of training').default(0),
});

type Settings = z.infer<typeof schema>;

/**
 * A random segment of S symbols, repeated, S drawn for every sequence: what an induction head learns to continue. Olsson et al. 2022,
 * arXiv 2209.11895.
 */
export const repeatedSequence: TaskDefinition<Settings> = {
  name: 'repeated_sequence',
  title: 'Repeated random sequences (Olsson et al. 2022)',
  schema,
  ...repeatMeasures,
  create(settings, context): Task {
    const { vocabulary, length, shortest_period: shortest, longest_period: longest } = settings;
    const held = settings.held_out_period || longest;
    check(settings, held, context);
    const trained = { length, vocabulary, periods: [shortest, longest] as const };
    const heldOut = { ...trained, periods: [held, held] as const };
    const probe = drawRepeats(heldOut, context.probePrompts, context.stream('probe'));
    return {
      definition: repeatedSequence,
      sequence: {
        width: vocabulary,
        length,
        align: 'start',
        readout: (tokens) => Array.from({ length: tokens }, (_, t) => t),
        outputs: vocabulary,
        match: ({ tokens }) => samePrefix(tokens!),
      },
      sizes: { vocabulary, length, period: held },
      fixed: {},
      theory: { uniform_loss: Math.log(vocabulary) },
      training: tokenTraining({ length, width: vocabulary, readOut: length, outputs: vocabulary }, (stream, count) => {
        const { shown, next } = drawRepeats(trained, count, stream);
        return { tokens: oneHot(shown, vocabulary), target: oneHot(next, vocabulary) };
      }),
      evaluation: repeatEvaluation(drawRepeats(heldOut, context.evaluationPrompts, context.stream('evaluate'))),
      probe: {
        inputs: { tokens: hostTensor([probe.count, length, vocabulary], oneHot(probe.shown, vocabulary)) },
        references: { symbols: symbolsTensor(probe.count, Array.from(probe.shown, letterOf)) },
      },
    };
  },
};

function check(settings: Settings, held: number, { loss, evaluationPrompts, probePrompts }: TaskContext): void {
  const { vocabulary, length, shortest_period: shortest, longest_period: longest } = settings;
  requireCrossEntropy(loss);
  if (shortest > longest) {
    throw new UserError({
      what: `task.shortest_period is ${shortest} and task.longest_period ${longest}`,
      expected: 'no more for the shortest than for the longest',
    });
  }
  for (const [name, value] of Object.entries({ longest_period: longest, held_out_period: held })) {
    if (value >= 2 && value < length) continue;
    throw new UserError({
      what: `task.${name} is ${value} of a sequence of ${length} symbols, which repeats nothing`,
      expected: `from 2 to ${length - 1}`,
    });
  }
  requireRoom({
    numbers: 3 * (evaluationPrompts + probePrompts) * length * vocabulary,
    settings: ['evaluate.prompts', 'task.length', 'task.vocabulary'],
  });
}
