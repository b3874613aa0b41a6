import { refusalOf } from '../screen/key_binding.ts';
import { afterUsual } from '../screen/usual_actions.ts';
import { closesHelp } from '../screen/usual_keys.ts';
import { reproduceKeys } from './keys.ts';
import { quiet, type ReproduceAction, type ReproduceModel, type ReproduceStep } from './model.ts';

/** The screen after an action, and what has to be done outside it. Pure. */
export function updateReproduce(model: ReproduceModel, action: ReproduceAction): ReproduceStep {
  switch (action.type) {
    case 'key':
      return press({ ...model, notice: '' }, action.key);
    case 'followed':
      return quiet({ ...model, data: action.data });
    default:
      return quiet(afterUsual(model, action));
  }
}

function press(model: ReproduceModel, key: string): ReproduceStep {
  if (model.help && closesHelp(key)) return quiet({ ...model, help: false });
  if (model.asking) {
    const isSure = ['y', 'q', 'ctrl+c'].includes(key);
    return { model: { ...model, asking: false }, effects: isSure ? [{ type: 'leave' }] : [] };
  }
  const binding = reproduceKeys.find(({ keys }) => keys.includes(key));
  if (!binding) return quiet(model);
  const refusal = refusalOf(binding, model);
  return refusal === undefined ? binding.act(model, key) : quiet({ ...model, notice: refusal });
}
