import { axes } from '../../runs/compare/compared.ts';
import type { KeyBinding } from '../screen/key_binding.ts';
import { usualKeys } from '../screen/usual_keys.ts';
import { nextLook } from '../terminal/look.ts';
import { isLogY } from './curves.ts';
import { type CompareModel, type CompareStep, nextBelow, pruningCurve, quiet } from './model.ts';

/** A key of the screen of several runs. */
interface CompareKey extends KeyBinding<CompareModel, CompareStep> {
  /** Of use on small screens only. */
  readonly small?: boolean;
}

const within = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
const next = <T>(list: readonly T[], one: T): T => list[(list.indexOf(one) + 1) % list.length]!;
const isBy = (key: string): number => (['left', 'up', 'h', 'k', 'V'].includes(key) ? -1 : 1);

export const compareKeys: readonly CompareKey[] = [
  {
    id: 'curve',
    keys: ['v', 'V'],
    shown: 'v',
    label: 'curve',
    help: 'Show the next curve; V the one before.',
    enabled: ({ curves }) => curves.length > 1 || 'there is no other curve',
    act: (model, key) => {
      const { curves, curve } = model;
      return quiet({ ...model, curve: (curve + isBy(key) + curves.length) % curves.length });
    },
  },
  {
    id: 'axis',
    keys: ['x'],
    shown: 'x',
    label: 'axis',
    help: 'Lay curves out along steps, time of training, or prompts drawn.',
    enabled: ({ curves, curve }) => curves[curve] !== pruningCurve || 'pruning goes along the share that is pruned',
    act: (model) => quiet({ ...model, axis: next(axes, model.axis) }),
  },
  {
    id: 'log_y',
    keys: ['y'],
    shown: 'y',
    label: 'log y',
    help: 'Logarithmic or linear values.',
    act: (model) => quiet({ ...model, logY: !isLogY(model) }),
  },
  {
    id: 'log_x',
    keys: ['X'],
    shown: 'X',
    label: 'log x',
    help: 'Logarithmic or linear axis.',
    act: (model) => quiet({ ...model, logX: !model.logX }),
  },
  {
    id: 'difference',
    keys: ['d'],
    shown: 'd',
    label: 'difference',
    help: 'Show heads as differences from those of the first run.',
    enabled: ({ heads }) => (heads?.matched.filter(Boolean).length ?? 0) > 1 || 'the patterns are not of one size',
    act: (model) => quiet({ ...model, differing: !model.differing }),
  },
  {
    id: 'heads',
    keys: ['left', 'right', 'h', 'l'],
    shown: '← →',
    label: 'heads',
    help: 'Go along the heads (also h l).',
    act: (model, key) => quiet({ ...model, column: within(model.column + isBy(key), model.heads?.columns ?? 1) }),
  },
  {
    id: 'rows',
    keys: ['up', 'down', 'k', 'j'],
    shown: '↑ ↓',
    label: 'rows',
    help: 'Go along the rows of the tables (also k j).',
    act: (model, key) => quiet({ ...model, row: Math.max(0, model.row + isBy(key)) }),
  },
  {
    id: 'prompt',
    keys: ['p'],
    shown: 'p',
    label: 'prompt',
    help: 'Show the heads on the next probe prompt.',
    enabled: ({ patterns }) =>
      patterns.some((one) => one && one.queries > 1 && one.prompts > 1) || 'there is one probe prompt',
    act: (model) => {
      const most = Math.max(...model.patterns.map((one) => (one && one.queries > 1 ? one.prompts : 1)));
      return quiet({ ...model, prompt: (model.prompt + 1) % most });
    },
  },
  {
    id: 'below',
    keys: ['tab'],
    shown: 'tab',
    label: 'below',
    small: true,
    essential: true,
    help: 'On small screens: heads, metrics, settings, on low ones curves.',
    act: (model) => quiet({ ...model, below: nextBelow(model), row: 0 }),
  },
  {
    ...usualKeys.theme,
    act: (model) => quiet({ ...model, look: nextLook(model.look) }),
  },
  {
    ...usualKeys.postcard,
    act: (model) => ({ model, effects: ['postcard'] }),
  },
  {
    ...usualKeys.help,
    act: (model) => quiet({ ...model, help: true }),
  },
  {
    id: 'leave',
    keys: ['q', 'ctrl+c'],
    shown: 'q',
    label: 'leave',
    help: 'Leave (also ctrl+c).',
    essential: 'always',
    act: (model) => ({ model, effects: ['leave'] }),
  },
  {
    ...usualKeys.suspend,
    act: (model) => ({ model, effects: ['suspend'] }),
  },
];
