import type { RandomStream } from '../../core/random.ts';
import type { ParameterSpec } from '../../graph/parameters.ts';
import { lengths } from '../../graph/types.ts';
import type { Holding } from '../contract.ts';
import type { TransformerSizes } from './sizes.ts';

/** What is convolved: C, B and x, which are to a state space what queries, keys and values are to attention. */
const convolved = { C: 'queries', B: 'keys', x: 'values' } as const;

/** Parameters of a selective state space, named after `layers.N.`; see `stateSpace`. */
export function stateSpaceParameters(
  { heads, width, keyWidth }: TransformerSizes,
  convWidth: number,
): readonly ParameterSpec[] {
  const model = { name: 'model', size: width };
  const head = { name: 'head', size: heads };
  const headed = { name: 'head*key', size: heads * keyWidth };
  const before = { name: 'tokens before', size: convWidth };
  return [
    ...Object.keys(convolved).flatMap((name): ParameterSpec[] => [
      { name: `ssm.W_${name}`, shape: [model, headed] },
      { name: `ssm.conv_${name}`, shape: [before, headed] },
      { name: `ssm.b_${name}`, shape: [headed] },
    ]),
    { name: 'ssm.W_z', shape: [model, headed] },
    { name: 'ssm.W_dt', shape: [model, head] },
    { name: 'ssm.b_dt', shape: [head] },
    { name: 'ssm.A_log', shape: [head] },
    { name: 'ssm.D', shape: [head] },
    { name: 'ssm.W_O', shape: [headed, model] },
  ];
}

/** Steps Δ at the start, from least to most, and decays e^A; as of Mamba-2, Dao and Gu 2024. */
const [steps, decays] = [
  [1e-3, 0.1],
  [1, 16],
] as const;

/** Start values, from shares uniform on (0, 1), of parameters that are no matrices between features, by the ends of their names. */
const starts: readonly [RegExp, (share: number, rows: number) => number][] = [
  [/\.ssm\.conv_.$/, (share, rows) => (2 * share - 1) / Math.sqrt(rows)],
  // The inverse of softplus, log(e^Δ − 1), of steps uniform in their logarithms.
  [/\.ssm\.b_dt$/, (share) => Math.log(Math.expm1(steps[0] * (steps[1] / steps[0]) ** share))],
  [/\.ssm\.A_log$/, (share) => Math.log(decays[0] + share * (decays[1] - decays[0]))],
  [/\.ssm\.D$/, () => 1],
];

/** Start values of what a state space has beside matrices and biases; undefined for other parameters. */
export function stateSpaceStart({ name, shape }: ParameterSpec, stream: RandomStream): Float64Array | undefined {
  const found = starts.find(([pattern]) => pattern.test(name));
  if (!found) return undefined;
  const [rows, columns = 1] = lengths(shape) as [number, number?];
  return Float64Array.from({ length: rows * columns }, () => found[1](stream.uniform(), rows));
}

/** What head h of a state space alone uses. */
export function stateSpaceHoldings(prefix: string, head: number, keyWidth: number): Holding[] {
  const range = { from: head * keyWidth, to: (head + 1) * keyWidth };
  const one = { from: head, to: head + 1 };
  return [
    ...Object.entries(convolved).flatMap(([name, role]): Holding[] => [
      { parameter: `${prefix}ssm.W_${name}`, axis: 1, ...range, role },
      { parameter: `${prefix}ssm.conv_${name}`, axis: 1, ...range, role },
      { parameter: `${prefix}ssm.b_${name}`, axis: 0, ...range, role },
    ]),
    { parameter: `${prefix}ssm.W_z`, axis: 1, ...range },
    { parameter: `${prefix}ssm.W_dt`, axis: 1, ...one, role: 'pattern' },
    { parameter: `${prefix}ssm.b_dt`, axis: 0, ...one, role: 'pattern' },
    { parameter: `${prefix}ssm.A_log`, axis: 0, ...one, role: 'pattern' },
    { parameter: `${prefix}ssm.D`, axis: 0, ...one },
    { parameter: `${prefix}ssm.W_O`, axis: 0, ...range, output: true },
  ];
}
