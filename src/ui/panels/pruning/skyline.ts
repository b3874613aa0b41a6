import { sparkline } from '../../../plot/sparkline.ts';
import type { Style } from '../../../plot/style.ts';
import { fitText, type Line, repeated, span, textWidth } from '../../../plot/text.ts';
import type { Size } from '../../screen/size.ts';

/** A part as a tower, as high as what is lost without it. */
export interface Tower {
  readonly address: string;
  /** Share of the highest; NaN while it has not been measured. */
  readonly share: number;
  readonly style: Style;
  /** What stands in its place on the ground: a sign of what is pruned, the cursor, or nothing. */
  readonly foot: string;
}

/** Cells of a tower with the gap behind it, at most, and between towers of different kinds. */
const [widest, between] = [14, 2];

/** Of `L0H12` the street `L0H` and the number `12`. */
const partsOf = (address: string): [street: string, number: string] => {
  const [, street = address, number = ''] = /^(L\d+[HN]) ?([\d–]+)%?$/.exec(address) ?? [];
  return [street, number];
};

/** All parts in their order, layer after layer, in exactly `rows` rows; none where they do not fit. */
export function drawSkyline(towers: readonly Tower[], { columns, rows }: Size): Line[] {
  const starts = towers.map(({ address }, at) => at > 0 && partsOf(address)[0] !== partsOf(towers[at - 1]!.address)[0]);
  const gaps = between * starts.filter(Boolean).length;
  const pitch = Math.min(widest, Math.floor((columns - 2 - gaps) / Math.max(1, towers.length)));
  const height = rows - 2;
  if (pitch < 1 || height < 2) return [];
  const width = Math.max(1, pitch - 1);
  const place = (draw: (tower: Tower, at: number) => Line[number]): Line => [
    span(' '),
    ...towers.flatMap((tower, at) => [
      ...(starts[at] ? [span(repeated(' ', between))] : []),
      draw(tower, at),
      span(repeated(' ', pitch - width)),
    ]),
  ];
  const floors = Array.from({ length: height }, (_, row) =>
    place(({ share, style }) => {
      const filled = Math.max(0, Math.min(1, (share || 0) * height - (height - 1 - row)));
      const symbol = filled <= 0 ? ' ' : sparkline([filled], 1, { min: 1 / 8, max: 1 });
      return span(repeated(symbol, width), style);
    }),
  );
  const ground = place(({ foot, style }) =>
    foot === '' ? span(repeated('─', width), { fg: 'border' }) : span(fitText(foot, width, 'center'), style),
  );
  return [...floors, ground, names(towers, pitch, starts)];
}

/** Each tower's number where there is room, and the street at its first. */
function names(towers: readonly Tower[], pitch: number, starts: readonly boolean[]): Line {
  let text = ' ';
  for (const [at, { address }] of towers.entries()) {
    const [street, number] = partsOf(address);
    const x = 1 + at * pitch + between * starts.slice(0, at + 1).filter(Boolean).length;
    const name = at === 0 || starts[at] ? `${street}${number}` : number;
    const end = x + Math.max(pitch, at === 0 || starts[at] ? textWidth(name) + 1 : 0);
    if (text.length <= x && x + textWidth(name) < end) text = text.padEnd(x) + name;
  }
  return [span(text, { fg: 'hint' })];
}
