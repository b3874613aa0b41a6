import type { Panel } from '../panels/contract.ts';
import type { Size } from '../screen/size.ts';

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
  /** Panels that are not on the screen: closed, or no room for them. */
  readonly hidden: readonly Panel[];
}

/** What a person has chosen to see. */
export interface Choices {
  readonly focus: string;
  readonly zoomed: string | undefined;
  /** Panels that were opened, the latest first, and that were closed. */
  readonly opened: readonly string[];
  readonly closed: readonly string[];
}

/** Rows that a panel makes use of, or wants, when it could have as many as `size` has, border included. */
export type RowsUsed = (panel: Panel, size: Size) => number;

/** Columns from which panels stand side by side. */
const sideBySide = 110;
/** Rows that are not panels: the top line, the status line, the key hints. */
const bars = 3;
/** Panels that may stand above one another with no more than their least heights. */
const crowd = 2;

/** Where each panel goes. The same size and choices always give the same rectangles, so nothing moves while a run goes on. */
export function layOut(
  size: Size,
  panels: readonly Panel[],
  choices: Choices,
  rowsUsed: RowsUsed = (_panel, { rows }) => rows,
  rowsWanted: RowsUsed = ({ ample }) => ample,
): Layout {
  const rows = size.rows - 1;
  const body: Rectangle = { x: 0, y: 1, columns: size.columns, rows: rows - bars };
  const frame = { rows, columns: size.columns };
  const zoomed = panels.find((panel) => panel.id === choices.zoomed);
  if (zoomed) return { ...frame, panels: [{ panel: zoomed, at: body }], hidden: [] };
  const groups =
    size.columns < sideBySide
      ? [panels]
      : (['left', 'right'] as const).map((side) => panels.filter(({ column }) => column === side));
  const widths = columnsOf(body, groups.length);
  const wantedIn =
    (index: number): Wanted =>
    (panel) =>
      panel.wants ? Math.max(panel.ample, Math.min(panel.maximum, rowsWanted(panel, widths[index]!))) : panel.ample;
  const shown = groups
    .map((group, index) => ({ group: visible(group, body.rows, choices, wantedIn(index)), wanted: wantedIn(index) }))
    .filter(({ group }) => group.length > 0);
  const columns = columnsOf(body, shown.length);
  const placed = shown.flatMap(({ group, wanted }, index) => stack(columns[index]!, group, rowsUsed, wanted));
  const seen = new Set(shown.flatMap(({ group }) => group));
  return { ...frame, panels: placed, hidden: panels.filter((panel) => !seen.has(panel)) };
}

/** Rows that a panel should have before another one joins its column. */
type Wanted = (panel: Panel) => number;

function columnsOf(body: Rectangle, count: number): Rectangle[] {
  if (count < 2) return [body];
  const right = Math.round(body.columns * 0.47);
  const left = body.columns - right;
  return [
    { ...body, columns: left },
    { ...body, x: left, columns: right },
  ];
}

/**
 * The panels of a column that are on the screen: those that stand there by themselves and those that were opened, without
 * those that were closed; the focused one first in the choosing, then the latest opened, but not in the order.
 */
function visible(
  group: readonly Panel[],
  rows: number,
  { focus, opened, closed }: Choices,
  wanted: Wanted,
): readonly Panel[] {
  const byWorth = [...group].sort((a, b) => a.dropped - b.dropped);
  const usual = fitting(byWorth, rows, wanted);
  const candidates = byWorth.filter(
    (panel) => (usual.has(panel) || opened.includes(panel.id) || panel.id === focus) && !closed.includes(panel.id),
  );
  const latest = opened.find((id) => candidates.some((panel) => panel.id === id));
  const first = [focus, latest].flatMap((id) => candidates.filter((panel) => panel.id === id));
  const chosen = fitting([...new Set([...first, ...candidates])], rows);
  return group.filter((panel) => chosen.has(panel));
}

/**
 * As many of the panels as fit, in their order of worth; more than a few, and others beside attention, only with room.
 * @param wanted rows that attention should have before something else joins it; enough of them unless said
 */
function fitting(byWorth: readonly Panel[], rows: number, wanted?: Wanted): ReadonlySet<Panel> {
  const chosen = new Set<Panel>();
  const sum = (rowsOf: Wanted) => [...chosen].reduce((total, panel) => total + rowsOf(panel), 0);
  for (const panel of byWorth) {
    if (sum(({ minimum }) => minimum) + panel.minimum > rows) continue;
    const crowded = chosen.size >= crowd || (wanted && [...chosen].some(({ wants }) => wants));
    const enough = panel.wants || !wanted ? ({ ample }: Panel) => ample : wanted;
    if (crowded && sum(enough) + panel.ample > rows) continue;
    chosen.add(panel);
  }
  return chosen;
}

/** Panels above one another; rows that one makes no use of go to the others. */
function stack(at: Rectangle, panels: readonly Panel[], rowsUsed: RowsUsed, wanted: Wanted) {
  const most = panels.map((panel) => panel.maximum);
  const from = panels.length > crowd ? claims(panels, at.rows, wanted) : panels.map((panel) => panel.minimum);
  let heights = share(panels, from, most, at.rows);
  for (let round = 0; round < panels.length; round++) {
    const used = panels.map((panel, index) => rowsUsed(panel, { columns: at.columns, rows: heights[index]! }));
    const spare = used.findIndex((rows, index) => rows < heights[index]! && rows < most[index]!);
    if (spare === -1) break;
    most[spare] = Math.max(from[spare]!, used[spare]!);
    heights = share(panels, from, most, at.rows);
  }
  let y = at.y;
  return panels.map((panel, index) => {
    const rows = heights[index]!;
    const rectangle = { ...at, y, rows };
    y += rows;
    return { panel, at: rectangle };
  });
}

/** Rows that panels have before the rest is shared: attention what it wants, once the others have enough. */
function claims(panels: readonly Panel[], rows: number, wanted: Wanted): number[] {
  let spare = rows - panels.reduce((sum, panel) => sum + (panel.wants ? panel.minimum : panel.ample), 0);
  return panels.map((panel) => {
    if (!panel.wants) return panel.minimum;
    const more = Math.max(0, Math.min(spare, wanted(panel) - panel.minimum));
    spare -= more;
    return panel.minimum + more;
  });
}

/** Heights that fill `rows`: the least first, the rest by share up to the most, what remains to the first panel. */
function share(panels: readonly Panel[], least: readonly number[], most: readonly number[], rows: number): number[] {
  const heights = [...least];
  let rest = rows - heights.reduce((sum, height) => sum + height, 0);
  while (rest > 0) {
    // One row at a time to the panel furthest below its share keeps the division exact and free of rounding.
    const growing = panels.map((_, index) => index).filter((index) => heights[index]! < most[index]!);
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
