/** Largest finite half-precision number; larger ones are clamped to it. */
const largest = 65504;

/** Smallest positive number, 2⁻²⁴. */
const smallest = 1 / 16_777_216;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** A number as IEEE 754 half precision, rounded to nearest, ties to even; finite numbers stay finite. */
export function toHalf(value: number): number {
  float[0] = Math.abs(value) > largest ? Math.sign(value) * largest : value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 112;
  const fraction = word & 0x7fffff;
  if (Number.isNaN(value)) return 0x7e00;
  if (exponent >= 31) return sign | 0x7bff;
  if (exponent > 0) return sign | rounded((exponent << 23) | fraction, 13);
  // Below 2⁻¹⁴ the leading one is written out and the exponent is 0.
  return exponent < -10 ? sign : sign | rounded(fraction | 0x800000, 14 - exponent);
}

/** The number that 16 bits of half precision stand for. */
export function fromHalf(half: number): number {
  const exponent = (half >>> 10) & 31;
  const fraction = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * smallest;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  bits[0] = ((exponent + 112) << 23) | (fraction << 13);
  return sign * float[0]!;
}

/** `word` without its lowest bits, rounded to nearest, ties to even. */
function rounded(word: number, dropped: number): number {
  const half = 1 << (dropped - 1);
  const rest = word & (2 * half - 1);
  const kept = word >>> dropped;
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}
