import { csvOf } from '../../core/csv.ts';
import { faint, svgDocument, svgText } from '../../plot/svg.ts';
import { wrapText } from '../../plot/text.ts';
import type { Reader } from '../measure/leaf.ts';
import type { Recipe } from '../recipe/schema.ts';
import { type Line, linesOf } from './collect.ts';
import { heatmapPanel } from './heatmap.ts';
import { legend } from './look.ts';
import { chartPanel, labelsOf } from './panel.ts';

/** Pixels of a panel, and what stands around all. */
const panelSize = { width: 560, height: 400 };
const edge = 12;
const captionHeight = 16;

/** A figure as a picture, and all numbers in it: a row for every line, place and seed. */
export interface Figure {
  readonly svg: string;
  readonly csv: string;
  /** What was drawn, panel by panel. */
  readonly lines: readonly (readonly Line[])[];
}

export async function figureOf(recipe: Recipe, reader: Reader): Promise<Figure> {
  const { panels } = recipe;
  const lines: Line[][] = [];
  for (const panel of panels) lines.push(await linesOf(panel, reader));
  return {
    lines,
    svg: pictureOf(recipe, lines),
    csv: csvOf([['panel', 'line', 'x', 'seed', 'value'], ...rows(recipe, lines)]),
  };
}

function pictureOf({ panels, size, scale }: Recipe, lines: readonly (readonly Line[])[]): string {
  const across = Math.min(2, panels.length);
  const width = across * panelSize.width + 2 * edge;
  const counts = [...new Set(lines.flat().map(({ seeds }) => seeds.length))].sort((a, b) => a - b);
  const seeds = `mean of ${counts.join(' to ')} seed${counts.at(-1) === 1 ? '' : 's, ± 1 standard deviation'}`;
  // About six pixels a character.
  const caption = wrapText(`${seeds}; ${size}: ${scale}`, Math.floor((width - 2 * edge) / 6));
  const bottom = Math.ceil(panels.length / across) * panelSize.height + 2 * edge;
  const height = bottom + captionHeight * caption.length;
  const inside = { x: 0, y: 0, ...panelSize };
  const room = Math.max(
    ...lines.map((own, i) => (panels[i]!.kind === 'heatmap' ? 0 : legend(labelsOf(own), inside).height)),
  );
  const pieces = panels.flatMap((panel, i) => {
    const box = {
      x: edge + (i % across) * panelSize.width,
      y: edge + Math.floor(i / across) * panelSize.height,
      ...panelSize,
    };
    return panel.kind === 'heatmap' ? heatmapPanel(panel, lines[i]!, box) : chartPanel(panel, lines[i]!, box, room);
  });
  const words = caption.map((line, i) =>
    svgText(edge, bottom + captionHeight * (i + 0.5), line, { size: 11, fill: faint }),
  );
  return svgDocument(width, height, [...pieces, ...words]);
}

function* rows({ panels }: Recipe, lines: readonly (readonly Line[])[]): Generator<readonly unknown[]> {
  for (const [i, panel] of panels.entries()) {
    for (const { label, points, seeds } of lines[i]!) {
      for (const { x, values } of points) {
        for (const [j, value] of values.entries()) yield [panel.title, label, x, seeds[j], value];
      }
    }
  }
}
