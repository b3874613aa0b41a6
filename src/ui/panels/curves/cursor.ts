import { cellAt, stepsOfCell } from '../../../plot/frame.ts';
import { gutter } from '../../../plot/value_axis.ts';
import type { Size } from '../../screen/size.ts';
import type { Model, Step } from '../../state/model.ts';
import { still, withView } from '../../state/model.ts';
import { deepestZoom, firstStep, newestPage, pageOf, stepsWindow } from '../common/steps_window.ts';

/** Puts a cursor on the newest step, or moves it by a cell; at the end of what is in view the view goes along. */
export function moveCursor(model: Model, key: string, inside: Size | undefined): Step {
  const by = key === 'left' || key === 'h' ? -1 : 1;
  const axis = axisOf(model);
  const cells = (inside?.columns ?? 0) - gutter;
  const { step: newest } = model.run;
  const start = firstStep(model.run);
  const cell = model.view.cursor === undefined ? undefined : cellAt(model.view.cursor, axis, cells);
  if (cell === undefined) return still(withView(model, { cursor: Math.min(newest, Math.floor(axis.to)) }));
  const { first, last } = stepsOfCell(cell, axis, cells);
  const { cursor } = model.view;
  const wanted = by < 0 ? Math.min(cursor! - 1, first - 1) : Math.max(cursor! + 1, last + 1);
  return still(follow(withView(model, { cursor: Math.max(start, Math.min(newest, wanted)) })));
}

/** The step axis as it is drawn. */
function axisOf(model: Model) {
  const scale = model.view.logX ? ('log' as const) : ('linear' as const);
  return { ...stepsWindow(model), scale };
}

/** Turns the page when the cursor has left it. */
function follow(model: Model): Model {
  const { cursor, zoom } = model.view;
  const { from, to } = stepsWindow(model);
  if (cursor === undefined || zoom.level === 0 || (cursor >= from && cursor <= to)) return model;
  return onPage(model, pageOf(model) + (cursor < from ? -1 : 1));
}

/** The newest page goes along with the run; any other stays. */
function onPage(model: Model, page: number): Model {
  const { level } = model.view.zoom;
  const stays = page < newestPage(model);
  return withView(model, { zoom: { level, ...(stays && { page: Math.max(0, page) }) } });
}

export function panCurves(model: Model, key: string): Step {
  return still(onPage(model, pageOf(model) + (key === 'H' ? -1 : 1)));
}

/** Halves or doubles what is in view, round the cursor when there is one, else at the newest step. */
export function zoomCurves(model: Model, by: 1 | -1): Step {
  const level = Math.max(0, Math.min(deepestZoom, model.view.zoom.level + by));
  const zoomed = withView(model, { zoom: { level } });
  const { cursor } = model.view;
  return still(cursor === undefined ? zoomed : onPage(zoomed, pageOf(zoomed, cursor)));
}

export function resetCurves(model: Model): Step {
  return still(withView(model, { zoom: { level: 0 } }));
}
