import { toAnsi } from '../../plot/ansi.ts';
import { drawPanel } from '../../plot/panel.ts';
import type { Line, Span } from '../../plot/text.ts';
import { fitLine, lineWidth, span, textWidth, toAscii, toPlain } from '../../plot/text.ts';
import { panelHints } from '../keys/hints.ts';
import type { Panel } from '../panels/contract.ts';
import type { Model } from '../state/model.ts';
import { layoutOf, panelKey } from '../state/opening.ts';
import { bottomLines, topLine } from './bars.ts';
import type { Rectangle } from './layout.ts';
import { smallest } from './layout.ts';
import { overlayBox } from './overlays.ts';
import { timelineLines } from './timeline.ts';

/** Rows at the bottom of every screen: status and hints. */
const bars = 2;

interface Drawn {
  readonly reads: readonly unknown[];
  readonly lines: readonly Line[];
}

/** Turns models into rows of text; a panel is drawn again only when something that it reads has changed. */
export class Composer {
  readonly #drawn = new Map<string, Drawn>();
  #ansi = new WeakMap<Line, string>();
  #look: Model['look'] | undefined;

  #rows: readonly string[] = [];

  /** The rows of `compose`, unless they are those of the call before. */
  changed(model: Model): readonly string[] | undefined {
    const rows = this.compose(model);
    if (sameItems(rows, this.#rows)) return undefined;
    this.#rows = rows;
    return rows;
  }

  /** Takes nothing for shown. */
  forget(): void {
    this.#rows = [];
  }

  /** One row of the terminal each, with colour sequences, from the top; always one fewer than the terminal has. */
  compose(model: Model): string[] {
    if (model.look !== this.#look) {
      this.#ansi = new WeakMap();
      this.#look = model.look;
    }
    if (model.size.columns < smallest.columns || model.size.rows < smallest.rows) return this.#tooSmall(model);
    const layout = layoutOf(model);
    // Each row is a list of pieces that keep their identity while their panel does.
    const bottom = [...timelineLines(model), ...bottomLines(model)];
    const above = layout.rows - bars;
    const rows: Line[][] = Array.from({ length: above + bottom.length }, () => []);
    rows[0]!.push(topLine(model));
    for (const [index, line] of bottom.entries()) rows[above + index]!.push(line);
    for (const { panel, at } of [...layout.panels].sort((a, b) => a.at.x - b.at.x)) {
      for (const [index, line] of this.#panel(model, panel, at).entries()) rows[at.y + index]!.push(line);
    }
    this.#overlay(model, rows, layout);
    return rows.map((pieces) => pieces.map((line) => this.#text(line)).join(''));
  }

  #panel(model: Model, panel: Panel, at: Rectangle): readonly Line[] {
    const focused = model.view.focus === panel.id;
    const footer = panelHints(model, panel.id, at.columns - 8);
    const key = footer.map(({ text, style }) => `${text}${style?.dim ?? ''}`).join('');
    const mark = panelKey(model, panel);
    const reads = [at.columns, at.rows, focused, key, mark, model.look, ...panel.reads(model)];
    const known = this.#drawn.get(panel.id);
    if (known && sameItems(known.reads, reads)) return known.lines;
    const picture = panel.draw(model, { columns: at.columns - 2, rows: at.rows - 2 });
    const { columns: width, rows: height } = at;
    const lines = drawPanel({ width, height, mark, focused, footer, glyphs: model.look.glyphs, ...picture });
    this.#drawn.set(panel.id, { reads, lines });
    return lines;
  }

  /** Puts the box that lies over the panels into the middle of them. */
  #overlay(model: Model, rows: Line[][], size: { readonly columns: number; readonly rows: number }): void {
    const box = overlayBox(model, { columns: size.columns - 4, rows: size.rows - 5 });
    const width = lineWidth(box[0] ?? []);
    const left = Math.floor((size.columns - width) / 2);
    const top = Math.floor((size.rows - box.length) / 2);
    for (const [index, line] of box.entries()) {
      const under = rows[top + index]!.flat();
      rows[top + index] = [[...cut(under, 0, left), ...line, ...cut(under, left + width, size.columns)]];
    }
  }

  #tooSmall(model: Model): string[] {
    const { columns, rows } = model.size;
    const words = [
      `The screen needs ${smallest.columns} × ${smallest.rows};`,
      `this terminal has ${columns} × ${rows}.`,
      'Enlarge it, or press q to leave.',
    ];
    const fits = rows > words.length && words.every((text) => textWidth(text) <= columns);
    const said = fits ? words : [`${smallest.columns}×${smallest.rows} needed`];
    const lines = said.slice(0, Math.max(0, rows - 1)).map((text) => fitLine([span(text)], columns, 'center'));
    const above = Math.max(0, Math.floor((rows - 1 - lines.length) / 2));
    return [...Array.from({ length: above }, () => ''), ...lines.map((line) => this.#text(line))];
  }

  #text(line: Line): string {
    const known = this.#ansi.get(line);
    if (known !== undefined) return known;
    const { depth, theme, glyphs } = this.#look!;
    const symbols = glyphs === 'ascii' ? toAscii([line]) : [line];
    const text = depth === 'none' ? toPlain(symbols) : toAnsi(symbols, { depth, theme });
    this.#ansi.set(line, text);
    return text;
  }
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => Object.is(item, b[index]));
}

/** Cells from `from` up to `to` of a line. */
function cut(line: Line, from: number, to: number): Line {
  const kept: Span[] = [];
  let x = 0;
  for (const part of line) {
    const width = textWidth(part.text);
    if (x + width > from && x < to) {
      const text = [...part.text].slice(Math.max(0, from - x), to - x).join('');
      kept.push({ ...part, text });
    }
    x += width;
  }
  return kept;
}
