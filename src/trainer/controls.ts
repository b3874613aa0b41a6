import { UserError } from '../core/errors.ts';
import { evaluateSection, type RunConfig, trainSection } from '../protocol/config.ts';

/** A setting that may change while a run goes on, applied before the next run of the graph. */
interface Control {
  readonly parse: (value: unknown) => { readonly success: boolean; readonly data?: unknown };
  readonly expected: string;
}

const train = trainSection.shape;

const controls: Readonly<Record<string, Control>> = {
  'train.learning_rate': { parse: (value) => train.learning_rate.safeParse(value), expected: 'a number > 0' },
  'train.pace': { parse: (value) => train.pace.safeParse(value), expected: 'steps a second, 0 for no limit' },
  'train.steps': { parse: (value) => train.steps.safeParse(value), expected: 'a whole number of steps' },
  'evaluate.every': {
    parse: (value) => evaluateSection.shape.every.safeParse(value),
    expected: 'a whole number of steps ≥ 1',
  },
};

/** A configuration with one control changed, and what it was. @throws UserError when it cannot change or is out of range */
export function changeControl(config: RunConfig, path: string, value: unknown): { config: RunConfig; from: unknown } {
  const control = controls[path];
  if (!control) {
    throw new UserError({
      what: `${path} cannot change while a run goes on`,
      expected: `one of ${Object.keys(controls).join(', ')}`,
    });
  }
  const parsed = control.parse(value);
  if (!parsed.success) throw new UserError({ what: `${path} is ${JSON.stringify(value)}`, expected: control.expected });
  const [section, key] = path.split('.') as ['train' | 'evaluate', string];
  const values = config[section] as Readonly<Record<string, unknown>>;
  return { config: { ...config, [section]: { ...values, [key]: parsed.data } }, from: values[key] };
}
