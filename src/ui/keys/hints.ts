import type { Line } from '../../plot/text.ts';
import { span } from '../../plot/text.ts';
import { hintLine } from '../frame/hint_line.ts';
import type { Model } from '../state/model.ts';
import type { KeyBinding } from './key_binding.ts';
import { keysHere } from './keys.ts';

/** Keys of the focused panel, for its bottom border. */
export function panelHints(model: Model, id: string, width: number): Line {
  if (model.view.focus !== id || model.overlay.type !== 'none') return [];
  return hintLine(
    keysHere(model).filter(
      ({ panels, hintedIn, unhinted }) => (panels ?? hintedIn)?.includes(id) && !isUnhinted(model, unhinted),
    ),
    (binding) => hint(model, binding),
    width,
    ' · ',
  );
}

/** Keys that act everywhere, or in what lies over the panels. */
export function generalHints(model: Model, width: number): Line {
  return hintLine(
    keysHere(model).filter(({ panels, hintedIn, unhinted }) => !panels && !hintedIn && !isUnhinted(model, unhinted)),
    (binding) => hint(model, binding),
    width,
    '  ',
  );
}

function hint(model: Model, binding: KeyBinding): Line {
  const label = binding.labelNow?.(model) ?? binding.label;
  if (binding.enabled(model) !== true) return [span(`${binding.shown} ${label}`, { fg: 'hint', dim: true })];
  return [span(binding.shown, { bold: true }), span(` ${label}`, { fg: 'hint' })];
}

function isUnhinted(model: Model, unhinted: KeyBinding['unhinted'] = false): boolean {
  return typeof unhinted === 'function' ? unhinted(model) : unhinted;
}
