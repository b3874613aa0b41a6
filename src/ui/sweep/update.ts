import { refusalOf } from '../screen/key_binding.ts';
import { typeSteps } from './acts.ts';
import { sweepKeys } from './keys.ts';
import { quiet, type SweepAction, type SweepModel, type SweepStep, withData } from './model.ts';

/** The screen of a sweep after an action, and what has to be done outside it. Pure. */
export function updateSweep(model: SweepModel, action: SweepAction): SweepStep {
  switch (action.type) {
    case 'key':
      return press(model, action.key);
    case 'paste':
      return quiet({ ...model, notice: 'pasted text is not taken here', tone: 'alert' });
    case 'said':
      return quiet({ ...model, notice: action.text, tone: action.tone });
    case 'mouse':
      return quiet(model);
    case 'resized':
      return quiet({ ...model, size: action.size });
    case 'followed':
      return quiet(withData(model, action.data));
  }
}

function press(model: SweepModel, key: string): SweepStep {
  // Any key closes the help; ctrl+z does there what it does everywhere.
  if (model.help && key !== 'ctrl+z') return quiet({ ...model, help: false });
  if (model.typing !== undefined) return typeSteps(model, key);
  if (model.question) return answer(model, key);
  const binding = sweepKeys.find(({ keys }) => keys.includes(key));
  if (!binding) return quiet(model);
  const refusal = refusalOf(binding, model);
  if (refusal !== undefined) return quiet({ ...model, notice: refusal, tone: 'alert' });
  return binding.act({ ...model, notice: '' }, key);
}

function answer({ question, ...model }: SweepModel, key: string): SweepStep {
  const effect = question!.answers[key];
  return { model: { ...model, question: undefined }, effects: effect ? [effect] : [] };
}
