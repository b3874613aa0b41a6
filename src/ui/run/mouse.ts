import { goTo, layoutOf } from '../layout/opening.ts';
import type { Panel } from '../panels/contract.ts';
import { type Size, smallest, withinBorder } from '../screen/size.ts';
import { type Model, withNotice, withView } from '../state/model.ts';
import type { MouseReport } from '../terminal/mouse_reports.ts';

/** A cell inside the border of a panel of `size`, counted from 0 at its top left; outside of both on the border itself. */
interface Place {
  readonly panel: Panel;
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
  return { panel, x: x - at.x - 1, y: y - at.y - 1, size: withinBorder(at) };
}

/** The key that turning the wheel over a panel stands for, if any. */
export function wheelKey(
  model: Model,
  report: MouseReport,
): { readonly panel: Panel; readonly key: string } | undefined {
  const panel = report.button === 'press' ? undefined : placeAt(model, report)?.panel;
  return panel?.wheel && { panel, key: panel.wheel[report.button as 'wheel_up' | 'wheel_down'] };
}

/** Focuses the panel that was pressed, and selects what was pressed in it. */
export function pressAt(model: Model, report: MouseReport): Model {
  const place = placeAt(model, report);
  if (!place || report.button !== 'press') return model;
  const { panel, size } = place;
  // What stands where is told by what the person saw: the focus can move panels.
  const view = panel.pressed?.(model, place, size);
  return withView({ ...withNotice(goTo(model, panel.id), ''), offer: undefined }, view ?? {});
}
