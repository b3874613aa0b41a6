import { mean } from '../../core/stats.ts';
import { type Along, type Expression, isLeaf, placed, placesAlong, withLeaves } from '../recipe/expression.ts';
import type { Source } from './source.ts';

type Value = number | null;

/** The number that an expression has for a seed; null where some run does not have what it needs. */
export async function evaluated(one: Expression, seed: number, source: Source): Promise<Value> {
  if (typeof one === 'number') return one;
  if (isLeaf(one)) return source.read(one, seed);
  const value = (part: Expression) => evaluated(part, seed, source);
  const along = (part: Expression, over: Along) =>
    placesAlong(over).map((place) =>
      withLeaves(part, (leaf) => placed(leaf, place, (of, path) => source.varies(of, path))),
    );
  if ('ratio' in one) return both(one.ratio, value, (a, b) => a / b);
  if ('difference' in one) return both(one.difference, value, (a, b) => a - b);
  if ('absolute' in one) return mapped(await value(one.absolute), Math.abs);
  if ('log10' in one) return mapped(await value(one.log10), Math.log10);
  if ('slope' in one) {
    const [places] = Object.values(one.over);
    const values = await inTurn(along(one.slope, one.over), value);
    return values && logLogSlope(values.map((y, i) => [Number(places![i]), y]));
  }
  if ('crossing' in one) {
    const [places] = Object.values(one.over);
    const values = await inTurn(along(one.crossing, one.over), value);
    return values && firstCrossing(places!.map(Number), values, one.below);
  }
  const [parts, join] =
    'greatest' in one
      ? ([one.greatest, Math.max] as const)
      : 'least' in one
        ? ([one.least, Math.min] as const)
        : ([one.mean, (...all: number[]) => mean(all)] as const);
  const list = (Array.isArray(parts) ? parts : [parts]) as readonly Expression[];
  const values = await inTurn(one.over ? list.flatMap((part) => along(part, one.over!)) : list, value);
  return values && join(...values);
}

async function both(
  pair: readonly [Expression, Expression],
  value: (part: Expression) => Promise<Value>,
  join: (a: number, b: number) => number,
): Promise<Value> {
  const values = await inTurn(pair, value);
  return values && finite(join(values[0]!, values[1]!));
}

/** One after the other, as evaluations of one model follow best; null where one is. */
async function inTurn(
  parts: readonly Expression[],
  value: (part: Expression) => Promise<Value>,
): Promise<number[] | null> {
  const values: number[] = [];
  for (const part of parts) {
    const one = await value(part);
    if (one === null) return null;
    values.push(one);
  }
  return values;
}

/** Where a value first is below a level, on the straight line from the place before; null where it never is. */
function firstCrossing(places: readonly number[], values: readonly number[], level: number): Value {
  const i = values.findIndex((value) => value < level);
  if (i <= 0) return i === 0 ? places[0]! : null;
  const [before, after] = [values[i - 1]!, values[i]!];
  return places[i - 1]! + ((places[i]! - places[i - 1]!) * (before - level)) / (before - after);
}

const mapped = (value: Value, by: (value: number) => number): Value => (value === null ? null : finite(by(value)));
const finite = (value: number): Value => (Number.isFinite(value) ? value : null);

/** Slope of the least-squares line through (log x, log y). */
function logLogSlope(points: readonly (readonly [x: number, y: number])[]): Value {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const [meanX, meanY] = [0, 1].map((axis) => logs.reduce((sum, point) => sum + point[axis]!, 0) / logs.length);
  const products = (of: (x: number, y: number) => number) =>
    logs.reduce((sum, [x, y]) => sum + of(x - meanX!, y - meanY!), 0);
  return finite(products((x, y) => x * y) / products((x) => x * x));
}
