import { positionOf, stepTicks } from '../../../plot/axes.ts';
import { mapOn } from '../../../plot/colourmap.ts';
import { drawHeatmap, drawScale, heatmapLayout, type Matrix, pooling } from '../../../plot/heatmap.ts';
import { placeAxis } from '../../../plot/place_axis.ts';
import { fitLine, type Line, span } from '../../../plot/text.ts';
import { toAscii } from '../../../plot/to_ascii.ts';
import { gutter } from '../../../plot/value_axis.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';
import type { Model, Reads } from '../../state/model.ts';
import type { Look } from '../../terminal/look.ts';
import { stepsWindow } from '../common/steps_window.ts';
import type { PanelPicture } from '../contract.ts';

interface Shown extends Reads<'curves' | 'step' | 'config' | 'start', 'logX' | 'logY' | 'zoom'>, Pick<Model, 'group'> {
  readonly replay: { readonly to: number } | undefined;
  readonly look: Look;
}

/** Cells of the scale of colours, at most. */
const widestScale = 46;
/** Rows below the picture: rule, steps and colours. */
const below = 3;

/** Every evaluation of a family, places down and steps across, in colours: where in its prompts a run gets better, and when. */
export function drawBySteps(model: Shown, family: string, { columns, rows }: Size): Omit<PanelPicture, 'title'> {
  const { view, look } = model;
  const width = columns - gutter - 1;
  const height = rows - below;
  if (width < 8 || height < 2) return { body: [] };
  const { from, to } = stepsWindow(model);
  const scale = view.logX ? 'log' : 'linear';
  const { places, matrix } = placesBySteps(model.run, family, { columns: width, from, to, scale });
  const known = matrix.data.filter((value) => Number.isFinite(value) && (!view.logY || value > 0));
  if (known.length === 0) return { body: [[span(' the first evaluations appear here', { fg: 'hint' })]] };
  const [least, most] = extremes(known);
  const on = (value: number) => (view.logY ? Math.log(value) : value);
  // What is not above zero has no place on a log scale but its lower end.
  const drawn = matrix.data.map((value) =>
    Number.isNaN(value) ? value : on(view.logY ? Math.max(value, least) : value),
  );
  const shape = { width, height, depth: look.depth, glyphs: look.glyphs };
  const layout = heatmapLayout(places.length, width, shape);
  const picture = drawHeatmap(
    { ...matrix, data: drawn.map((value) => value - on(least)) },
    { ...shape, min: 0, max: Math.max(on(most) - on(least), Number.MIN_VALUE), map: mapOn(look) },
  );
  const labels = placeLabels(places, layout.height, (row) => layout.cellOf(row, 0).y);
  const ticks = stepTicks(from, to, scale, width);
  const colours = drawScale({
    width: Math.min(columns, widestScale),
    min: least,
    max: most,
    map: mapOn(look),
    depth: look.depth,
    glyphs: look.glyphs,
  });
  const body: Line[] = [
    ...picture
      .slice(0, layout.height)
      .map(
        (line, row): Line => [
          span(`${(labels.get(row) ?? '').padStart(gutter - 2)} `, { fg: 'hint' }),
          span('│', { fg: 'border' }),
          ...line,
        ],
      ),
    ...placeAxis({ from, to, scale, ticks, title: 'step' }, width),
    colours,
  ];
  const whole = body.map((line) => fitLine(line, columns));
  const detail = [view.logY ? 'log colours' : 'linear colours', pooling({ pooled: { ...layout.pooled, columns: 1 } })];
  return {
    detail: detail.filter((one) => one !== '').join(' · '),
    body: look.glyphs === 'ascii' ? toAscii(whole) : whole,
  };
}

interface Range {
  readonly columns: number;
  readonly from: number;
  readonly to: number;
  readonly scale: 'linear' | 'log';
}

/**
 * Values of a family in so many equal parts of a range of steps [place, column]: each the last evaluation in it or before it;
 * NaN before the first and after the last. A gap is NaN as well.
 */
export function placesBySteps(
  { curves, step }: Pick<RunState, 'curves' | 'step'>,
  family: string,
  range: Range,
): { readonly places: readonly number[]; readonly matrix: Matrix } {
  const names = [...curves.keys()].filter((name) => name.startsWith(`${family}/`) && /^\d+$/.test(placeIn(name)));
  const places = names.map((name) => Number(placeIn(name))).sort((a, b) => a - b);
  const { columns, from, to, scale } = range;
  const end = Math.max(1, Math.min(columns, Math.ceil(columns * positionOf(Math.max(step, from), from, to, scale))));
  const data = new Float32Array(places.length * columns).fill(Number.NaN);
  for (const [row, place] of places.entries()) {
    const view = curves.get(`${family}/${place}`)!.view();
    const { last, gap } = view.reduce(range);
    const before = view.indexOf(from) - 1;
    let held = before < 0 ? Number.NaN : view.at(before)!.value;
    for (let column = 0; column < end; column++) {
      if (!Number.isNaN(last[column]!)) held = last[column]!;
      else if (gap[column] === 1) held = Number.NaN;
      data[row * columns + column] = held;
    }
  }
  return { places, matrix: { rows: places.length, columns, data } };
}

const placeIn = (name: string): string => name.slice(name.indexOf('/') + 1);

function extremes(values: Float32Array): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return [least, most];
}

/** The place that a row of cells begins with, for every few rows. */
function placeLabels(places: readonly number[], rows: number, rowOf: (place: number) => number): Map<number, string> {
  const labels = new Map<number, string>();
  const apart = Math.max(1, Math.floor(rows / 6));
  let next = 0;
  for (const [at, place] of places.entries()) {
    const row = rowOf(at);
    if (row < next || row >= rows) continue;
    labels.set(row, String(place));
    next = row + apart;
  }
  return labels;
}
