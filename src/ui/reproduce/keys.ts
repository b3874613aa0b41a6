import type { KeyBinding } from '../screen/key_binding.ts';
import { usualKeys } from '../screen/usual_keys.ts';
import { describeLook, nextLook } from '../terminal/look.ts';
import { quiet, type ReproduceModel, type ReproduceStep, selected } from './model.ts';

const clamp = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));

function toRecipe(model: ReproduceModel, by: number): ReproduceStep {
  const at = clamp(model.at + by, model.data.recipes.length);
  return quiet(at === model.at ? model : { ...model, at, panel: 0, claim: 0 });
}

/** Every key of the screen of figures in the making. */
export const reproduceKeys: readonly KeyBinding<ReproduceModel, ReproduceStep>[] = [
  {
    id: 'recipe',
    keys: ['down', 'up', 'j', 'k'],
    shown: '↑ ↓',
    label: 'figure',
    help: 'The next figure, or the one before (also j k).',
    essential: true,
    enabled: ({ data }) => data.recipes.length > 1 || 'there is one figure',
    act: (model, key) => toRecipe(model, key === 'down' || key === 'j' ? 1 : -1),
  },
  {
    id: 'panel',
    keys: ['right', 'left', 'l', 'h'],
    shown: '← →',
    label: 'panel',
    help: 'The next panel of the figure, or the one before (also h l).',
    enabled: (model) => (selected(model)?.panels.length ?? 0) > 1 || 'the figure has one panel',
    act: (model, key) => {
      const by = key === 'right' || key === 'l' ? 1 : -1;
      return quiet({ ...model, panel: clamp(model.panel + by, selected(model)!.panels.length) });
    },
  },
  {
    id: 'claim',
    keys: [']', '['],
    shown: '[ ]',
    label: 'claims',
    help: 'Further down the claims, or up again.',
    enabled: (model) => (selected(model)?.claims.length ?? 0) > 1 || 'the figure has one claim',
    act: (model, key) => {
      const by = key === ']' ? 1 : -1;
      return quiet({ ...model, claim: clamp(model.claim + by, selected(model)!.claims.length) });
    },
  },
  {
    ...usualKeys.theme,
    unhinted: true,
    act: (model) => {
      const look = nextLook(model.look);
      return quiet({ ...model, look, notice: describeLook(look) });
    },
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
    labelNow: ({ data }) => (data.isOver ? 'leave' : 'stop'),
    help: 'Leave; what is being trained is saved, and the same command goes on.',
    essential: 'always',
    act: (model) =>
      model.data.isOver ? { model, effects: [{ type: 'leave' }] } : quiet({ ...model, asking: true, notice: '' }),
  },
  {
    ...usualKeys.suspend,
    act: (model) => ({ model, effects: [{ type: 'suspend' }] }),
  },
];
