import type { Matrix } from '../../../plot/heatmap.ts';
import { drawStems } from '../../../plot/stems.ts';
import { fitLine, type Line, repeated, span } from '../../../plot/text.ts';
import { gutter } from '../../../plot/value_axis.ts';
import { entryNames } from '../../screen/pattern_axes.ts';
import type { Size } from '../../screen/size.ts';
import type { Look } from '../../terminal/look.ts';
import { drawAlike } from '../common/alike.ts';

/** Rows of the stems: at least and at most, and those around them. */
const stems = { least: 6, most: 24, around: 3 };
/** Cells of a picture of pairs with its names, from which it stands beside the stems. */
const besideStems = 36;
const gap = 2;

/** The weights of the selected head, token by token, and which heads have the same; as much as fits. */
export function beneath(look: Look, weights: Matrix, head: number, { columns, rows }: Size): Line[] {
  const row = (at: number) => weights.data.subarray(at * weights.columns, (at + 1) * weights.columns);
  const pitch = Math.min(4, Math.floor((columns - gutter) / weights.columns));
  const width = gutter + pitch * weights.columns;
  const isBeside = columns - width - gap >= besideStems;
  const height = Math.min(stems.most, (isBeside ? rows : Math.floor(rows / 2)) - stems.around);
  const profile = pitch < 1 || height < stems.least ? [] : stemsOf(look, row(head), { pitch, height, width, head });
  const left = isBeside && profile.length > 0 ? width + gap : 0;
  const alike = drawAlike(
    {
      of: weights.data,
      what: 'correlation of weights: 1 does the same, −1 the opposite',
      rows: Array.from({ length: weights.rows }, (_, at) => row(at)),
      name: (at) => `H${at}`,
    },
    { columns: columns - left, rows: rows - 1 - (left > 0 ? 0 : profile.length) },
    look,
  );
  if (left === 0) return [...profile, ...(alike.length > 0 ? [[], ...alike] : [])];
  return Array.from(
    { length: Math.max(profile.length, alike.length + 1) },
    (_, at): Line => [...fitLine(profile[at] ?? [], left), ...(alike[at - 1] ?? [])],
  );
}

function stemsOf(
  { glyphs }: Look,
  values: Float32Array,
  place: { readonly pitch: number; readonly height: number; readonly width: number; readonly head: number },
): Line[] {
  const { pitch, height, width, head } = place;
  const none = { values: [], role: 'hint' } as const;
  const cellOf = (at: number) => pitch * at;
  const names = entryNames({ first: 0, count: values.length, width: width - gutter, cellOf });
  return [
    [],
    [span(` weights of H${head}, token by token`, { fg: 'hint' })],
    ...drawStems({ width, height, glyphs, pitch, stems: values, right: none, left: none, far: none }),
    [span(repeated(' ', gutter) + names, { fg: 'hint' })],
  ];
}
