import { baselines } from '../../baselines/registry.ts';
import type { TaskDefinition } from '../../tasks/contract.ts';
import type { FunctionClass, Reference } from '../../tasks/functions/function_class.ts';
import { type FunctionSettings, type FunctionTask, functionTask } from '../../tasks/functions/task.ts';
import { entering } from './fault.ts';
import { Given, kindOf } from './given.ts';

type Class = ReturnType<FunctionTask<FunctionSettings>['functions']>;

/** `functionTask` for a plugin, whose classes of functions are looked at before they are used. */
export const functionTaskOf =
  (file: string) =>
  <S extends FunctionSettings>(description: FunctionTask<S>): TaskDefinition<S> => {
    const given = new Given(file, 'what functionTask was given', description);
    const functions = given.value<FunctionTask<S>['functions']>(
      'functions',
      'a function',
      (one) => typeof one === 'function',
    );
    return functionTask({
      ...description,
      functions: (settings) => classOf(new Given(file, 'what functions gave', functions.call(description, settings))),
    });
  };

function classOf(given: Given): Class {
  const isFunction = (value: unknown) => typeof value === 'function';
  const draw = given.value<FunctionClass['draw']>('draw', 'a function that draws one', isFunction);
  const drawOne: FunctionClass['draw'] = (stream) => {
    entering(draw);
    const label = draw.call(given.whole, stream);
    if (!isFunction(label)) return given.refuse('draw()', kindOf(label), 'a function from an input to its label');
    return (input) => {
      entering(label);
      return label(input);
    };
  };
  const expected =
    given.has('expected') &&
    given.record('expected', (part, name) => part.value(name, 'a function of the number of examples', isFunction));
  const known = Object.keys(expected || {});
  const isExpected = (value: unknown) => known.includes(value as string);
  return {
    kind: given.value(
      'kind',
      'regression or classification',
      (one) => one === 'regression' || one === 'classification',
    ),
    draw: drawOne,
    power: given.number('power', 0),
    ...(given.has('noise') && { noise: given.number('noise', 0) }),
    references: referencesOf(given),
    ...(expected && { expected: expected as NonNullable<FunctionClass['expected']> }),
    ...(given.has('optimal') && {
      optimal: given.value(
        'optimal',
        `a name of \`expected\`, which ${known.length > 0 ? `has ${known.join(', ')}` : 'is empty'}`,
        isExpected,
      ),
    }),
  };
}

function referencesOf(given: Given): readonly Reference[] {
  const list = given.value<readonly unknown[]>('references', 'a list, [] for none', Array.isArray);
  return list.map((one, i) => {
    const reference = new Given(given.file, `${given.name}.references[${i}]`, one);
    const isBaseline = (value: unknown) => baselines.has(value as string);
    reference.value('name', 'a name', (value) => typeof value === 'string' && /^\w+$/.test(value));
    reference.value(reference.has('of') ? 'of' : 'name', `one of ${[...baselines.keys()].join(', ')}`, isBaseline);
    if (reference.has('options')) {
      reference.value('options', 'a list of settings, not empty', (value) => Array.isArray(value) && value.length > 0);
    }
    const seen =
      reference.has('seen') && reference.function<(value: number) => number>('seen', { doing: 'a comparison' });
    if (reference.has('most')) reference.number('most', 1);
    return { ...(one as Reference), ...(seen && { seen }) };
  });
}
