import { growingRange } from '../../../plot/axes.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Model, Reads } from '../../state/model.ts';

/** Steps that the curves show. */
export interface StepsWindow {
  readonly from: number;
  readonly to: number;
}

/** `replay` of a run that is played back: where it ends. */
interface ShowsSteps extends Reads<'step' | 'config' | 'start' | 'curves', 'zoom' | 'logX'>, Pick<Model, 'group'> {
  readonly replay: { readonly to: number } | undefined;
}

/** Halvings of the step axis beyond which a column would hold less than a step. */
export const deepestZoom = 12;

/**
 * Without zoom, the whole run in a range that grows in round strides towards the planned end. Zoomed in, a page of that
 * range: pages follow the newest step half a page at a time, so that curves stand still in between.
 */
export function stepsWindow(model: ShowsSteps): StepsWindow {
  const { from, to, half, newest } = pages(model);
  if (model.view.zoom.level === 0 || model.view.logX) return { from, to };
  const start = from + Math.min(model.view.zoom.page ?? newest, newest) * half;
  return { from: start, to: start + 2 * half };
}

/** Number of the newest half-page, counted from the start; 0 where all steps are in view. */
export function newestPage(model: ShowsSteps): number {
  return model.view.zoom.level === 0 || model.view.logX ? 0 : pages(model).newest;
}

/** The half-page in view, or the one that has a step in its middle. */
export function pageOf(model: ShowsSteps, step?: number): number {
  const { from, half, newest } = pages(model);
  const page = step === undefined ? (model.view.zoom.page ?? newest) : Math.round((step - from) / half) - 1;
  return Math.max(0, Math.min(newest, page));
}

/** The step at which curves begin: in a fork those of its parent, where they are known. */
export function firstStep({ start, curves }: Pick<RunState, 'start' | 'curves'>): number {
  return Math.min(start, ...[...curves.values()].map((curve) => curve.view().at(0)?.step ?? start));
}

function pages(model: ShowsSteps) {
  const { config } = model.run;
  // Of several seeds the band goes as far as the farthest has come.
  const step = Math.max(model.run.step, ...(model.group?.members ?? []).map(({ run }) => run.step));
  const start = firstStep(model.run);
  // A log axis has no place for step 0.
  const from = model.view.logX ? Math.max(1, start) : start;
  // Of a run that is played back one sees where it is going.
  const to = Math.max(from + 1, model.replay ? model.replay.to : growingRange(step, config?.train.steps));
  const half = Math.max(2, (to - from) / (1 << model.view.zoom.level)) / 2;
  return { from, to, half, newest: Math.max(0, Math.floor((step - from) / half) - 1) };
}
