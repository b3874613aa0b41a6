import { headGrid, headPlacement, headsInRow, headsRoom, mixingGrid, placeOf } from '../frame/geometry.ts';
import { describeLook, nextLook } from '../frame/look.ts';
import { hasCursor } from './curve_cursor.ts';
import type { Model, Step } from './model.ts';
import { still, withNotice, withView } from './model.ts';
import { goTo, insideOf } from './opening.ts';
import { selectedHead, shownPatterns } from './pattern.ts';
import { promptCount, promptsAreRows, shownPrompt, withPrompt } from './probe.ts';
import { chartsOf, shownChart } from './shown_metrics.ts';

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

/** From the heads to the enlarged one; any other panel fills the screen. */
export function zoomIn(model: Model): Step {
  const { focus } = model.view;
  return still(focus === 'heads' ? goTo(model, 'head') : withView(model, { zoomed: focus }));
}

/**
 * Puts the cursor of the curves away, leaves a panel that fills the screen, goes from the selected head to all, and from
 * the patterns of one prompt to the mean of all.
 */
export function oneLevelOut(model: Model): Step {
  if (hasCursor(model)) return still(withView(model, { cursor: undefined }));
  if (model.view.zoomed !== undefined) return still(withView(model, { zoomed: undefined }));
  if (model.view.focus === 'head') return still(goTo(model, 'heads'));
  return still(withNotice(withView(model, { mean: true }), 'mean of all probe prompts; p shows one of them'));
}

/** What `esc` would leave, or why there is nothing to leave. */
export function canGoOut(model: Model): true | string {
  if (hasCursor(model) || model.view.zoomed !== undefined || model.view.focus === 'head') return true;
  if (model.view.focus === 'heads' && !model.view.mean && (shownPatterns(model)?.prompts ?? 1) > 1) return true;
  return 'this is the outermost level; q leaves';
}

export function moveHead(model: Model, key: string): Step {
  const move = moves[key]!;
  const { index, count } = selectedHead(model);
  const grid = shownGrid(model);
  if (!grid) return still(model);
  if (move.down === 0) return still(withView(model, { head: within(index + move.right, count.layers * count.heads) }));
  const { row, column } = placeOf(grid, count, index);
  const heads = headsInRow(grid, count, row + move.down);
  return still(withView(model, { head: heads[Math.min(column, heads.length - 1)] ?? index }));
}

function shownGrid(model: Model) {
  const size = insideOf(model, 'heads');
  const patterns = shownPatterns(model);
  return size && patterns && headGrid(patterns, selectedHead(model).count, headsRoom(size), model.look);
}

/** Moves the cursor that the enlarged head and the mixing matrix share. */
export function moveCell(model: Model, key: string): Step {
  const pattern = model.run.model?.pattern;
  if (!pattern) return still(model);
  const move = moves[key]!;
  const across = runsAcross(model);
  return still(
    moveToken(model, across === 'token' ? move.right : move.down, across === 'token' ? move.down : move.right),
  );
}

/** What runs across the screen in the focused panel: query tokens, or what they attend to. */
function runsAcross(model: Model): 'token' | 'prompt' {
  const size = insideOf(model, model.view.focus);
  if (model.view.focus === 'mixing') {
    const [rows, columns] = model.shapes.get('mixing') ?? [1, 1];
    return size && mixingGrid({ rows: rows!, columns: columns! }, size, model.look).turned ? 'prompt' : 'token';
  }
  const patterns = shownPatterns(model);
  return size && patterns && headPlacement(patterns, size, model.look).turned ? 'token' : 'prompt';
}

/** Moves along the tokens; in the head weights also from head to head. */
export function moveAlongTokens(model: Model, key: string): Step {
  const { right, down } = moves[key]!;
  const { index, count } = selectedHead(model);
  const moved = promptsAreRows(model) ? moveToken(model, 0, right) : moveToken(model, right, 0);
  return still(withView(moved, { head: within(index + down, count.layers * count.heads) }));
}

function moveToken(model: Model, tokens: number, entries: number): Model {
  const { rows, columns } = shownPatterns(model) ?? model.run.model?.pattern ?? { rows: 1, columns: 1 };
  const { row, column } = model.view.cell;
  return withView(model, { cell: { row: within(row + tokens, rows), column: within(column + entries, columns) } });
}

/** The next probe prompt; after the last the first. */
export function nextPrompt(model: Model): Step {
  const count = promptCount(model);
  const shown = shownPrompt(model, count);
  // From the mean to the prompt that was looked at before it.
  return still(withPrompt(model, model.view.mean ? shown : (shown + 1) % count));
}

/** The next of the charts that the run has curves for; after the last the first. */
export function nextChart(model: Model): Step {
  const names = chartsOf(model.run).map(({ name }) => name);
  const next = names[(names.indexOf(shownChart(model).name) + 1) % names.length];
  return still(withView(model, { chart: next }));
}

export function nextSmoothing(model: Model): Step {
  const strengths = [0, 0.9, 0.98];
  const next = strengths[(strengths.indexOf(model.view.smoothing) + 1) % strengths.length]!;
  return still(withView(model, { smoothing: next }));
}

export function changeLook(model: Model): Step {
  const look = nextLook(model.look);
  return still(withNotice({ ...model, look }, describeLook(look)));
}

function within(value: number, length: number): number {
  return Math.max(0, Math.min(length - 1, value));
}

export function toggle(model: Model, axis: 'logY' | 'logX'): Step {
  return still(withView(model, { [axis]: !model.view[axis] }));
}
