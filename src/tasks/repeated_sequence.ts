import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { requireRoom } from './bounds/room.ts';
import type { Task, TaskContext, TaskDefinition } from './contract.ts';
import { repeatEvaluation } from './repeated/evaluation.ts';
import { repeatMeasures } from './repeated/measures.ts';
import { drawRepeats } from './repeated/prompts.ts';
import { requireCrossEntropy } from './tokens/cross_entropy.ts';
import { nextSymbolParts, nextSymbolSettings } from './tokens/next_symbol.ts';

const period = (least: number, description: string) => z.int().min(least).max(10_000).describe(description);

const schema = z.strictObject({
  vocabulary: nextSymbolSettings.vocabulary.default(32),
  length: nextSymbolSettings.length(8).default(48),
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
    return {
      definition: repeatedSequence,
      sizes: { vocabulary, length, period: held },
      fixed: {},
      ...nextSymbolParts({
        vocabulary,
        length,
        order: 1,
        draw: (stream, count) => drawRepeats(trained, count, stream),
        probe: drawRepeats(heldOut, context.probePrompts, context.stream('probe')),
      }),
      evaluation: repeatEvaluation(drawRepeats(heldOut, context.evaluationPrompts, context.stream('evaluate'))),
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
