import { panels } from '../panels/registry.ts';
import { type Model, type Step, still, withView } from '../state/model.ts';
import { focusedPanel, goTo } from './opening.ts';

/** To the panel that enlarges what is selected in the focused one; any other panel fills the screen. */
export function zoomIn(model: Model): Step {
  const { focus } = model.view;
  const enlarged = panels.find(({ enlarges }) => enlarges === focus);
  return still(enlarged ? goTo(model, enlarged.id) : withView(model, { zoomed: focus }));
}

export function canZoomIn({ view }: Model): true | string {
  const leadsOn = panels.some(({ enlarges }) => enlarges === view.focus);
  return leadsOn || view.zoomed !== view.focus || 'it fills the screen already';
}

/**
 * Puts away what a panel has over its picture, leaves a panel that fills the screen, goes back to the panel of which this
 * one enlarges a part, and out of what the panel has selected.
 */
export function oneLevelOut(model: Model): Step {
  return still(further(model) ?? model);
}

/** What `esc` would leave, or why there is nothing to leave. */
export function canGoOut(model: Model): true | string {
  return further(model) !== undefined || 'this is the outermost level; q leaves';
}

function further(model: Model): Model | undefined {
  const panel = focusedPanel(model);
  const rest = panel?.putAway?.(model);
  if (rest) return withView(model, rest);
  if (model.view.zoomed !== undefined) return withView(model, { zoomed: undefined });
  return panel?.enlarges === undefined ? panel?.stepOut?.(model) : goTo(model, panel.enlarges);
}
