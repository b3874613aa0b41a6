import { interpolateCividis, interpolateViridis } from 'd3-scale-chromatic';
import { ladder256 } from './ladder.ts';
import type { ThemeName } from './style.ts';

/** Maps of values from zero up, which people choose from. */
export const unsignedMaps = ['viridis', 'cividis', 'grey'] as const;
export type UnsignedMap = (typeof unsignedMaps)[number];
export const colourMapNames = [
  ...unsignedMaps,
  'viridis_light',
  'cividis_light',
  'grey_light',
  'diverging',
  'diverging_light',
] as const;
export type ColourMap = (typeof colourMapNames)[number];

/** Few enough that a cell keeps its colour, and the line its bytes, while its value trembles. */
export const colourLevels = 48;

const darkest = 0x262626;
const lightest = 0xf2f2f2;
/** Zero is dark and both signs brighten away from it: blue below, orange above, by way of colours whose hue 256 can show. */
const diverging = [0x5fafff, 0x3790d0, 0x1470a0, 0x00477f, 0x1c1c1c, 0x5f3f00, 0x8f5f08, 0xcf8730, 0xffaf5f] as const;
/** On light paper zero is pale and both signs darken away from it. */
const divergingLight = [
  0x00477f, 0x1470a0, 0x3790d0, 0x9fcfef, 0xf2f2f2, 0xffd7af, 0xcf8730, 0x9f5f08, 0x6f3f00,
] as const;

const paper = 0xffffff;
/** What is left of a colour where a map for light paper begins: pale, and told from the paper, which is where there is nothing. */
const palest = 0.35;
const palestGrey = 0xe4e4e4;

/** A map from its light end to its dark one, washed out towards the light one. */
const onPaper = (colour: (share: number) => string, share: number): number =>
  blend(paper, parse(colour(1 - share)), palest + (1 - palest) * share);

const colourAt: Readonly<Record<ColourMap, (share: number) => number>> = {
  viridis: (share) => parse(interpolateViridis(share)),
  cividis: (share) => parse(interpolateCividis(share)),
  grey: (share) => blend(darkest, lightest, share),
  viridis_light: (share) => onPaper(interpolateViridis, share),
  cividis_light: (share) => onPaper(interpolateCividis, share),
  grey_light: (share) => blend(palestGrey, darkest, share),
  diverging: (share) => along(diverging, share),
  diverging_light: (share) => along(divergingLight, share),
};

/** Whether zero lies in the middle of a map, and its two sides are the two signs. */
export const isSigned = (map: ColourMap): boolean => map === 'diverging' || map === 'diverging_light';

/** Whether zero is pale and what is large dark. */
export const isForPaper = (map: ColourMap): boolean => map.endsWith('_light');

/** The form of a map for a background. */
export const mapOn = ({
  theme,
  colourMap,
}: {
  readonly theme: ThemeName;
  readonly colourMap: UnsignedMap;
}): ColourMap => (theme === 'light' ? `${colourMap}_light` : colourMap);

/** The map of signed values on a background. */
export const signedMap = (theme: ThemeName): ColourMap => (theme === 'light' ? 'diverging_light' : 'diverging');

const tables = Object.fromEntries(
  colourMapNames.map((name) => [
    name,
    // An odd number where the middle must be a colour of its own.
    coloursOf(name, isSigned(name) ? colourLevels + 1 : colourLevels),
  ]),
) as Record<ColourMap, number[]>;

function coloursOf(map: ColourMap, levels: number): number[] {
  return Array.from({ length: levels }, (_, level) => colourAt[map](level / (levels - 1)));
}

/** Where a value lies between the ends, clamped to 0 … 1; 0 when the ends coincide. */
export function shareOf(value: number, min: number, max: number): number {
  return max > min ? Math.max(0, Math.min(1, (value - min) / (max - min))) : 0;
}

/** Colour of a share (0 … 1) as 0xRRGGBB. */
export function mapColour(map: ColourMap, share: number): number {
  const table = tables[map];
  return table[Math.round(share * (table.length - 1))]!;
}

/** Maps whose colours the nearest ones keep in order: greys have only greys near them. */
const isOrderly = (map: ColourMap): boolean => map === 'grey' || map === 'grey_light';

/** The colours of the other maps, each with its map; of one in two maps, the first. */
const mapsOf = new Map(
  colourMapNames
    .filter((name) => !isOrderly(name))
    .toReversed()
    .flatMap((name) => tables[name].map((colour) => [colour, name] as const)),
);
const ladders = new Map<ColourMap, ReadonlyMap<number, number>>();

/** A colour of a map as the one of the 256 that keeps its order among the map's others; any other colour as it is. */
export function orderly256(rgb: number): number {
  const map = mapsOf.get(rgb);
  if (map === undefined) return rgb;
  if (!ladders.has(map)) ladders.set(map, ladderOf(map));
  return ladders.get(map)!.get(rgb)!;
}

function ladderOf(map: ColourMap): ReadonlyMap<number, number> {
  const table = tables[map];
  const middle = colourLevels / 2;
  const sides = isSigned(map) ? [table.slice(0, middle + 1), table.slice(middle)] : [table];
  return new Map(sides.flatMap((side) => ladder256(side).map((rung, at) => [side[at]!, rung] as const)));
}

/** Black or white, whichever is readable on a colour. */
export function contrastOf(rgb: number): number {
  const luminance = 0.299 * (rgb >> 16) + 0.587 * ((rgb >> 8) & 255) + 0.114 * (rgb & 255);
  return luminance > 128 ? 0x000000 : 0xffffff;
}

function along(stops: readonly number[], share: number): number {
  const place = share * (stops.length - 1);
  const stop = Math.min(stops.length - 2, Math.floor(place));
  return blend(stops[stop]!, stops[stop + 1]!, place - stop);
}

function blend(from: number, to: number, share: number): number {
  const channel = (shift: number) =>
    Math.round((1 - share) * ((from >> shift) & 255) + share * ((to >> shift) & 255)) << shift;
  return channel(16) | channel(8) | channel(0);
}

/** `#rrggbb` or `rgb(r, g, b)`, the two forms that d3 gives. */
function parse(colour: string): number {
  if (colour.startsWith('#')) return Number.parseInt(colour.slice(1), 16);
  const [red, green, blue] = colour.match(/\d+/g)!.map(Number);
  return (red! << 16) | (green! << 8) | blue!;
}
