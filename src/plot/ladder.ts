import { colours256, distance, type Place, perceived } from './palette.ts';

/** Least rise of lightness from one colour to the next, of CIE L*'s 0 to 100: about what is seen on a screen. */
const leastStep = 1.5;

/** What being duller than the ramp counts, beside the distance. */
const dullness = 1;

/** The palette from dark to light. */
const rungs = colours256
  .map((colour) => ({ colour, place: perceived(colour), lightness: lightnessOf(colour) }))
  .sort((a, b) => a.lightness - b.lightness);
/** Rung → how many rungs are a step or more darker. */
const darker = rungs.map(({ lightness }) => rungs.filter((other) => other.lightness <= lightness - leastStep).length);

/**
 * A ramp in the 240 colours that users do not repaint, in its order of lightness: nearest colours one by one jump back and forth
 * where the cube is coarse. Of all sequences whose lightness never falls, and rises by `leastStep` where the colour changes, the
 * one with the smallest sum of squared distances in Oklab, by dynamic programming.
 * @param ramp 0xRRGGBB, as a whole from dark to light or from light to dark
 * @returns 0xRRGGBB of the palette, as many
 */
export function ladder256(ramp: readonly number[]): number[] {
  const falls = lightnessOf(ramp[0]!) > lightnessOf(ramp.at(-1)!);
  const places = (falls ? ramp.toReversed() : ramp).map(perceived);
  /** Place in the ramp → rung → the rung before it on the best way there. */
  const cameFrom: Uint8Array[] = [];
  let costs = new Float64Array(rungs.length);
  for (const place of places) {
    const from = bestBefore(costs);
    const before = costs;
    costs = before.map((_, at) => before[from[at]!]! + apart(rungs[at]!.place, place));
    cameFrom.push(from);
  }
  let at = costs.indexOf(Math.min(...costs));
  const found = cameFrom.toReversed().map((from) => {
    const { colour } = rungs[at]!;
    at = from[at]!;
    return colour;
  });
  return falls ? found : found.reverse();
}

/** Squared distance in Oklab; what is duller than the ramp counts more, lest a grey stands between two colours. */
function apart(rung: Place, wanted: Place): number {
  const dull = Math.max(0, chroma(wanted) - chroma(rung));
  return distance(rung, wanted) + dullness * dull * dull;
}

const chroma = ([, greenRed, blueYellow]: Place): number => Math.hypot(greenRed, blueYellow);

/** For each rung the cheapest of itself and of those a step or more darker. */
function bestBefore(costs: Float64Array): Uint8Array {
  const best = new Uint8Array(costs.length);
  let [cheapest, seen] = [0, 0];
  for (let at = 0; at < costs.length; at++) {
    for (; seen < darker[at]!; seen++) if (costs[seen]! < costs[cheapest]!) cheapest = seen;
    best[at] = darker[at]! > 0 && costs[cheapest]! < costs[at]! ? cheapest : at;
  }
  return best;
}

/** L* of CIE 1976 from the relative luminance of sRGB (WCAG 2.2): 0 black, 100 white. */
function lightnessOf(rgb: number): number {
  const linear = (shift: number) => {
    const channel = ((rgb >> shift) & 255) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0);
  return luminance <= 216 / 24389 ? (luminance * 24389) / 27 : 116 * Math.cbrt(luminance) - 16;
}
