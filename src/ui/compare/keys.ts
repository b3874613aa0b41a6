import { axes } from '../../runs/compare/compared.ts';
import { nextLook } from '../frame/look.ts';
import { belows, type CompareModel, pruningCurve } from './model.ts';

/** A key of the screen of several runs, in every place where keys are acted on, hinted at or explained. */
interface CompareKey {
  readonly keys: readonly string[];
  readonly shown: string;
  readonly label: string;
  readonly help: string;
  /** Of use on small screens only. */
  readonly small?: boolean;
  /** Hinted at however little room there is. */
  readonly essential?: boolean;
  /** True, or why it cannot act now. */
  enabled?(model: CompareModel): true | string;
  /** Undefined leaves the screen. */
  act(model: CompareModel, key: string): CompareModel | undefined;
}

const within = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
const next = <T>(list: readonly T[], one: T): T => list[(list.indexOf(one) + 1) % list.length]!;
const isBy = (key: string): number => (['left', 'up', 'h', 'k', 'V'].includes(key) ? -1 : 1);

export const compareKeys: readonly CompareKey[] = [
  {
    keys: ['v', 'V'],
    shown: 'v',
    label: 'curve',
    help: 'Show the next curve; V the one before.',
    enabled: ({ curves }) => curves.length > 1 || 'there is no other curve',
    act: (model, key) => {
      const { curves, curve } = model;
      return { ...model, curve: (curve + isBy(key) + curves.length) % curves.length };
    },
  },
  {
    keys: ['x'],
    shown: 'x',
    label: 'axis',
    help: 'Lay curves out along steps, time of training, or prompts drawn.',
    enabled: ({ curves, curve }) => curves[curve] !== pruningCurve || 'pruning goes along the share that is pruned',
    act: (model) => ({ ...model, axis: next(axes, model.axis) }),
  },
  {
    keys: ['y'],
    shown: 'y',
    label: 'log y',
    help: 'Logarithmic or linear values.',
    act: (model) => ({ ...model, logY: !model.logY }),
  },
  {
    keys: ['X'],
    shown: 'X',
    label: 'log x',
    help: 'Logarithmic or linear axis.',
    act: (model) => ({ ...model, logX: !model.logX }),
  },
  {
    keys: ['d'],
    shown: 'd',
    label: 'difference',
    help: 'Heads less those of the first run that match them, or as they are.',
    enabled: ({ heads }) => (heads?.matched.filter(Boolean).length ?? 0) > 1 || 'the patterns are not of one size',
    act: (model) => ({ ...model, differing: !model.differing }),
  },
  {
    keys: ['left', 'right', 'h', 'l'],
    shown: '← →',
    label: 'heads',
    help: 'Go along the heads (also h l).',
    act: (model, key) => ({ ...model, column: within(model.column + isBy(key), model.heads?.columns ?? 1) }),
  },
  {
    keys: ['up', 'down', 'k', 'j'],
    shown: '↑ ↓',
    label: 'rows',
    help: 'Go along the rows of the tables (also k j).',
    act: (model, key) => ({ ...model, row: Math.max(0, model.row + isBy(key)) }),
  },
  {
    keys: ['p'],
    shown: 'p',
    label: 'prompt',
    help: 'Show the heads on the next probe prompt.',
    enabled: ({ patterns }) =>
      patterns.some((one) => one && one.queries > 1 && one.prompts > 1) || 'there is one probe prompt',
    act: (model) => {
      const most = Math.max(...model.patterns.map((one) => (one && one.queries > 1 ? one.prompts : 1)));
      return { ...model, prompt: (model.prompt + 1) % most };
    },
  },
  {
    keys: ['tab'],
    shown: 'tab',
    label: 'below',
    small: true,
    essential: true,
    help: 'On small screens: heads, metrics or settings below the curves.',
    act: (model) => ({ ...model, below: next(belows, model.below), row: 0 }),
  },
  {
    keys: ['t'],
    shown: 't',
    label: 'theme',
    help: 'Next theme and colour map.',
    act: (model) => ({ ...model, look: nextLook(model.look) }),
  },
  {
    keys: ['?'],
    shown: '?',
    label: 'help',
    help: 'All keys.',
    essential: true,
    act: (model) => ({ ...model, help: true }),
  },
  {
    keys: ['q', 'ctrl+c'],
    shown: 'q',
    label: 'leave',
    help: 'Leave (also ctrl+c).',
    essential: true,
    act: () => undefined,
  },
];

/** The model after a key; undefined leaves the screen. */
export function pressCompare(model: CompareModel, key: string): CompareModel | undefined {
  if (model.help) return key === 'ctrl+c' ? undefined : { ...model, help: false };
  const binding = compareKeys.find(({ keys }) => keys.includes(key));
  if (!binding) return model;
  const enabled = binding.enabled?.(model) ?? true;
  if (enabled !== true) return { ...model, notice: `${binding.shown} ${binding.label}: ${enabled}` };
  return binding.act({ ...model, notice: '' }, key);
}
