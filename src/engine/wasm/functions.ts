import type { Code, Vector } from './code.ts';

/*
 * Functions of four numbers at once, without a library and without fused multiplication, so that every machine gives the
 * same bits. Largest error in units in the last place, of every 61st float32 number: exp and log 0.9, tanh 1.4, sigmoid 1.9,
 * softplus 2. Numbers below 2⁻¹²⁶ count as 0, as given and as result. Polynomials are least-squares fits of the remainders
 * at Chebyshev nodes, lowest power first.
 */

/** (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2. */
const exponentialTerms = [0.5, 0.16666513681411743, 0.04166625812649727, 0.00836935918778181, 0.0013946780236437917];
/** (ln((1+s)/(1−s)) − 2 s) / s³ as a polynomial of z = s² ≤ 1/9. */
const logarithmTerms = [
  0.6666666865348816, 0.3999970257282257, 0.28592583537101746, 0.21703314781188965, 0.23239050805568695,
];
/** (tanh x − x) / x³ as a polynomial of z = x² ≤ 0.39. */
const tangentTerms = [
  -0.3333333432674408, 0.13333304226398468, -0.053959377110004425, 0.02176971174776554, -0.008346161805093288,
  0.00229491014033556,
];

/** ln 2 in two parts, the first so short that its product with an exponent is exact. */
const [logTwoHigh, logTwoLow] = [0.6923828125, 0.0007643680437467992];
const smallestNormal = 2 ** -126;
/** ln 2⁻¹²⁶, and the largest number whose exponential is finite. */
const [smallestExponent, largestExponent] = [-87.33654022216797, 88.72283935546875];
/** 1.5 · 2²³: added to a number, it leaves the nearest whole number in the low bits. */
const rounder = 12_582_912;
const signBit = 0x80000000;

/** f(x) written out, by name of the primitive. */
export const unaryFunctions = {
  neg: (code: Code, x: Vector) => code.apply('f32x4.neg', x),
  exp: exponential,
  log: logarithm,
  sqrt: (code: Code, x: Vector) => code.apply('f32x4.sqrt', x),
  reciprocal: (code: Code, x: Vector) => code.apply('f32x4.div', code.constant(1), x),
  tanh: tangent,
  sigmoid,
  softplus,
  // NaN is not at most 0, and stays.
  relu: (code: Code, x: Vector) => code.apply('v128.andnot', x, code.apply('f32x4.le', x, code.constant(0))),
  step: (code: Code, x: Vector) =>
    code.apply('v128.and', code.constant(1), code.apply('f32x4.gt', x, code.constant(0))),
} as const;

export const binaryOpcodes = {
  add: 'f32x4.add',
  sub: 'f32x4.sub',
  mul: 'f32x4.mul',
  div: 'f32x4.div',
  minimum: 'f32x4.min',
  maximum: 'f32x4.max',
} as const;

/** 0 where |x| < 2⁻¹²⁶: such numbers are slow, and treated differently where a library has changed the processor's mode. */
export function flushed(code: Code, x: Vector): Vector {
  // Whole numbers compare as the numbers do whose bits they are, and faster; NaN is above all.
  const isTiny = code.apply('i32x4.lt_s', absolute(code, x), code.constant(smallestNormal));
  return code.apply('v128.andnot', x, isTiny);
}

/** |x|; the opcode of its own is three instructions on some processors. */
const absolute = (code: Code, x: Vector): Vector => code.apply('v128.and', x, code.bits(0x7fffffff));

/** c₀ + x (c₁ + x (…)) */
function polynomial(code: Code, x: Vector, terms: readonly number[]): Vector {
  return terms
    .slice(0, -1)
    .reduceRight<Vector>(
      (sum, term) => code.apply('f32x4.add', code.apply('f32x4.mul', sum, x), code.constant(term)),
      code.constant(terms.at(-1)!),
    );
}

/** e^x = 2ⁿ e^r with n = round(x / ln 2): n + `rounder`, whose low bits are n, and e^r. */
function powerParts(code: Code, x: Vector): { shifted: Vector; power: Vector } {
  const shifted = code.apply(
    'f32x4.add',
    code.apply('f32x4.mul', x, code.constant(Math.LOG2E)),
    code.constant(rounder),
  );
  const n = code.apply('f32x4.sub', shifted, code.constant(rounder));
  const high = code.apply('f32x4.sub', x, code.apply('f32x4.mul', n, code.constant(logTwoHigh)));
  const r = code.apply('f32x4.sub', high, code.apply('f32x4.mul', n, code.constant(logTwoLow)));
  const curved = code.apply('f32x4.mul', code.apply('f32x4.mul', r, r), polynomial(code, r, exponentialTerms));
  // What 1 + r drops of r is added at the end.
  const rough = code.apply('f32x4.add', r, code.constant(1));
  const dropped = code.apply('f32x4.sub', r, code.apply('f32x4.sub', rough, code.constant(1)));
  return { shifted, power: code.apply('f32x4.add', rough, code.apply('f32x4.add', curved, dropped)) };
}

/** e^x; n is added to the exponent in the bits of e^r. */
function exponential(code: Code, x: Vector): Vector {
  const { shifted, power } = powerParts(code, x);
  const scaled = code.apply('i32x4.add', power, code.shift(shifted, 'left', 23));
  const isTiny = code.apply('f32x4.lt', x, code.constant(smallestExponent));
  // ∞ for itself and what is too large, NaN for itself.
  const isBounded = code.apply('f32x4.le', x, code.constant(largestExponent));
  const other = code.apply('f32x4.add', x, code.constant(Number.POSITIVE_INFINITY));
  const bounded = code.apply('v128.bitselect', scaled, other, isBounded);
  return code.apply('v128.andnot', bounded, isTiny);
}

/** e^x for x ≤ 0, with the same bits: by a product with 2ⁿ, which leaves NaN as it is. */
export function decayed(code: Code, x: Vector): Vector {
  const { shifted, power } = powerParts(code, x);
  const scale = code.apply('i32x4.add', code.shift(shifted, 'left', 23), code.constant(1));
  const isTiny = code.apply('f32x4.lt', x, code.constant(smallestExponent));
  return code.apply('v128.andnot', code.apply('f32x4.mul', power, scale), isTiny);
}

/** ln x = e ln 2 + ln(1 + f), with x = 2ᵉ (1 + f) and 1 + f from √½ to √2. */
export function logarithm(code: Code, x: Vector): Vector {
  // Counted from √½, the exponent is that of 2ᵉ.
  const root = code.bits(0x3f3504f3);
  const above = code.apply('i32x4.sub', x, root);
  const e = code.apply('f32x4.convert_i32x4_s', code.shift(above, 'right', 23));
  const mantissa = code.apply('i32x4.add', code.apply('v128.and', above, code.bits(0x007fffff)), root);
  const f = code.apply('f32x4.sub', mantissa, code.constant(1));
  const low = code.apply('f32x4.mul', e, code.constant(logTwoLow));
  const high = code.apply('f32x4.mul', e, code.constant(logTwoHigh));
  const finite = code.apply('f32x4.add', high, logOnePlus(code, f, low));
  const isNormal = code.apply('f32x4.ge', x, code.constant(smallestNormal));
  // From here: −∞ for 0 and numbers that count as 0, NaN below, ∞ and NaN for themselves.
  const isZero = code.apply('f32x4.lt', absolute(code, x), code.constant(smallestNormal));
  const negative = code.apply(
    'v128.bitselect',
    code.constant(Number.NEGATIVE_INFINITY),
    code.constant(Number.NaN),
    isZero,
  );
  const isInfinite = code.apply('f32x4.eq', x, code.constant(Number.POSITIVE_INFINITY));
  const positive = code.apply('v128.bitselect', x, finite, isInfinite);
  return code.apply('v128.bitselect', positive, negative, isNormal);
}

/**
 * ln(1 + f) + low for √½ − 1 ≤ f ≤ 1: f − (f²/2 − s (f²/2 + z P(z))) with s = f / (2 + f), z = s², where
 * ln(1 + f) = 2 artanh s. `low` is far smaller.
 */
function logOnePlus(code: Code, f: Vector, low: Vector = code.constant(0)): Vector {
  const s = code.apply('f32x4.div', f, code.apply('f32x4.add', f, code.constant(2)));
  const z = code.apply('f32x4.mul', s, s);
  const rest = code.apply('f32x4.mul', z, polynomial(code, z, logarithmTerms));
  const half = code.apply('f32x4.mul', code.apply('f32x4.mul', f, f), code.constant(0.5));
  const curved = code.apply('f32x4.mul', s, code.apply('f32x4.add', half, rest));
  const below = code.apply('f32x4.sub', half, code.apply('f32x4.add', curved, low));
  return code.apply('f32x4.sub', f, below);
}

/** e^−|x| */
const decay = (code: Code, x: Vector): Vector => decayed(code, code.apply('v128.or', x, code.bits(signBit)));

/** x + x z P(z) below 5/8; above, 1 − 2 / (e^2|x| + 1) with the sign of x. */
function tangent(code: Code, x: Vector): Vector {
  const z = code.apply('f32x4.mul', x, x);
  const cubic = code.apply('f32x4.mul', code.apply('f32x4.mul', x, z), polynomial(code, z, tangentTerms));
  const near = code.apply('f32x4.add', x, cubic);
  const magnitude = absolute(code, x);
  const power = exponential(code, code.apply('f32x4.add', magnitude, magnitude));
  const gap = code.apply('f32x4.div', code.constant(2), code.apply('f32x4.add', power, code.constant(1)));
  const far = code.apply('f32x4.sub', code.constant(1), gap);
  const sign = code.apply('v128.and', x, code.bits(signBit));
  const isFar = code.apply('f32x4.ge', magnitude, code.constant(0.625));
  return code.apply('v128.bitselect', code.apply('v128.or', far, sign), near, isFar);
}

/** s = 1 / (1 + t) for x ≥ 0, else t / (1 + t), with t = e^−|x|; then what 1 + t drops of t, times ds/dt, is taken off. */
function sigmoid(code: Code, x: Vector): Vector {
  const [t, one] = [decay(code, x), code.constant(1)];
  const isPositive = code.apply('f32x4.ge', x, code.constant(0));
  const sum = code.apply('f32x4.add', t, one);
  const s = code.apply('f32x4.div', code.apply('v128.bitselect', one, t, isPositive), sum);
  const dropped = code.apply('f32x4.sub', t, code.apply('f32x4.sub', sum, one));
  const inverse = code.apply('v128.bitselect', s, code.apply('f32x4.sub', one, s), isPositive);
  const excess = code.apply('f32x4.mul', s, code.apply('f32x4.mul', dropped, inverse));
  return code.apply('f32x4.sub', s, excess);
}

/** max(x, 0) + ln(1 + e^−|x|) */
function softplus(code: Code, x: Vector): Vector {
  return code.apply('f32x4.add', unaryFunctions.relu(code, x), logOnePlus(code, decay(code, x)));
}
