import {
  headGrid,
  headPlacement,
  headsInRow,
  headsRoom,
  patternCorner,
  patternLayout,
  rowsInView,
} from '../frame/geometry.ts';
import { smallest } from '../frame/layout.ts';
import type { MouseReport } from '../keys/mouse_reports.ts';
import type { Model, Size } from './model.ts';
import { withNotice, withView } from './model.ts';
import { goTo, layoutOf } from './opening.ts';
import { selectedHead, shownPatterns } from './pattern.ts';

/** A cell inside the border of a panel of `size`, counted from 0 at its top left; outside of both on the border itself. */
interface Place {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly size: Size;
}

/** The panel under the mouse, unless something lies over the panels or there is no room for any. */
function placeAt(model: Model, { x, y }: MouseReport): Place | undefined {
  const { columns, rows } = model.size;
  if (model.overlay.type !== 'none' || columns < smallest.columns || rows < smallest.rows) return undefined;
  const found = layoutOf(model).panels.find(
    ({ at }) => x >= at.x && x < at.x + at.columns && y >= at.y && y < at.y + at.rows,
  );
  if (!found) return undefined;
  const { panel, at } = found;
  return { id: panel.id, x: x - at.x - 1, y: y - at.y - 1, size: { columns: at.columns - 2, rows: at.rows - 2 } };
}

/** The key of the curves that turning the wheel stands for: none elsewhere. */
export function wheelKey(model: Model, report: MouseReport): '+' | '-' | undefined {
  if (report.button === 'press' || placeAt(model, report)?.id !== 'curves') return undefined;
  return report.button === 'wheel_up' ? '+' : '-';
}

/** Focuses the panel that was pressed, and selects the head or puts the cursor on the entry that was pressed in it. */
export function pressAt(model: Model, report: MouseReport): Model {
  const place = placeAt(model, report);
  if (!place || report.button !== 'press') return model;
  // What stands where is told by what the person saw: the focus can move panels.
  const head = place.id === 'heads' ? headAt(model, place) : undefined;
  const cell = place.id === 'head' ? cellAt(model, place) : undefined;
  const focused: Model = { ...withNotice(goTo(model, place.id), ''), offer: undefined };
  return withView(focused, { ...(head !== undefined && { head }), ...(cell && { cell }) });
}

/** The head whose thumbnail or label is at a place in the panel of all heads, counted through the layers. */
function headAt(model: Model, { x, y, size }: Place): number | undefined {
  const patterns = shownPatterns(model);
  if (!patterns) return undefined;
  const { index, count } = selectedHead(model);
  const grid = headGrid(patterns, count, headsRoom(size), model.look);
  const row = rowsInView(grid, count, index)[Math.floor(y / grid.pitch.rows)];
  // Thumbnails begin after a blank column and the names of the layers.
  const across = Math.floor((x - 1 - grid.margin) / grid.pitch.columns);
  return row === undefined ? undefined : headsInRow(grid, count, row)[across];
}

/** The entry of the enlarged pattern that is drawn at a place in its panel; the first of those that share the place. */
function cellAt(model: Model, { x, y, size }: Place): Model['view']['cell'] | undefined {
  const patterns = shownPatterns(model);
  if (!patterns) return undefined;
  const placement = headPlacement(patterns, size, model.look);
  const layout = patternLayout(patterns, placement, model.look);
  const [right, down] = [x - patternCorner.x, y - patternCorner.y];
  if (right < 0 || right >= layout.width || down < 0 || down >= layout.height) return undefined;
  const { turned } = placement;
  const across = entryAt(turned ? patterns.rows : patterns.columns, (entry) => layout.cellOf(0, entry).x, right);
  const along = entryAt(turned ? patterns.columns : patterns.rows, (entry) => layout.cellOf(entry, 0).y, down);
  return turned ? { row: across, column: along } : { row: along, column: across };
}

/** The first entry whose drawing begins at cell `at`, else the one that goes on there. */
function entryAt(count: number, beginsAt: (entry: number) => number, at: number): number {
  let entry = 0;
  while (entry + 1 < count && beginsAt(entry) < at && beginsAt(entry + 1) <= at) entry += 1;
  return entry;
}
