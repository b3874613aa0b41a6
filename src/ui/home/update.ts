import { oneLine } from '../../core/visible.ts';
import { refusalOf } from '../screen/key_binding.ts';
import { closesHelp } from '../screen/usual_keys.ts';
import { cancel, edit, keep, quiet } from './acts.ts';
import { homeKeys } from './keys.ts';
import type { HomeAction, HomeModel, HomeStep } from './model.ts';

/** The home screen after an action, and what has to be done outside it. Pure. */
export function updateHome(model: HomeModel, action: HomeAction): HomeStep {
  switch (action.type) {
    case 'key':
      return press({ ...model, notice: '' }, action.key);
    case 'paste':
      return model.typing
        ? edit(model, (text) => text + oneLine(action.text))
        : quiet({ ...model, notice: 'pasted text is not taken here; / searches' });
    case 'mouse':
      return quiet(model);
    case 'resized':
      return quiet({ ...model, size: action.size });
    case 'refreshed': {
      const known = new Set(action.data.runs.map(({ folder }) => folder));
      const marked = model.marked.filter((folder) => known.has(folder));
      return quiet({ ...follow(model, action.data), marked, now: action.now });
    }
    case 'said':
    case 'notice':
      return quiet({ ...model, notice: action.text });
  }
}

/** New data, with the cursor on the run that it was on. */
function follow(model: HomeModel, data: HomeModel['data']): HomeModel {
  const before = model.data.runs[model.at.runs];
  const index = model.search === '' && before ? data.runs.findIndex(({ folder }) => folder === before.folder) : -1;
  return { ...model, data, at: { ...model.at, ...(index >= 0 && { runs: index }) } };
}

function press(model: HomeModel, key: string): HomeStep {
  if (model.help && closesHelp(key)) return quiet({ ...model, help: false });
  if (model.typing) return type(model, key);
  const binding = homeKeys.find(({ keys }) => keys.includes(key));
  if (!binding) return quiet(model);
  const refusal = refusalOf(binding, model);
  return refusal === undefined ? binding.act(model, key) : quiet({ ...model, notice: refusal });
}

function type(model: HomeModel, key: string): HomeStep {
  switch (key) {
    case 'enter':
      return keep(model);
    case 'esc':
    case 'ctrl+c':
      return cancel(model);
    case 'backspace':
      return edit(model, (text) => text.slice(0, -1));
    case 'space':
      return edit(model, (text) => `${text} `);
    default:
      return [...key].length === 1 ? edit(model, (text) => text + key) : quiet(model);
  }
}
