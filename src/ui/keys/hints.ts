import type { Line } from '../../plot/text.ts';
import type { Panel } from '../panels/contract.ts';
import { hintLine } from '../screen/hints.ts';
import type { Model } from '../state/model.ts';
import { keysHere } from './keys.ts';

/** Keys of the focused panel, for its bottom border. */
export function panelHints(model: Model, panel: Panel, width: number): Line {
  if (model.look.still || model.view.focus !== panel.id || model.overlay.type !== 'none') return [];
  const keys = keysHere(model).filter((key) => key.panels?.includes(panel) ?? key.hintedIn?.(panel));
  return hintLine(model, keys, width, ' · ');
}

/** Keys that act everywhere, or in what lies over the panels. */
export function generalHints(model: Model, width: number): Line {
  if (model.look.still) return [];
  const keys = keysHere(model).filter((key) => !key.panels && !key.hintedIn);
  return hintLine(model, keys, width);
}
