import type { ScreenAction } from '../screen/action.ts';
import { refusalOf } from '../screen/key_binding.ts';
import { afterUsual } from '../screen/usual_actions.ts';
import { closesHelp } from '../screen/usual_keys.ts';
import { compareKeys } from './keys.ts';
import { type CompareModel, type CompareStep, quiet } from './model.ts';

/** The screen of several runs after an action, and what has to be done outside it. Pure. */
export function updateCompare(model: CompareModel, action: ScreenAction): CompareStep {
  return action.type === 'key' ? press(model, action.key) : quiet(afterUsual(model, action));
}

function press(model: CompareModel, key: string): CompareStep {
  const binding = compareKeys.find(({ keys }) => keys.includes(key));
  if (model.help && closesHelp(key)) return quiet({ ...model, help: false });
  if (!binding) return quiet(model);
  const refusal = refusalOf(binding, model);
  return refusal === undefined ? binding.act({ ...model, notice: '' }, key) : quiet({ ...model, notice: refusal });
}
