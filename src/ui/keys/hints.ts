import type { Line } from '../../plot/text.ts';
import { lineWidth, span } from '../../plot/text.ts';
import type { Model } from '../state/model.ts';
import type { KeyBinding } from './key_binding.ts';
import { keysHere } from './keys.ts';

/** Keys of the focused panel, for its bottom border. */
export function panelHints(model: Model, id: string, width: number): Line {
  if (model.view.focus !== id || model.overlay.type !== 'none') return [];
  return hintLine(
    model,
    keysHere(model).filter(
      ({ panels, hintedIn, unhinted }) => (panels ?? hintedIn)?.includes(id) && !isUnhinted(model, unhinted),
    ),
    width,
    ' · ',
  );
}

/** Keys that act everywhere, or in what lies over the panels. */
export function generalHints(model: Model, width: number): Line {
  return hintLine(
    model,
    keysHere(model).filter(({ panels, hintedIn, unhinted }) => !panels && !hintedIn && !isUnhinted(model, unhinted)),
    width,
    '  ',
  );
}

/** As many whole hints as fit, in the order of the table; those that lead to all others are chosen first. */
function hintLine(model: Model, bindings: readonly KeyBinding[], width: number, separator: string): Line {
  const byWorth = [...bindings].sort((a, b) => Number(b.essential ?? false) - Number(a.essential ?? false));
  const chosen = new Set<KeyBinding>();
  let room = width + separator.length;
  for (const binding of byWorth) {
    const needed = lineWidth(hint(model, binding)) + separator.length;
    if (needed > room) break;
    room -= needed;
    chosen.add(binding);
  }
  const hints = bindings.filter((binding) => chosen.has(binding)).map((binding) => hint(model, binding));
  return hints.flatMap((one, index) => (index === 0 ? one : [span(separator, { fg: 'border' }), ...one]));
}

function hint(model: Model, binding: KeyBinding): Line {
  const label = binding.labelNow?.(model) ?? binding.label;
  if (binding.enabled(model) !== true) return [span(`${binding.shown} ${label}`, { fg: 'hint', dim: true })];
  return [span(binding.shown, { bold: true }), span(` ${label}`, { fg: 'hint' })];
}

function isUnhinted(model: Model, unhinted: KeyBinding['unhinted'] = false): boolean {
  return typeof unhinted === 'function' ? unhinted(model) : unhinted;
}
