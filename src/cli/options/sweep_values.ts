import { UserError } from '../../core/errors.ts';
import { parseSetting } from '../../presets/resolve.ts';

/** A setting and the values that it goes through, numbers or not. */
interface Values<V> {
  readonly path: string;
  readonly values: readonly V[];
  /** Whether the values lie evenly on a log axis. */
  readonly logarithmic: boolean;
}

/** A setting that a curve is drawn over. */
export type Sweep = Values<number>;

/** More are a slip. */
const mostValues = 1000;

const expected = 'path=FROM:TO:STEP, path=FROM:TO:xFACTOR or path=A,B,C, e.g. task.noise=1e-4:100:x10';

/**
 * Reads what `parseValues` reads, as far as a curve can be drawn over it.
 * @throws UserError unless the values are numbers that rise
 */
export function parseSweep(text: string, flag: string): Sweep {
  const { path, values, logarithmic } = parseValues(text, flag);
  const numbers = values.map((value) => {
    if (typeof value === 'number') return value;
    throw new UserError({ where: flag, what: `${JSON.stringify(value)} is not a number`, expected });
  });
  if (numbers.some((value, i) => i > 0 && !(value > numbers[i - 1]!))) {
    throw new UserError({ where: flag, what: `${text}: values must rise`, expected });
  }
  return { path, values: numbers, logarithmic };
}

/**
 * Reads `path=50:150:10` (both ends), `path=1e-4:100:x10` (each value so many times the one before) or `path=1,2,4`, where
 * the commas of JSON, as in `path=[2,20],[[4,8],[9]]`, do not part values, nor do its colons make a range.
 * @param flag that gave it, for messages
 * @param mayRepeat whether a value may come twice, as where lists go together row by row
 * @throws UserError when it is none of these
 */
export function parseValues(text: string, flag: string, mayRepeat = false): Values<unknown> {
  const refuse = (what: string): never => {
    throw new UserError({ where: flag, what, expected });
  };
  const equals = text.indexOf('=');
  if (equals <= 0) return refuse(`"${text}" has no values`);
  const path = text.slice(0, equals);
  const valueIn = (word: string): unknown =>
    word === '' ? refuse(`"${text}" has no value in one place`) : parseSetting(`${path}=${word}`).value;
  const number = (word: string): number => {
    const value = valueIn(word);
    return typeof value === 'number' && Number.isFinite(value) ? value : refuse(`"${word}" is not a number`);
  };
  const [from, to, by, ...more] = parted(text.slice(equals + 1), ':');
  if (to === undefined) {
    const values = parted(from!, ',').map(valueIn);
    const texts = values.map((value) => JSON.stringify(value));
    const again = texts.find((one, index) => texts.indexOf(one) < index);
    return again === undefined || mayRepeat
      ? { path, values, logarithmic: false }
      : refuse(`"${text}" has ${again} twice`);
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

/** The parts of a text between marks that stand outside the brackets and quotes of JSON. */
function parted(text: string, mark: ',' | ':'): string[] {
  const parts = [''];
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:\\.|[^"\\])*"|[\s\S]/g)) {
    if (token === '[' || token === '{') depth++;
    if (token === ']' || token === '}') depth--;
    if (token === mark && depth <= 0) parts.push('');
    else parts[parts.length - 1] += token;
  }
  return parts;
}
