import { UserError } from '../core/errors.ts';
import { significant, thousands } from '../core/format.ts';
import { evaluateSection, type RunConfig, trainSection } from './config.ts';

/** When a change of a setting takes effect in a run that goes on. */
export type Effect = 'now' | 'next step' | 'new run';

/** A setting that people change while a run goes on. */
export interface Control {
  /** What is typed for it: `:lr 0.01`. */
  readonly name: string;
  readonly title: string;
  /** Where it may stand in the configuration; the first that a run has counts. */
  readonly paths: readonly string[];
  readonly effect: Effect;
  readonly expected: string;
  /** Whether a value is the name of a metric, which the run has to measure. */
  readonly names?: 'metrics';
  /** Whether a value fits; the ranges of task settings are the task's own. */
  fits(value: unknown): boolean;
  /** Whether the change needs other graphs, because the value is part of them. */
  recompiles(from: unknown, to: unknown): boolean;
}

const train = trainSection.shape;
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const isContext = (value: unknown): boolean => isNumber(value) || (Array.isArray(value) && value.every(isNumber));
const never = (): boolean => false;
const always = (): boolean => true;
/** The graph has no place for what is 0. */
const whenSwitched = (from: unknown, to: unknown): boolean => from === 0 || to === 0;

/** Every control, in the order in which they are listed. */
export const controls: readonly Control[] = [
  {
    name: 'lr',
    title: 'learning rate',
    paths: ['train.learning_rate'],
    effect: 'next step',
    expected: 'a number above 0, at most 1000, as in :lr 0.01',
    fits: (value) => train.learning_rate.safeParse(value).success,
    recompiles: never,
  },
  {
    name: 'batch',
    title: 'batch',
    paths: ['train.batch'],
    effect: 'next step',
    expected: 'a whole number of prompts from 1, as in :batch 128',
    fits: (value) => train.batch.safeParse(value).success,
    recompiles: always,
  },
  {
    name: 'noise',
    title: 'noise',
    paths: ['task.noise'],
    effect: 'next step',
    expected: 'a number from 0, as in :noise 0.05',
    fits: isNumber,
    recompiles: always,
  },
  {
    name: 'alpha',
    title: 'α',
    paths: ['task.alpha'],
    effect: 'next step',
    expected: 'a number from 0 to 1, as in :alpha 0.8',
    fits: isNumber,
    recompiles: always,
  },
  {
    name: 'decay',
    title: 'weight decay',
    paths: ['train.weight_decay'],
    effect: 'next step',
    expected: 'a number from 0, as in :decay 0.01',
    fits: (value) => train.weight_decay.safeParse(value).success,
    recompiles: whenSwitched,
  },
  {
    name: 'clip',
    title: 'gradient norm',
    paths: ['train.clip_norm'],
    effect: 'next step',
    expected: 'the largest norm of a gradient, 0 for no limit, as in :clip 1',
    fits: (value) => train.clip_norm.safeParse(value).success,
    recompiles: whenSwitched,
  },
  {
    name: 'every',
    title: 'evaluation',
    paths: ['evaluate.every'],
    effect: 'now',
    expected: 'a whole number of steps from 1, as in :every 20',
    fits: (value) => evaluateSection.shape.every.safeParse(value).success,
    recompiles: never,
  },
  {
    name: 'steps',
    title: 'steps in all',
    paths: ['train.steps'],
    effect: 'now',
    expected: 'a whole number of steps, as in :steps 5000',
    fits: (value) => train.steps.safeParse(value).success,
    recompiles: never,
  },
  {
    name: 'pace',
    title: 'pace',
    paths: ['train.pace'],
    effect: 'now',
    expected: 'steps a second, 0 for no limit, as in :pace 30',
    fits: (value) => train.pace.safeParse(value).success,
    recompiles: never,
  },
  {
    name: 'metric',
    title: 'metric of the pruning panel',
    paths: ['prune.metric'],
    effect: 'now',
    expected: 'the name of a metric that evaluations measure, as in :metric eval_loss',
    names: 'metrics',
    fits: (value) => typeof value === 'string',
    recompiles: never,
  },
  {
    name: 'length',
    title: 'prompt length',
    paths: ['task.prompt_examples', 'task.context', 'task.points'],
    effect: 'new run',
    expected: 'a whole number of examples, as in :length 20',
    fits: isContext,
    recompiles: always,
  },
  {
    name: 'heads',
    title: 'heads',
    paths: ['model.heads'],
    effect: 'new run',
    expected: 'a whole number of heads, as in :heads 16',
    fits: isNumber,
    recompiles: always,
  },
];

/** The control that changes a setting. */
function controlOf(path: string): Control | undefined {
  return controls.find(({ paths }) => paths.includes(path));
}

/** How a value of a setting is written in a sentence. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'usual' : value;
  if (typeof value !== 'number') return JSON.stringify(value);
  return Number.isInteger(value) ? thousands(value) : significant(value);
}

/** What people call the setting at a path. */
export function titleOf(path: string): string {
  return controlOf(path)?.title ?? path;
}

/** The place of a control in a configuration; undefined when the run has no such setting. */
export function pathIn(config: RunConfig, { paths }: Control): string | undefined {
  return paths.find((path) => settingOf(config, path) !== undefined);
}

/** The value of a setting, such as `train.learning_rate`. */
export function settingOf(config: RunConfig, path: string): unknown {
  const [section, key] = path.split('.') as [string, string];
  return (config as unknown as Record<string, Record<string, unknown> | undefined>)[section]?.[key];
}

/** The configuration with one setting changed. */
export function withSetting(config: RunConfig, path: string, value: unknown): RunConfig {
  const [section, key] = path.split('.') as [keyof RunConfig, string];
  return { ...config, [section]: { ...(config[section] as object), [key]: value } };
}

/**
 * The configuration with one control changed, and what it was.
 * @throws UserError when it cannot change while a run goes on, or the value does not fit
 */
export function changeControl(
  config: RunConfig,
  path: string,
  value: unknown,
): { readonly config: RunConfig; readonly from: unknown; readonly recompiles: boolean } {
  const control = controlOf(path);
  const from = settingOf(config, path);
  if (!control || control.effect === 'new run' || from === undefined) {
    throw new UserError({
      what: `${path} cannot change while a run goes on`,
      expected: `one of ${controls.flatMap((one) => (one.effect === 'new run' ? [] : (pathIn(config, one) ?? []))).join(', ')}`,
      ...(control?.effect === 'new run' && { fix: 'start a new run with it' }),
    });
  }
  if (!control.fits(value)) {
    throw new UserError({ what: `${path} is ${JSON.stringify(value)}`, expected: control.expected });
  }
  return { config: withSetting(config, path, value), from, recompiles: control.recompiles(from, value) };
}
