import type { Compared } from '../../runs/compare/compared.ts';
import { openFullScreen } from '../terminal/full_screen.tsx';
import { chooseLook, type Preferences } from '../terminal/terminal.ts';
import { drawCompare } from './draw.ts';
import { pressCompare } from './keys.ts';
import { type CompareModel, initialCompare } from './model.ts';

/** Shows runs side by side until the screen is left. */
export function showCompare(runs: readonly Compared[], preferences?: Preferences): Promise<void> {
  return new Promise((resolve, reject) => {
    let model: CompareModel | undefined;
    const change = (next: CompareModel | undefined): void => {
      model = next;
      if (model) {
        screen.show(drawCompare(model));
        return;
      }
      screen.close();
      resolve();
    };
    const screen = openFullScreen({
      onKey: (key) => {
        if (key === 'ctrl+z') screen.suspend();
        else if (model) change(pressCompare(model, key));
      },
      onResize: (size) => model && change({ ...model, size }),
      onRedraw: () => model && screen.show([...drawCompare(model)]),
      onTerminate: () => change(undefined),
      onError: reject,
    });
    change(initialCompare(runs, screen.size, chooseLook(process.env, preferences)));
  });
}
