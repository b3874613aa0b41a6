import { panels } from '../panels/registry.ts';
import { type Model, type Step, still, withView } from '../state/model.ts';
import { focusedPanel, goTo } from './opening.ts';

/** The focused panel fills the screen; from one that does, to the panel that enlarges what is selected in it. */
export function zoomIn(model: Model): Step {
  const { focus, zoomed } = model.view;
  if (zoomed !== focus) return still(withView(model, { zoomed: focus }));
  const deeper = deeperThan(focus);
  return still(deeper ? goTo(model, deeper.id) : model);
}

const deeperThan = (focus: string) => panels.find(({ enlarges }) => enlarges === focus);

export function canZoomIn({ view }: Model): true | string {
  return view.zoomed !== view.focus || deeperThan(view.focus) !== undefined || 'it fills the screen already';
}

/** What `enter` would do now. */
export function zoomLabel({ view }: Model): string {
  return view.zoomed === view.focus && deeperThan(view.focus) ? 'selected head' : 'enlarge';
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
