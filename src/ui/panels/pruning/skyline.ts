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
  /** How high it is, said on top of it where all have room. */
  readonly label?: string;
  /** What stands in its place on the ground: a sign of what is pruned, the cursor, or nothing. */
  readonly foot: string;
}

/** Cells of a tower with the gap behind it, at most, and between towers of different kinds, at least. */
const [widest, between] = [14, 2];
/** Towers that stand between two with a number where there is no room for each. */
const numbered = 10;

/** Of `L0H12` the street `L0H` and the number `12`. */
const partsOf = (address: string): [street: string, number: string] => {
  const [, street = address, number = ''] = /^(L\d+[HN]) ?([\d–]+)%?$/.exec(address) ?? [];
  return [street, number];
};

/** All parts in their order, layer after layer, in exactly `rows` rows; none where they do not fit. */
export function drawSkyline(towers: readonly Tower[], { columns, rows }: Size): Line[] {
  const gapsAt = (pitch: number): number[] => towers.map((_, at) => gapBefore(towers, at, pitch));
  const widthAt = (pitch: number): number => pitch * towers.length + gapsAt(pitch).reduce((sum, gap) => sum + gap, 0);
  const pitches = Array.from({ length: widest }, (_, at) => widest - at);
  const pitch = pitches.find((one) => widthAt(one) <= columns - 2);
  const height = rows - 2;
  if (pitch === undefined || height < 2) return [];
  const gaps = gapsAt(pitch);
  const width = Math.max(1, pitch - 1);
  const isLabelled = towers.some(({ label }) => label) && towers.every(({ label = '' }) => textWidth(label) < pitch);
  // The highest leaves a row for what stands on it.
  const floorRows = isLabelled ? height - 1 : height;
  const place = (draw: (tower: Tower) => Line[number]): Line => [
    span(' '),
    ...towers.flatMap((tower, at) => [span(repeated(' ', gaps[at]!)), draw(tower), span(repeated(' ', pitch - width))]),
  ];
  const floors = Array.from({ length: height }, (_, row) =>
    place(({ share, style, label = '' }) => {
      const top = (share || 0) * floorRows;
      const filled = Math.max(0, Math.min(1, top - (height - 1 - row)));
      if (isLabelled && row === height - 1 - Math.ceil(Math.max(0, top)))
        return span(fitText(label, width, 'center'), { ...style, bold: true });
      const symbol = filled <= 0 ? ' ' : sparkline([filled], 1, { min: 1 / 8, max: 1 });
      return span(repeated(symbol, width), style);
    }),
  );
  const ground = place(({ foot, style }) =>
    foot === '' ? span(repeated('─', width), { fg: 'border' }) : span(fitText(foot, width, 'center'), style),
  );
  return [...floors, ground, names(towers, pitch, gaps)];
}

const isFirst = (towers: readonly Tower[], at: number): boolean =>
  at === 0 || partsOf(towers[at]!.address)[0] !== partsOf(towers[at - 1]!.address)[0];

/** Cells before the first tower of a street, so many that the name of the street before has room. */
function gapBefore(towers: readonly Tower[], at: number, pitch: number): number {
  if (at === 0 || !isFirst(towers, at)) return 0;
  const [street] = partsOf(towers[at - 1]!.address);
  const before = towers.slice(0, at).filter(({ address }) => partsOf(address)[0] === street);
  return Math.max(between, textWidth(before[0]!.address) + 1 - pitch * before.length);
}

/** Each tower's number where there is room, else every tenth, and the street at its first. */
function names(towers: readonly Tower[], pitch: number, gaps: readonly number[]): Line {
  let text = ' ';
  let x = 1;
  for (const [at, { address }] of towers.entries()) {
    x += gaps[at]!;
    const [street, number] = partsOf(address);
    const name = isFirst(towers, at) ? `${street}${number}` : number;
    const room = isFirst(towers, at) || Number(number) % numbered === 0 ? Math.max(pitch, textWidth(name) + 1) : pitch;
    if (text.length <= x && textWidth(name) < room) text = text.padEnd(x) + name;
    x += pitch;
  }
  return [span(text, { fg: 'hint' })];
}
