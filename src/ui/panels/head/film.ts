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
/** Cells for each entry, as long as that leaves room for a few pictures. */
const [entryCells, few] = [2, 4];

/** The selected head at several steps beside each other, with step and mean entropy, on the scale of its panel. */
export function drawFilm(model: Shows, max: number, { columns, rows }: Size): Line[] {
  const { film, view, look, run } = model;
  const index = selectedHead(model).index;
  if (film.length < 2 || rows < least.rows + 2 || columns < least.columns) return [];
  const pictured = (frame: ProbeFrame) => {
    const patterns = patternsOf(frame, view.mean ? 'mean' : view.prompt, run.model?.pattern);
    if (!patterns) return [];
    return [{ step: frame.step, matrix: patterns.matrix(index), drawn: coloursOf(patterns, view).picture(index) }];
  };
  const [first] = pictured(film[0]!);
  if (!first) return [];
  const count = [entryCells, 1]
    .map((cells) => Math.floor(columns / (Math.max(least.columns, cells * first.matrix.columns) + gap)))
    .find((fits, at) => fits >= (at === 0 ? few : 2));
  if (count === undefined) return [];
  const most = Math.min(film.length, count);
  // The first and the last, and those between at even places.
  const places = Array.from({ length: most }, (_, at) => Math.round((at * (film.length - 1)) / (most - 1)));
  const shown = places.flatMap((at) => pictured(film[at]!));
  const width = Math.floor(columns / most) - gap;
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
