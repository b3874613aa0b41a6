/** Colours 16 to 255 of xterm: a 6×6×6 cube, then 24 greys. */
export const colours256: readonly number[] = [
  ...Array.from({ length: 216 }, (_, index) => {
    const level = (digit: number) => (digit === 0 ? 0 : 55 + 40 * digit);
    return (level(Math.floor(index / 36)) << 16) | (level(Math.floor(index / 6) % 6) << 8) | level(index % 6);
  }),
  ...Array.from({ length: 24 }, (_, index) => (8 + 10 * index) * 0x010101),
];

/** Number among the 256 of xterm (16–255) of the colour nearest to an 0xRRGGBB; the first 16 are left out: users repaint them. */
export const nearest256: (rgb: number) => number = finder(colours256, 16);

/** The first 16 of xterm, which terminals choose themselves. */
export const colours16: readonly number[] = [
  ...[0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5],
  ...[0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff],
];

/** Number among the 16 (0–15, in xterm's shades) of the colour nearest to an 0xRRGGBB. */
export const nearest16: (rgb: number) => number = finder(colours16, 0);

/** Looks colours up in a palette and remembers them: screens use few colours, and those often. */
function finder(palette: readonly number[], first: number): (rgb: number) => number {
  const places = palette.map(perceived);
  const known = new Map<number, number>();
  return (rgb) => {
    const remembered = known.get(rgb);
    if (remembered !== undefined) return remembered;
    const place = perceived(rgb);
    let best = 0;
    places.forEach((candidate, index) => {
      if (distance(place, candidate) < distance(place, places[best]!)) best = index;
    });
    known.set(rgb, best + first);
    return best + first;
  };
}

/** A colour with `share` of it left and the background for the rest, both 0xRRGGBB. */
export function mix(rgb: number, background: number, share: number): number {
  const channel = (shift: number) =>
    Math.round(share * ((rgb >> shift) & 255) + (1 - share) * ((background >> shift) & 255));
  return (channel(16) << 16) | (channel(8) << 8) | channel(0);
}

export type Place = readonly [lightness: number, greenRed: number, blueYellow: number];

/**
 * Where the eye puts a colour, so that a ramp keeps its hue in a coarse palette: Oklab (Ottosson 2020), with the
 * screen's gamma taken as 2.
 */
export function perceived(rgb: number): Place {
  const linear = (shift: number) => {
    const channel = ((rgb >> shift) & 255) / 255;
    return channel * channel;
  };
  const [red, green, blue] = [linear(16), linear(8), linear(0)];
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const medium = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
  ];
}

/** Squared, in Oklab. */
export function distance(a: Place, b: Place): number {
  const [lightness, greenRed, blueYellow] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
  return lightness * lightness + greenRed * greenRed + blueYellow * blueYellow;
}
