import type { Size } from './model.ts';
import type { Panel } from './panels/contract.ts';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly columns: number;
  readonly rows: number;
}

export interface Layout {
  /** All rows that are drawn: one fewer than the terminal has, which would scroll or be cleared at its full height. */
  readonly rows: number;
  readonly columns: number;
  readonly panels: readonly { readonly panel: Panel; readonly at: Rectangle }[];
  /** Panels there is no room for. */
  readonly hidden: readonly Panel[];
}

export const smallest: Size = { columns: 80, rows: 24 };

/** Columns from which panels stand side by side. */
const sideBySide = 110;
/** Rows that are not panels: the top line, the status line, the key hints. */
const bars = 3;

type Spec = Pick<Panel, 'minimum' | 'maximum' | 'share' | 'dropped' | 'column' | 'id'>;

/** Where each panel goes. The same size and choices always give the same rectangles, so nothing moves while a run goes on. */
export function layOut(
  size: Size,
  panels: readonly Panel[],
  view: { readonly focus: string; readonly zoomed: string | undefined },
): Layout {
  const rows = size.rows - 1;
  const body: Rectangle = { x: 0, y: 1, columns: size.columns, rows: rows - bars };
  const frame = { rows, columns: size.columns };
  const zoomed = panels.find((panel) => panel.id === view.zoomed);
  if (zoomed) return { ...frame, panels: [{ panel: zoomed, at: body }], hidden: [] };
  const columns = size.columns < sideBySide ? [{ at: body, candidates: panels }] : twoColumns(body, panels);
  const placed = columns.flatMap(({ at, candidates }) => stack(at, candidates, view.focus));
  const shown = new Set(placed.map(({ panel }) => panel));
  return { ...frame, panels: placed, hidden: panels.filter((panel) => !shown.has(panel)) };
}

function twoColumns(body: Rectangle, panels: readonly Panel[]) {
  const right = Math.round(body.columns * 0.47);
  const left = body.columns - right;
  return [
    { at: { ...body, columns: left }, candidates: panels.filter((panel) => panel.column === 'left') },
    { at: { ...body, x: left, columns: right }, candidates: panels.filter((panel) => panel.column === 'right') },
  ];
}

/** Panels above one another: those that fit, the focused one first in the choosing but not in the order. */
function stack(at: Rectangle, candidates: readonly Panel[], focus: string) {
  const wanted = [...candidates].sort(
    (a, b) => Number(b.id === focus) - Number(a.id === focus) || a.dropped - b.dropped,
  );
  let free = at.rows;
  const chosen = new Set<Panel>();
  for (const panel of wanted) {
    if (panel.minimum > free) continue;
    free -= panel.minimum;
    chosen.add(panel);
  }
  const shown = candidates.filter((panel) => chosen.has(panel));
  const heights = share(shown, at.rows);
  let y = at.y;
  return shown.map((panel, index) => {
    const rows = heights[index]!;
    const rectangle = { ...at, y, rows };
    y += rows;
    return { panel, at: rectangle };
  });
}

/** Heights that fill `rows`: minimum first, the rest by share up to the maximum, what remains to the first panel. */
function share(panels: readonly Spec[], rows: number): number[] {
  const heights = panels.map((panel) => panel.minimum);
  let rest = rows - heights.reduce((sum, height) => sum + height, 0);
  while (rest > 0) {
    // One row at a time to the panel furthest below its share keeps the division exact and free of rounding.
    const growing = panels.map((_, index) => index).filter((index) => heights[index]! < panels[index]!.maximum);
    if (growing.length === 0) break;
    const next = growing.reduce((best, index) =>
      heights[index]! / panels[index]!.share < heights[best]! / panels[best]!.share ? index : best,
    );
    heights[next]! += 1;
    rest -= 1;
  }
  if (panels.length > 0) heights[0]! += rest;
  return heights;
}
