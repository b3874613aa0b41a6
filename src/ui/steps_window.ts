import { growingRange } from '../plot/axes.ts';
import type { Model } from './model.ts';

/** Steps that the curves show. */
export interface StepsWindow {
  readonly from: number;
  readonly to: number;
}

/** Halvings of the step axis beyond which a column would hold less than a step. */
export const deepestZoom = 12;

/**
 * Without zoom, the whole run in a range that grows in round strides towards the planned end. Zoomed in, a page of that
 * range: pages follow the newest step half a page at a time, so that curves stand still in between.
 */
export function stepsWindow(model: Model): StepsWindow {
  const { from, to, half, newest } = pages(model);
  if (model.view.zoom.level === 0 || model.view.logX) return { from, to };
  const start = from + Math.max(0, newest - model.view.zoom.pan) * half;
  return { from: start, to: start + 2 * half };
}

/** How many half-pages one can go back from the newest. */
export function pagesBack(model: Model): number {
  return model.view.zoom.level === 0 || model.view.logX ? 0 : pages(model).newest;
}

function pages(model: Model) {
  const { start, step, config } = model.run;
  // A log axis has no place for step 0.
  const from = model.view.logX ? Math.max(1, start) : start;
  // Of a run that is played back one sees where it is going.
  const to = Math.max(from + 1, model.replay ? model.replay.to : growingRange(step, config?.train.steps));
  const half = Math.max(2, (to - from) / (1 << model.view.zoom.level)) / 2;
  return { from, to, half, newest: Math.max(0, Math.floor((step - from) / half) - 1) };
}
