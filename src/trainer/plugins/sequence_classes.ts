import type { TaskDefinition } from '../../tasks/contract.ts';
import type { SequenceClass } from '../../tasks/tokens/sequence_class.ts';
import { type TokenSettings, type TokenTask, tokenTask } from '../../tasks/tokens/task.ts';
import { entering } from './fault.ts';
import { Given } from './given.ts';

type Class = ReturnType<TokenTask<TokenSettings>['sequences']>;

/** `tokenTask` for a plugin, whose classes of sequences are looked at before they are used. */
export const tokenTaskOf =
  (file: string) =>
  <S extends TokenSettings>(description: TokenTask<S>): TaskDefinition<S> => {
    const given = new Given(file, 'what tokenTask was given', description);
    const sequences = given.value<TokenTask<S>['sequences']>('sequences', 'a function', isFunction);
    return tokenTask({
      ...description,
      sequences: (settings) => classOf(new Given(file, 'what sequences gave', sequences.call(description, settings))),
    });
  };

function classOf(given: Given): Class {
  const draw = given.value<SequenceClass['draw']>('draw', 'a function that draws a sequence', isFunction);
  return {
    draw(stream, count) {
      entering(draw);
      return draw.call(given.whole, stream, count);
    },
    ...(given.has('order') && { order: given.value('order', 'a whole number from 1 on', isCount) }),
    ...(given.has('predictors') && {
      predictors: given.record('predictors', (part, name) => {
        const predict = part.value<NonNullable<SequenceClass['predictors']>[string]>(name, 'a function', isFunction);
        return (seen) => {
          entering(predict);
          return predict(seen);
        };
      }),
    }),
  };
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;
