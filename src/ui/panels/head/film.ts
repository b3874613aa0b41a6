import { fitNumber, thousands } from '../../../core/format.ts';
import { mapOn } from '../../../plot/colourmap.ts';
import { drawHeatmap } from '../../../plot/heatmap.ts';
import { blankLine, fitLine, fitText, type Line, span } from '../../../plot/text.ts';
import type { ProbeFrame } from '../../../protocol/messages.ts';
import type { Size } from '../../screen/size.ts';
import type { Model, Reads } from '../../state/model.ts';
import { coloursOf, meanEntropy, patternsOf, selectedHead } from '../../state/pattern.ts';
import { pictureIn } from '../common/geometry.ts';

type Shows = Pick<Model, 'film' | 'look'> & Reads<'model', 'head' | 'prompt' | 'mean' | 'timesEven'>;

/** Cells of a picture with its words, at least, and between two. */
const least: Size = { columns: 10, rows: 4 };
const gap = 2;
/** Cells for each entry, from the finest: below one, entries share them, and the largest shows. */
const fine = [2, 1, 1 / 2, 1 / 4];
/** Pictures that are worth coarser ones; more stand beside each other only where they are as fine as can be. */
const few = 4;

/** How many pictures have room beside each other, and how fine they are. */
export interface Strip {
  readonly count: number;
  readonly cells: number;
}

/** As many pictures as there are or a few, as fine as they fit; else as many as fit. Undefined for fewer than two. */
export function stripIn(model: Shows, { columns, rows }: Size): Strip | undefined {
  const { film, run, view } = model;
  const first = film[0] && patternsOf(film[0], view.mean ? 'mean' : view.prompt, run.model?.pattern);
  if (!first || rows < least.rows + 2) return undefined;
  const strips = fine.map((cells, at): Strip => {
    const fits = Math.floor(columns / (Math.max(least.columns, Math.ceil(cells * first.columns)) + gap));
    return { count: Math.min(film.length, at === 0 ? fits : Math.min(few, fits)), cells };
  });
  const most = Math.min(few, Math.max(...strips.map(({ count }) => count)));
  return most < 2 ? undefined : strips.find(({ count }) => count >= most);
}

/** The selected head at several steps beside each other, with step and mean entropy, on the scale of its panel. */
export function drawFilm(model: Shows, max: number, { columns, rows }: Size, { count: most, cells }: Strip): Line[] {
  const { film, view, look, run } = model;
  const index = selectedHead(model).index;
  const pictured = (frame: ProbeFrame) => {
    const patterns = patternsOf(frame, view.mean ? 'mean' : view.prompt, run.model?.pattern);
    if (!patterns) return [];
    return [{ step: frame.step, matrix: patterns.matrix(index), drawn: coloursOf(patterns, view).picture(index) }];
  };
  // The first and the last, and those between at even places.
  const places = Array.from({ length: most }, (_, at) => Math.round((at * (film.length - 1)) / (most - 1)));
  const shown = places.flatMap((at) => pictured(film[at]!));
  const [first] = shown;
  if (!first) return [];
  const width = cells < 1 ? Math.ceil(cells * first.matrix.columns) : Math.floor(columns / most) - gap;
  const picture = pictureIn(first.matrix, { columns: width, rows: rows - 2 }, look);
  const pitch = Math.max(picture.columns, least.columns) + gap;
  const { depth, glyphs } = look;
  const shape = { width: picture.columns, height: picture.rows, depth, glyphs };
  const frames = shown.map(({ step, matrix, drawn }): Line[] => [
    [span(fitText(`step ${thousands(step)}`, pitch - 1), { bold: true })],
    ...drawHeatmap(drawn, { ...shape, min: 0, max, map: mapOn(look) }),
    [span(fitText(`${fitNumber(meanEntropy(matrix), 4).trim()} nats`, pitch - 1), { fg: 'hint' })],
  ]);
  return Array.from({ length: picture.rows + 2 }, (_, row) =>
    frames.flatMap((frame) => fitLine(frame[row] ?? blankLine(1), pitch)),
  );
}
