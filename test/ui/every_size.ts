import { stripVTControlCharacters } from 'node:util';
import { RandomStream } from '../../src/core/random.ts';
import { drawPanel } from '../../src/plot/panel.ts';
import type { Line } from '../../src/plot/text.ts';
import { lineWidth, textWidth } from '../../src/plot/text.ts';
import { offeredPanels, underCursor } from '../../src/ui/layout/opening.ts';
import { update } from '../../src/ui/run/update.ts';
import { type Size, smallest, withinBorder } from '../../src/ui/screen/size.ts';
import type { Model } from '../../src/ui/state/model.ts';
import type { Look } from '../../src/ui/terminal/look.ts';
import { rowsOn } from './fake_model.ts';

/** Sizes of terminals that screens are drawn at. */
const narrowest = 20;
const widest = 300;
const lowest = 5;
const highest = 100;

/** Every width, or every so many of them from the one at `first`. */
export function widths(every = 1, first = 0): number[] {
  const all = Array.from({ length: widest - narrowest + 1 }, (_, at) => narrowest + at);
  return all.filter((_, at) => at % every === first % every);
}

const corners: readonly Size[] = [
  { columns: narrowest, rows: lowest },
  { columns: narrowest, rows: highest },
  { columns: widest, rows: lowest },
  { columns: widest, rows: highest },
  { columns: smallest.columns - 1, rows: smallest.rows },
  { columns: smallest.columns, rows: smallest.rows - 1 },
  smallest,
];
const depths = ['none', '16', '256', 'truecolor'] as const;
const glyphSets = ['unicode', 'ascii'] as const;
const themes = ['dark', 'light'] as const;

/** What is drawn over the panels, and what is done with them, by the keys that lead there. */
const keys: readonly (readonly string[])[] = [
  [],
  ['enter'],
  ['?'],
  ['?', ...'pru'],
  ['?', 'down', 'down'],
  [':'],
  [':', ...'scope clamp'],
  ['N', ...'1200'],
  ['q'],
  ['e', 'y', 'left', 'left'],
  ['X', '+', 'right'],
  ['esc'],
  ['p', 'down', 'right', 'down', 'right'],
];

/** Draws of chance for one screen. */
export class Chance {
  readonly #stream: RandomStream;

  constructor(seed: number) {
    this.#stream = RandomStream.named(seed, 'sizes');
  }

  whole(from: number, to: number): number {
    return from + Math.floor(this.#stream.uniform() * (to - from + 1));
  }

  one<T>(items: readonly T[]): T {
    return items[this.whole(0, items.length - 1)]!;
  }

  /** One of those at the ends and where the layout changes, or any. */
  size(): Size {
    if (this.whole(0, 5) === 0) return this.one(corners);
    return { columns: this.whole(narrowest, widest), rows: this.whole(lowest, highest) };
  }

  look(look: Look): Look {
    return { ...look, depth: this.one(depths), glyphs: this.one(glyphSets), theme: this.one(themes) };
  }
}

/** What is wrong with the panels of a screen, each drawn in a terminal of every width, alone or beside others. */
export function faultsOfPanels(model: Model, chance: Chance, widths: readonly number[], only?: string): string[] {
  const faults: string[] = [];
  for (const panel of offeredPanels(model).filter(({ id }) => (only ?? id) === id)) {
    for (const columns of widths) {
      const at = { columns, rows: chance.whole(panel.minimum, highest) };
      const drawn = { ...model, look: chance.look(model.look), view: { ...model.view, focus: panel.id } };
      const fault = faultIn(() => {
        const shown = panel.select(drawn, underCursor(drawn));
        panel.uses?.(shown, at);
        const inside = withinBorder(at);
        const picture = panel.draw(shown, inside);
        const lines = drawPanel({ width: at.columns, height: at.rows, glyphs: drawn.look.glyphs, ...picture });
        return faultOfLines(lines, at);
      });
      if (fault) faults.push(`${panel.id} at ${at.columns} × ${at.rows}: ${fault}`);
    }
  }
  return faults;
}

/** What is wrong with a screen at a size of chance, with whatever panel enlarged or overlay open. */
export function faultOfScreen(start: Model, chance: Chance): string | undefined {
  const size = chance.size();
  const pressed = [...chance.one(panelKeys), ...chance.one(keys)];
  const where = `${size.columns} × ${size.rows}, after ${pressed.join(' ') || 'nothing'}`;
  const fault = faultIn(() => {
    const resized = update({ ...start, look: chance.look(start.look) }, { type: 'resized', size }).model;
    const model = pressed.reduce((now, key) => update(now, { type: 'key', key }).model, resized);
    return faultOfRows(rowsOn(model), size);
  });
  return fault && `${where}: ${fault}`;
}

const panelKeys: readonly (readonly string[])[] = [[], ...[...'123456789'].map((key) => [key])];

/** What is wrong with the rows of a screen: one too many or too few, or one of another width than the terminal's. */
export function faultOfRows(rows: readonly string[], { columns, rows: height }: Size): string | undefined {
  const isWhole = columns >= smallest.columns && height >= smallest.rows;
  if (isWhole ? rows.length !== height : rows.length > height) return `${rows.length} rows`;
  for (const [at, row] of rows.entries()) {
    const width = textWidth(stripVTControlCharacters(row));
    if (isWhole ? width !== columns : width > columns) return `row ${at} takes ${width} cells`;
  }
  return undefined;
}

function faultOfLines(lines: readonly Line[], { columns, rows }: Size): string | undefined {
  if (lines.length !== rows) return `${lines.length} rows`;
  const widths = lines.map(lineWidth);
  return widths.every((width) => width === columns) ? undefined : `rows of ${widths.join(' ')} cells`;
}

/** What `look` says is wrong, or what it throws. */
export function faultIn(look: () => string | undefined): string | undefined {
  try {
    return look();
  } catch (error) {
    return String((error as Error).stack)
      .split('\n')
      .slice(0, 3)
      .join(' ');
  }
}
