import { thousands } from '../../core/format.ts';
import { drawPanel } from '../../plot/panel.ts';
import type { Line } from '../../plot/text.ts';
import { panelHints } from '../keys/hints.ts';
import type { Rectangle } from '../layout/layout.ts';
import { isPictured, layoutOf, panelKey, underCursor } from '../layout/opening.ts';
import { type Panel, sameSelection } from '../panels/contract.ts';
import type { Guard } from '../screen/faults.ts';
import { failedBody, failedLine, unguarded } from '../screen/faults.ts';
import { overlaid } from '../screen/overlaid.ts';
import { receded } from '../screen/receded.ts';
import { withinBorder } from '../screen/size.ts';
import { tooSmall } from '../screen/too_small.ts';
import type { Model } from '../state/model.ts';
import type { Row } from '../terminal/cells.ts';
import { bottomLines, topLine } from './bars.ts';
import { overlayBox } from './overlays.ts';
import { timelineLines } from './timeline.ts';

/** Rows at the bottom of every screen: status and hints. */
const bars = 2;

interface Drawn {
  /** What the border shows, and what the panel does. */
  readonly border: readonly unknown[];
  readonly shown: unknown;
  readonly lines: readonly Line[];
}

/** Turns models into rows; a panel is drawn again only when something that it selects has changed. */
export class Composer {
  readonly #guard: Guard;
  readonly #drawn = new Map<string, Drawn>();

  /** @param guard what a part that fails to be drawn is left to; lets failures through unless given */
  constructor(guard: Guard = unguarded) {
    this.#guard = guard;
  }

  /** The rows of the terminal from the top. */
  compose(model: Model): Row[] {
    const small = tooSmall(model.size);
    if (small) return small.map((line) => [line]);
    const layout = layoutOf(model);
    // Each row is a list of pieces that keep their identity while their panel does.
    const { columns } = model.size;
    const line = (message: string): Line => failedLine(message, columns);
    const bottom = [
      ...this.#guard(
        'the timeline',
        () => timelineLines(model),
        (message) => [line(message), line(message)],
      ),
      ...this.#guard(
        'the lines at the foot',
        () => bottomLines(model),
        (message) => [line(message), line(message)],
      ),
    ];
    const above = layout.rows - bars;
    const rows: Line[][] = Array.from({ length: above + bottom.length }, () => []);
    rows[0]!.push(this.#guard('the line at the head', () => topLine(model), line));
    for (const [index, line] of bottom.entries()) rows[above + index]!.push(line);
    for (const { panel, at } of [...layout.panels].sort((a, b) => a.at.x - b.at.x)) {
      for (const [index, line] of this.#panelOr(model, panel, at, layout.faults.get(panel.id)).entries())
        rows[at.y + index]!.push(line);
    }
    this.#overlay(model, rows, layout);
    return rows;
  }

  /** A panel, or in its frame why it cannot be drawn. */
  #panelOr(model: Model, panel: Panel, at: Rectangle, fault: unknown): readonly Line[] {
    const draw = (): readonly Line[] => {
      if (fault !== undefined) throw fault;
      return this.#panel(model, panel, at);
    };
    return this.#guard(`the panel "${panel.name}"`, draw, (message) => {
      const { columns: width, rows: height } = at;
      const focused = model.view.focus === panel.id;
      const { glyphs } = model.look;
      return drawPanel({ width, height, title: panel.name, focused, glyphs, body: failedBody(message, width - 2) });
    });
  }

  #panel(model: Model, panel: Panel, at: Rectangle): readonly Line[] {
    const focused = model.view.focus === panel.id && !model.look.still;
    const footer = panelHints(model, panel, at.columns - 8);
    const key = footer.map(({ text, style }) => `${text}${style?.fg ?? ''}`).join('');
    const mark = panelKey(model, panel);
    const isOfThen = model.recalled !== undefined && isPictured(panel);
    const standsBack =
      model.recalled !== undefined && !isOfThen && layoutOf(model).panels.some((one) => isPictured(one.panel));
    const tone = isOfThen ? 'intervention' : undefined;
    const border = [at.columns, at.rows, focused, tone, key, mark, model.look, model.recalled?.step, standsBack];
    const shown = panel.select(model, underCursor(model));
    const known = this.#drawn.get(panel.id);
    if (known && sameItems(known.border, border) && sameSelection(known.shown, shown)) return known.lines;
    const picture = panel.draw(shown, withinBorder(at));
    const { columns: width, rows: height } = at;
    const title = `${picture.title}${whenOf(model, isOfThen)}`;
    const drawn = drawPanel({
      width,
      height,
      mark,
      focused,
      tone,
      footer,
      glyphs: model.look.glyphs,
      ...picture,
      title,
    });
    // What is of now stands back while the pictures are of an earlier step.
    const lines = standsBack ? drawn.map(receded) : drawn;
    this.#drawn.set(panel.id, { border, shown, lines });
    return lines;
  }

  /** Puts the box that lies over the panels into the middle of them. */
  #overlay(model: Model, rows: Line[][], size: { readonly columns: number; readonly rows: number }): void {
    const box = this.#guard(
      'what lies over the panels',
      () => overlayBox(model),
      (message) => [failedLine(message, size.columns - 4)],
    );
    if (box.length === 0) return;
    // What is typed stands below what can be.
    const free = size.rows - box.length;
    const top = model.overlay.type === 'line' ? free - bars : Math.floor(free / 2);
    // All panels stand back, also the one with the focus, which the keys do not reach.
    for (let y = 1; y < size.rows - bars; y++) rows[y] = rows[y]!.map(receded);
    for (const [index, line] of box.entries()) {
      rows[top + index] = [overlaid(rows[top + index]!.flat(), line, size.columns)];
    }
  }
}

/** Of which step a panel is, while the pictures are of an earlier one. */
function whenOf({ recalled }: Model, isOfThen: boolean): string {
  if (!recalled) return '';
  return isOfThen ? ` · step ${thousands(recalled.step)}` : ' · now';
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => Object.is(item, b[index]));
}
