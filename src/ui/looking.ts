import { headGrid, headPlacement, headsRoom } from './geometry.ts';
import { layOut } from './layout.ts';
import { looks } from './look.ts';
import type { Model, Size, Step, Zoom } from './model.ts';
import { still, withNotice, withView } from './model.ts';
import { panels } from './panels/registry.ts';
import { patternsOf, selectedHead } from './pattern.ts';
import { deepestZoom, pagesBack } from './steps_window.ts';

/** A direction in which something moves: columns to the right, rows down. */
interface Move {
  readonly right: number;
  readonly down: number;
}

const moves: Readonly<Record<string, Move>> = {
  left: { right: -1, down: 0 },
  h: { right: -1, down: 0 },
  right: { right: 1, down: 0 },
  l: { right: 1, down: 0 },
  up: { right: 0, down: -1 },
  k: { right: 0, down: -1 },
  down: { right: 0, down: 1 },
  j: { right: 0, down: 1 },
};

/** Moves the focus through all panels; one that is hidden comes into view. */
export function focusNext(model: Model, by: 1 | -1): Step {
  const index = panels.findIndex((panel) => panel.id === model.view.focus);
  const next = panels[(index + by + panels.length) % panels.length]!;
  return still(withView(model, { focus: next.id, zoomed: model.view.zoomed === undefined ? undefined : next.id }));
}

/** From the heads to the enlarged one; any other panel fills the screen. */
export function zoomIn(model: Model): Step {
  const { focus } = model.view;
  if (focus === 'heads') {
    return still(withView(model, { focus: 'head', zoomed: model.view.zoomed === undefined ? undefined : 'head' }));
  }
  return still(withView(model, { zoomed: focus }));
}

export function oneLevelOut(model: Model): Step {
  if (model.view.zoomed !== undefined) return still(withView(model, { zoomed: undefined }));
  return still(withView(model, { focus: 'heads' }));
}

/** What `esc` would leave, or why there is nothing to leave. */
export function canGoOut(model: Model): true | string {
  if (model.view.zoomed !== undefined || model.view.focus === 'head') return true;
  return 'this is the outermost level; q leaves';
}

export function moveHead(model: Model, key: string): Step {
  const move = moves[key]!;
  const { index, count } = selectedHead(model);
  const next = index + move.right + move.down * headsAcross(model, count);
  return still(next < 0 || next >= count ? model : withView(model, { head: next }));
}

function headsAcross(model: Model, count: number): number {
  const size = insideOf(model, 'heads');
  const patterns = patternsOf(model.probe);
  return size && patterns ? headGrid(patterns, count, headsRoom(size), model.look).across : 1;
}

export function moveCell(model: Model, key: string): Step {
  const move = moves[key]!;
  const patterns = patternsOf(model.probe);
  const size = insideOf(model, 'head');
  if (!patterns || !size) return still(model);
  const { turned } = headPlacement(patterns, size, model.look);
  const { row, column } = model.view.cell;
  return still(
    withView(model, {
      cell: {
        row: within(row + (turned ? move.right : move.down), patterns.rows),
        column: within(column + (turned ? move.down : move.right), patterns.columns),
      },
    }),
  );
}

export function panCurves(model: Model, key: string): Step {
  const pan = within(model.view.zoom.pan - moves[key]!.right, pagesBack(model) + 1);
  return still(withView(model, { zoom: { ...model.view.zoom, pan } }));
}

export function zoomCurves(model: Model, by: 1 | -1): Step {
  const level = within(model.view.zoom.level + by, deepestZoom + 1);
  const zoom: Zoom = { level, pan: 0 };
  return still(withView(model, { zoom }));
}

export function resetCurves(model: Model): Step {
  return still(withView(model, { zoom: { level: 0, pan: 0 } }));
}

export function nextSmoothing(model: Model): Step {
  const strengths = [0, 0.9, 0.98];
  const next = strengths[(strengths.indexOf(model.view.smoothing) + 1) % strengths.length]!;
  return still(withView(model, { smoothing: next }));
}

export function nextLook(model: Model): Step {
  const index = looks.findIndex(
    ({ theme, colourMap }) => theme === model.look.theme && colourMap === model.look.colourMap,
  );
  const next = looks[(index + 1) % looks.length]!;
  const changed = { ...model, look: { ...model.look, ...next } };
  return still(withNotice(changed, `${next.theme} theme, colour map ${next.colourMap}`));
}

/** Size inside the border of a panel that is on the screen. */
function insideOf(model: Model, id: string): Size | undefined {
  const placed = layOut(model.size, panels, model.view).panels.find(({ panel }) => panel.id === id);
  return placed && { columns: placed.at.columns - 2, rows: placed.at.rows - 2 };
}

function within(value: number, length: number): number {
  return Math.max(0, Math.min(length - 1, value));
}

export function toggle(model: Model, axis: 'logY' | 'logX'): Step {
  return still(withView(model, { [axis]: !model.view[axis] }));
}
