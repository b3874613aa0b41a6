import { type Scale, valueRange } from '../../plot/axes.ts';
import type { Token } from '../../plot/style.ts';
import { extentOf } from '../../sweep/overview.ts';
import type { SweepModel } from './model.ts';

/** The axis of values that all tiles share. */
export interface ValueAxis {
  readonly from: number;
  readonly to: number;
  readonly scale: Scale;
}

const axes = new WeakMap<SweepModel, ValueAxis | undefined>();

/** Undefined while nothing is measured; found once for all tiles of a frame. */
export function valueAxisOf(model: SweepModel): ValueAxis | undefined {
  if (!axes.has(model)) axes.set(model, axisOf(model));
  return axes.get(model);
}

function axisOf({ matrix, metric, logY }: SweepModel): ValueAxis | undefined {
  if (metric === undefined) return undefined;
  // Without runs that failed: the last values of one that diverged would flatten all others.
  const extents = matrix.combinations.map((one) => extentOf(one, metric));
  const low = Math.min(...extents.map((one) => one.low));
  const high = Math.max(...extents.map((one) => one.high));
  const positive = Math.min(...extents.map((one) => one.positive));
  if (!(low <= high)) return undefined;
  // What is not positive lies at the foot of a log axis.
  if (logY && positive <= high) {
    const [from, to] = valueRange(positive, high, 'log');
    return { from, to, scale: 'log' };
  }
  const [from, to] = valueRange(low, high, 'linear');
  return { from, to, scale: 'linear' };
}

const tokens: Readonly<Record<string, Token>> = {
  training: 'training',
  in_domain: 'in_domain',
  out_of_domain: 'out_of_domain',
};

/** The colour of a metric, as on every screen. */
export function tokenOf({ data, metric = '' }: SweepModel): Token {
  return tokens[data.metrics?.info(metric)?.role ?? ''] ?? 'theory';
}
