import type { Panel } from '../panels/contract.ts';
import type { Size } from '../screen/size.ts';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly columns: number;
  readonly rows: number;
}

export interface Layout {
  /** All rows that are drawn. */
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

/** What panels say of a size, border included. */
export interface Measures {
  /** Rows that a panel makes use of. */
  uses(panel: Panel, size: Size): number;
  /** Entries of attention that a panel shows, of those that draw it. */
  sees(panel: Panel, size: Size): number;
  /** Of these, as many as are to be seen before other panels gain. */
  foremost(panel: Panel): number;
}

/** Columns from which panels may stand side by side. */
const sideBySide = 110;
/** Rows that are not panels: the top line, the status line, the key hints. */
const bars = 3;
/** Panels that may stand above one another with no more than their least heights. */
const crowd = 2;

/**
 * Where each panel goes. The same size and choices always give the same rectangles, so nothing moves while a run goes on,
 * and where nobody chose otherwise a larger size shows no less of the attention.
 */
export function layOut(size: Size, panels: readonly Panel[], choices: Choices, measures: Measures): Layout {
  const { rows } = size;
  const body: Rectangle = { x: 0, y: 1, columns: size.columns, rows: rows - bars };
  const frame = { rows, columns: size.columns };
  const zoomed = panels.find((panel) => panel.id === choices.zoomed);
  if (zoomed) return { ...frame, panels: [{ panel: zoomed, at: body }], hidden: [] };
  const placed = isWide(body, panels, measures)
    ? inTwo(body, panels, choices, measures)
    : column(body, visible(panels, body, choices, measures), choices, measures);
  const seen = new Set(placed.map(({ panel }) => panel));
  return { ...frame, panels: placed, hidden: panels.filter((panel) => !seen.has(panel)) };
}

type Placed = Layout['panels'];

/** Whether panels stand side by side: where there is room and no less of the attention is seen so, whatever was chosen. */
function isWide(body: Rectangle, panels: readonly Panel[], measures: Measures): boolean {
  const least = panels.reduce((sum, { sees, minimum }) => sum + (sees ? minimum : 0), 0);
  if (body.columns < sideBySide || body.rows < least) return false;
  const usual: Choices = { focus: '', zoomed: undefined, opened: [], closed: [] };
  const seen = (group: readonly Panel[], at: Rectangle): number => {
    const heights = claims(visible(group, at, usual, measures), at, measures);
    return [...heights].reduce(
      (sum, [panel, rows]) => sum + (panel.sees ? measures.sees(panel, { columns: at.columns, rows }) : 0),
      0,
    );
  };
  return seen(inColumn(panels, 'right'), halvesOf(body).right) >= seen(panels, body);
}

function inColumn(panels: readonly Panel[], side: Panel['column']): readonly Panel[] {
  return panels.filter(({ column }) => column === side);
}

function halvesOf(body: Rectangle): Readonly<Record<Panel['column'], Rectangle>> {
  const right = Math.round(body.columns * 0.47);
  const left = body.columns - right;
  return { left: { ...body, columns: left }, right: { ...body, x: left, columns: right } };
}

function inTwo(body: Rectangle, panels: readonly Panel[], choices: Choices, measures: Measures): Placed {
  const halves = halvesOf(body);
  const groups = (['left', 'right'] as const).map((side) => ({
    at: halves[side],
    group: visible(inColumn(panels, side), halves[side], choices, measures),
  }));
  const shown = groups.filter(({ group }) => group.length > 0);
  return shown.flatMap(({ at, group }) => column(shown.length === 1 ? body : at, group, choices, measures));
}

/**
 * The panels of a column that are on the screen: those that stand there by themselves and those that were opened, without
 * those that were closed; the focused one first in the choosing, then the latest opened, but not in the order.
 */
function visible(
  group: readonly Panel[],
  at: Rectangle,
  { focus, opened, closed }: Choices,
  measures: Measures,
): readonly Panel[] {
  const byWorth = [...group].sort((a, b) => a.dropped - b.dropped);
  const usual = fitting(
    byWorth,
    at.rows,
    claims(
      group.filter((panel) => panel.sees || isMain(panel)),
      at,
      measures,
    ),
  );
  const candidates = byWorth.filter(
    (panel) => (usual.has(panel) || opened.includes(panel.id) || panel.id === focus) && !closed.includes(panel.id),
  );
  const latest = opened.find((id) => candidates.some((panel) => panel.id === id));
  const first = [focus, latest].flatMap((id) => candidates.filter((panel) => panel.id === id));
  const chosen = fitting([...new Set([...first, ...candidates])], at.rows);
  return group.filter((panel) => chosen.has(panel));
}

/** The panel that small screens give up last. */
const isMain = ({ dropped }: Panel): boolean => dropped === 0;

/** Rows that panels of attention have before others join their column. */
type Claims = ReadonlyMap<Panel, number>;

/**
 * As many of the panels as fit, in their order of worth; more than a few only with room, and where there are claims,
 * others only beside them.
 */
function fitting(byWorth: readonly Panel[], rows: number, claims?: Claims): ReadonlySet<Panel> {
  const chosen = new Set<Panel>();
  const sum = (rowsOf: (panel: Panel) => number) => [...chosen].reduce((total, panel) => total + rowsOf(panel), 0);
  for (const panel of byWorth) {
    if (sum(({ minimum }) => minimum) + panel.minimum > rows) continue;
    const crowded = chosen.size >= crowd || (claims && !panel.sees && [...chosen].some((one) => claims.has(one)));
    // Beside attention that has all it can show, the least is better than blank rows.
    const enough = (one: Panel) => claims?.get(one) ?? (claims?.size && !isMain(byWorth[0]!) ? one.minimum : one.ample);
    if (crowded && sum(enough) + enough(panel) > rows) continue;
    chosen.add(panel);
  }
  return chosen;
}

/**
 * In a column of their own, the rows with which panels of attention together show the most of it; beside the first of all
 * panels, those that the shares leave to the first of them.
 */
function claims(
  panels: readonly Panel[],
  { columns, rows }: Rectangle,
  { sees, foremost }: Measures,
  opened: readonly string[] = [],
): Claims {
  const [one, other] = panels.filter((panel) => panel.sees);
  const main = panels.find(isMain);
  if (!one) return new Map();
  if (main) {
    const pair = [main, one];
    const least = pair.map(({ minimum }) => minimum);
    const heights = share(
      pair,
      least,
      pair.map(({ maximum }) => maximum),
      rows,
    );
    return new Map([[one, heights[1]!], ...(other ? [[other, other.ample] as const] : [])]);
  }
  // What a person has opened has enough.
  const others = new Map(
    panels.flatMap((panel) =>
      panel.sees ? [] : [[panel, opened.includes(panel.id) ? panel.ample : panel.minimum] as const],
    ),
  );
  const room = rows - [...others.values()].reduce((sum, height) => sum + height, 0);
  const seen = (panel: Panel) => {
    const known = Array.from({ length: room + 1 }, (_, height) => sees(panel, { columns, rows: height }));
    return {
      of: (height: number) => known[height]!,
      enough: (height: number) => known.indexOf(known[height]!),
      reaches: (entries: number) => 1 + known.findLastIndex((one) => one < entries),
    };
  };
  const mine = seen(one);
  if (!other) return new Map([...others, [one, Math.max(one.ample, mine.enough(room))]]);
  const theirs = seen(other);
  // All parts of the first come in view, then the rows go where they show most: no bound falls as the room grows.
  const least = Math.min(other.ample, Math.max(other.minimum, room - one.minimum));
  const own = Math.min(Math.max(one.minimum, mine.reaches(foremost(one))), room - least);
  let [best, most] = [own, Number.NEGATIVE_INFINITY];
  for (let height = own; height <= room - least; height++) {
    const both = mine.of(height) + theirs.of(room - height);
    if (both > most) [best, most] = [height, both];
  }
  return new Map([
    ...others,
    [one, Math.max(own, mine.enough(best))],
    [other, Math.max(least, theirs.enough(room - best))],
  ]);
}

/** Panels above one another; rows that one makes no use of go to the others. */
function column(at: Rectangle, panels: readonly Panel[], { opened }: Choices, measures: Measures): Placed {
  const claimed = claims(panels, at, measures, opened);
  const isMixed = panels.some(isMain);
  const most = panels.map((panel) => (isMixed && claimed.get(panel)) || panel.maximum);
  const from = leastHeights(panels, claimed, at.rows);
  let heights = share(panels, from, most, at.rows);
  for (let round = 0; round < panels.length; round++) {
    const used = panels.map((panel, index) => measures.uses(panel, { columns: at.columns, rows: heights[index]! }));
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

/** Rows that panels have before the rest is shared: attention what it claims, once the others have the least. */
function leastHeights(panels: readonly Panel[], claimed: Claims, rows: number): number[] {
  let spare = rows - panels.reduce((sum, { minimum }) => sum + minimum, 0);
  return panels.map((panel) => {
    const more = Math.max(0, Math.min(spare, (claimed.get(panel) ?? 0) - panel.minimum));
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
