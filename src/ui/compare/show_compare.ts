import type { Compared } from '../../runs/compare/compared.ts';
import type { Share } from '../screen/postcard.ts';
import { showScreen } from '../screen/show_screen.ts';
import type { Preferences } from '../terminal/terminal.ts';
import { drawCompare } from './draw.ts';
import { initialCompare } from './model.ts';
import { updateCompare } from './update.ts';

/** Shows runs side by side until the screen is left. @throws Interrupted when a signal ended it */
export function showCompare(
  runs: readonly Compared[],
  preferences?: Preferences,
  share?: Share<readonly Compared[]>,
): Promise<void> {
  return showScreen(
    {
      start: (size, look) => initialCompare(runs, size, look),
      update: updateCompare,
      drawing: (guard) => (model) => drawCompare(model, guard),
      perform: (effect, screen) => screen[effect](),
      share: share && ((model, postcard) => share(model.runs, postcard)),
    },
    { preferences },
  );
}
