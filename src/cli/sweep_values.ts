import { UserError } from '../core/errors.ts';
import { parseSetting } from '../presets/resolve.ts';

/** A setting and the values that it goes through. */
export interface Sweep {
  readonly path: string;
  readonly values: readonly number[];
  /** Whether the values lie evenly on a log axis. */
  readonly logarithmic: boolean;
}

/** More are a slip. */
const mostValues = 1000;

const expected = 'path=FROM:TO:STEP, path=FROM:TO:xFACTOR or path=A,B,C, e.g. task.noise=1e-4:100:x10';

/**
 * Reads `path=50:150:10` (both ends), `path=1e-4:100:x10` (each value so many times the one before) or `path=1,2,4`.
 * @param flag that gave it, for messages
 * @throws UserError when it is none of these
 */
export function parseSweep(text: string, flag: string): Sweep {
  const refuse = (what: string): never => {
    throw new UserError({ where: flag, what, expected });
  };
  const equals = text.indexOf('=');
  if (equals <= 0) return refuse(`"${text}" has no values`);
  const number = (word: string): number => {
    const { value } = parseSetting(`${text.slice(0, equals)}=${word}`);
    return typeof value === 'number' && Number.isFinite(value) ? value : refuse(`"${word}" is not a number`);
  };
  const path = text.slice(0, equals);
  const [from, to, by, ...more] = text.slice(equals + 1).split(':');
  if (to === undefined) {
    const values = from!.split(',').map(number);
    if (values.some((value, i) => i > 0 && !(value > values[i - 1]!))) return refuse(`${text}: values must rise`);
    return { path, values, logarithmic: false };
  }
  if (by === undefined || more.length > 0) return refuse(`"${text}" is no range`);
  const logarithmic = by.startsWith('x');
  const stride = number(logarithmic ? by.slice(1) : by);
  const [first, last] = [number(from!), number(to)];
  const counts = logarithmic ? first > 0 && stride > 1 : stride > 0;
  if (!counts || !(last >= first)) return refuse(`"${text}" does not rise`);
  const span = logarithmic ? Math.log(last / first) / Math.log(stride) : (last - first) / stride;
  // A range that misses its end by rounding only has that end.
  const count = Math.floor(span + 1e-9) + 1;
  if (count > mostValues) return refuse(`"${text}" has ${count} values, more than ${mostValues}`);
  const values = Array.from({ length: count }, (_, i) =>
    // Twelve digits, so that 0.1 + 0.2 is 0.3.
    Number((logarithmic ? first * Math.exp(i * Math.log(stride)) : first + i * stride).toPrecision(12)),
  );
  return { path, values, logarithmic };
}
