import { hostTensor } from '../../core/tensor.ts';
import type { Estimate } from '../../protocol/events.ts';
import { requireRoom } from '../bounds/room.ts';
import type { Evaluation, Task, TaskContext, TaskDefinition } from '../contract.ts';
import { named } from '../named.ts';
import { logSoftmax, requireCrossEntropy } from './cross_entropy.ts';
import { tokenMetrics, uniformLevel } from './measures.ts';
import { nextSymbolParts, nextSymbolSettings } from './next_symbol.ts';
import { byPosition, hitsOf, lossesOf, overPositions } from './scores.ts';
import { type DrawnSymbols, drawSymbols, logShares, type SequenceClass } from './sequence_class.ts';
import { oneHot } from './symbols.ts';

export interface TokenSettings {
  readonly vocabulary: number;
  readonly length: number;
}

/** Keys of a task whose prompts are sequences of symbols, with the defaults given. */
export const tokenKeys = ({ vocabulary, length }: TokenSettings) => ({
  vocabulary: nextSymbolSettings.vocabulary.default(vocabulary),
  length: nextSymbolSettings.length(2).default(length),
});

export interface TokenTask<S extends TokenSettings> extends Omit<TaskDefinition<S>, 'create'> {
  /** @throws UserError when the settings cannot go together */
  sequences(settings: S): Omit<SequenceClass, keyof TokenSettings>;
}

/** The task of continuing sequences of symbols by a rule that each shows: after every symbol the next one is to be predicted. */
export function tokenTask<S extends TokenSettings>({ sequences, ...description }: TokenTask<S>): TaskDefinition<S> {
  const { metrics = [], charts = [] } = description;
  const definition: TaskDefinition<S> = {
    ...description,
    metrics: [...metrics, ...tokenMetrics],
    charts: [{ name: 'loss', title: 'loss', curves: [], levels: [uniformLevel] }, ...charts],
    create(settings, context) {
      const { vocabulary, length } = settings;
      requireCrossEntropy(context.loss);
      requireRoom({
        numbers: 3 * (context.evaluationPrompts + context.probePrompts) * length * vocabulary,
        settings: ['evaluate.prompts', 'task.length', 'task.vocabulary'],
      });
      return taskOf(definition, { ...sequences(settings), vocabulary, length }, context);
    },
  };
  return definition;
}

function taskOf<S>(definition: TaskDefinition<S>, source: SequenceClass, context: TaskContext): Task {
  const { vocabulary, length, order = 1 } = source;
  return {
    definition: definition as TaskDefinition,
    sizes: { vocabulary, length },
    fixed: {},
    ...nextSymbolParts({
      vocabulary,
      length,
      order,
      draw: (stream, count) => drawSymbols(source, count, stream),
      probe: drawSymbols(source, context.probePrompts, context.stream('probe')),
    }),
    evaluation: evaluationOf(source, drawSymbols(source, context.evaluationPrompts, context.stream('evaluate'))),
  };
}

/** Cross-entropy with the symbols that come, and accuracy: of the model, and of the predictors of the class. */
function evaluationOf(source: SequenceClass, heldOut: DrawnSymbols): Evaluation {
  const { vocabulary, length } = source;
  return {
    inputs: { tokens: hostTensor([heldOut.count, length, vocabulary], oneHot(heldOut.shown, vocabulary)) },
    outputs: (forward, { tokens }) => ({ prediction: forward.predict({ tokens: tokens! }) }),
    measure: ({ prediction }) => scoresOf(source, heldOut, logSoftmax(prediction!.data, vocabulary)),
    references: { target: hostTensor([heldOut.count, length], Float32Array.from(heldOut.next)) },
    *baselines(most = heldOut.count) {
      const some = { ...heldOut, count: Math.min(most, heldOut.count) };
      for (const one of Object.entries(source.predictors ?? {}))
        yield named(`baseline/${one[0]}/`, scoresOf(source, some, logShares(source, some, one)));
    },
  };
}

/** @param logs log q [prompt, token, symbol] */
function scoresOf(
  { vocabulary, length }: SequenceClass,
  { count, next }: DrawnSymbols,
  logs: Float64Array,
): Record<string, Estimate> {
  const target = oneHot(next.subarray(0, count * length), vocabulary);
  const shown = { count, positions: length, vocabulary, logs };
  const [losses, hits] = [lossesOf({ ...shown, target }), hitsOf(shown, next)];
  return {
    eval_loss: overPositions(losses, count),
    accuracy: overPositions(hits, count),
    ...byPosition('loss_at', losses, count),
    ...byPosition('accuracy_at', hits, count),
  };
}
