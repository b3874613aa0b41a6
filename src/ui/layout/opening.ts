import type { Panel } from '../panels/contract.ts';
import { panels } from '../panels/registry.ts';
import { type Size, withinBorder } from '../screen/size.ts';
import type { Model, Step } from '../state/model.ts';
import { still, withNotice, withView } from '../state/model.ts';
import type { UnderCursor } from '../state/ranking.ts';
import type { Layout, Measures } from './layout.ts';
import { layOut } from './layout.ts';

/** Rows under the panels of a run that is played back. */
export const timelineRows = 2;
/** Under those of several that are shown as one. */
const memberRows = 1;

/** The keys that go to panels. */
export const panelKeys: readonly string[] = [...'123456789'];

/** The panels that show something of this run, in the order of their keys. */
export function offeredPanels(model: Model): Panel[] {
  return panels.filter((panel) => panel.offered?.(model) ?? true);
}

/** The key that goes to a panel of this run. */
export function panelKey(model: Model, panel: Panel): string {
  return panelKeys[offeredPanels(model).indexOf(panel)] ?? '';
}

/** A layout, and why panels could not say how many rows they make use of, by their id. */
interface KnownLayout extends Layout {
  readonly faults: ReadonlyMap<string, unknown>;
}

/** The panel that panel keys act on. */
export function focusedPanel({ view }: Pick<Model, 'view'>): Panel | undefined {
  return panels.find(({ id }) => id === view.focus);
}

/** What the cursor of the focused panel is on, where that is parts of the model. */
export function underCursor(model: Model): UnderCursor | undefined {
  return focusedPanel(model)?.parts?.(model);
}

const layouts = new WeakMap<Model, KnownLayout>();

/** What panels said of their rows, which the last layout was made from; it stands for as long as they say the same. */
interface Answer {
  readonly method: 'uses' | 'foremost';
  readonly panel: Panel;
  readonly size: Size;
  readonly rows: number;
}

let last: { readonly on: readonly unknown[]; readonly answers: readonly Answer[]; readonly layout: Layout } | undefined;

/** Where the panels stand now; worked out once for a model. */
export function layoutOf(model: Model): KnownLayout {
  const known = layouts.get(model);
  if (known) return known;
  const { columns, rows } = model.size;
  const size = { columns, rows: rows - (model.replay ? timelineRows : model.group ? memberRows : 0) };
  const faults = new Map<string, unknown>();
  const selected = new Map<Panel, unknown>();
  const ask = (method: 'uses' | 'sees' | 'foremost', panel: Panel, most: Size): number => {
    try {
      if (!selected.has(panel)) selected.set(panel, panel.select(model, underCursor(model)));
      return panel[method]?.(selected.get(panel), most) ?? most.rows;
    } catch (error) {
      // Told in the panel's own frame; the others stay where they are.
      faults.set(panel.id, error);
      return most.rows;
    }
  };
  const { focus, zoomed, opened, closed } = model.view;
  const offered = offeredPanels(model);
  const aside = offered.filter((panel) => standsAside(panel, model));
  const on = [size.columns, size.rows, focus, zoomed, opened, closed, ...offered, ...aside, ...seenOn(model)];
  const stands =
    last !== undefined &&
    sameValues(on, last.on) &&
    last.answers.every(({ method, panel, size: most, rows: before }) => ask(method, panel, most) === before);
  if (!stands) {
    const answers: Answer[] = [];
    const told = (method: Answer['method'], panel: Panel, most: Size): number => {
      const said = ask(method, panel, most);
      answers.push({ method, panel, size: most, rows: said });
      return said;
    };
    const measures: Measures = {
      uses: (panel, most) => told('uses', panel, most),
      sees: remembered(model, (panel, most) => ask('sees', panel, most)),
      foremost: (panel) => told('foremost', panel, size),
    };
    last = {
      on,
      answers,
      layout: withoutRepeats(offered, aside, (among) => layOut(size, among, model.view, measures)),
    };
  }
  const layout = { ...last!.layout, faults };
  layouts.set(model, layout);
  return layout;
}

/** Whether a panel repeats another, and nobody asked for it. */
const standsAside = (panel: Panel, model: Model): boolean =>
  panel.repeated?.(model) === true && ![model.view.focus, ...model.view.opened].includes(panel.id);

/** The layout without the panels that stand aside, where those that enlarge a part of them have room. */
function withoutRepeats(
  offered: readonly Panel[],
  aside: readonly Panel[],
  layout: (of: readonly Panel[]) => Layout,
): Layout {
  if (aside.length === 0) return layout(offered);
  const without = layout(offered.filter((panel) => !aside.includes(panel)));
  const placed = without.panels.map(({ panel }) => panel);
  const isTold = aside.every(({ id }) => placed.some(({ enlarges }) => enlarges === id));
  return isTold ? { ...without, hidden: offered.filter((panel) => !placed.includes(panel)) } : layout(offered);
}

/** What is seen of attention depends on few things that change from model to model. */
const seenOn = ({ shapes, run, look, view }: Model): readonly unknown[] => [
  shapes,
  run.model,
  run.config,
  look,
  view.head,
];

const sameValues = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((one, index) => one === b[index]);

let known: { readonly on: readonly unknown[]; readonly seen: Map<string, number> } = { on: [], seen: new Map() };

function remembered(model: Model, sees: Measures['sees']): Measures['sees'] {
  const on = seenOn(model);
  if (!sameValues(on, known.on)) known = { on, seen: new Map() };
  const { seen } = known;
  return (panel, size) => {
    const key = `${panel.id} ${size.columns} ${size.rows}`;
    const number = seen.get(key) ?? sees(panel, size);
    seen.set(key, number);
    return number;
  };
}

/** Size inside the border of a panel that is on the screen. */
export function insideOf(model: Model, id: string): Size | undefined {
  const placed = layoutOf(model).panels.find(({ panel }) => panel.id === id);
  return placed && withinBorder(placed.at);
}

/** Whether a panel shows the pictures of an earlier step that is looked at. */
export const isPictured = ({ pictures, ofNow = false }: Panel): boolean => pictures && !ofNow;

/** Brings a panel of pictures into view where none is: while an earlier step is looked at, there is nothing of it else. */
export function withPictures(model: Model): Model {
  if (model.recalled === undefined || layoutOf(model).panels.some(({ panel }) => isPictured(panel))) return model;
  const [first] = offeredPanels(model).filter(isPictured);
  return first ? goTo(model, first.id) : model;
}

/** Brings a panel into view and puts the focus on it. */
export function goTo(model: Model, id: string): Model {
  const { opened, closed } = model.view;
  const zoomed = model.view.zoomed === undefined ? undefined : id;
  const isShown = layoutOf(unzoomed(model)).panels.some(({ panel }) => panel.id === id);
  if (isShown) return withView(model, { focus: id, zoomed });
  return withView(model, {
    focus: id,
    zoomed,
    opened: [id, ...opened.filter((other) => other !== id)],
    closed: closed.filter((other) => other !== id),
  });
}

function unzoomed(model: Model): Model {
  return withView(model, { zoomed: undefined });
}

/** The panel of a number key: brought into view and focused; when its key did that already, closed. */
export function goToOrClose(model: Model, key: string): Step {
  const offered = offeredPanels(model);
  const panel = offered[panelKeys.indexOf(key)];
  if (!panel) return still(withNotice(model, `${key}: this run has panels 1 to ${offered.length}`));
  const { focus, zoomed, reached } = model.view;
  const here = withView(model, { reached: panel.id });
  if (focus !== panel.id) return still(goTo(here, panel.id));
  if (zoomed !== undefined) return still(unzoomed(here));
  const shown = layoutOf(model).panels.map((placed) => placed.panel.id);
  if (shown.length === 1) return still(withNotice(here, `${panel.name}: the last panel stays`));
  // Who looks for a panel that has the focus from elsewhere does not mean to close it.
  const again = `${key}: ${panel.name} has the focus; ${key} again closes it`;
  return still(reached === panel.id ? close(model, panel.id, shown) : withNotice(here, again));
}

function close(model: Model, id: string, shown: readonly string[]): Model {
  const { opened, closed } = model.view;
  const choices = { opened: opened.filter((other) => other !== id), closed: [...closed, id] };
  return withView(model, { ...choices, focus: inOrder(shown, id, 1) });
}

/** Moves the focus through the panels on the screen, or through those that would be there if none filled it; through all where there is room for one. */
export function focusNext(model: Model, by: 1 | -1): Step {
  const shown = layoutOf(unzoomed(model)).panels.map(({ panel }) => panel.id);
  const all = offeredPanels(model).map(({ id }) => id);
  return still(goTo(model, inOrder(shown.length > 1 ? shown : all, model.view.focus, by)));
}

/** The panel after or before `id` in the order of the registry. */
function inOrder(shown: readonly string[], id: string, by: 1 | -1): string {
  const ordered = panels.map((panel) => panel.id).filter((other) => shown.includes(other));
  return ordered[(ordered.indexOf(id) + by + ordered.length) % ordered.length]!;
}
