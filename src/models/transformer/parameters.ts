import type { RandomStream } from '../../core/random.ts';
import type { ParameterSpec } from '../../graph/parameters.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import { lengths } from '../../graph/types.ts';
import type { Address } from '../../protocol/address.ts';
import type { Holding } from '../contract.ts';
import type { TransformerSizes } from './sizes.ts';

const model = (size: number) => ({ name: 'model', size });

/** Parameters of all layers, named `layers.N.…`: attention, layer norm and, if any, multi-layer perceptron and its layer norm. */
export function layerParameters({ layers, heads, width, keyWidth, mlpWidth }: TransformerSizes): ParameterSpec[] {
  const neuron = { name: 'neuron', size: mlpWidth };
  const headed = { name: 'head*key', size: heads * keyWidth };
  const specs: Readonly<Record<string, ParameterSpec['shape']>> = {
    'attn.W_Q': [model(width), headed],
    'attn.W_K': [model(width), headed],
    'attn.W_V': [model(width), headed],
    'attn.b_Q': [headed],
    'attn.b_K': [headed],
    'attn.b_V': [headed],
    'attn.W_O': [headed, model(width)],
    'attn.b_O': [model(width)],
    'ln1.gain': [model(width)],
    'ln1.bias': [model(width)],
    ...(mlpWidth > 0 && {
      'mlp.W_in': [model(width), neuron],
      'mlp.b_in': [neuron],
      'mlp.W_out': [neuron, model(width)],
      'mlp.b_out': [model(width)],
      'ln2.gain': [model(width)],
      'ln2.bias': [model(width)],
    }),
  };
  return Array.from({ length: layers }, (_, layer) =>
    Object.entries(specs).map(([name, shape]) => ({ name: `layers.${layer}.${name}`, shape })),
  ).flat();
}

export interface InitialSettings {
  /** Standard deviation of every entry of a matrix; `default` is √(2 / (rows + columns)), Glorot and Bengio 2010, equation 12. */
  readonly deviation: number | 'default';
  /** Factor on the matrices whose products are added to the residual stream, W_O and W_out of every layer. */
  readonly residualScale?: number;
  /** Affine maps, by the prefix of their names, that start uniform on ±1/√rows, weights and biases. */
  readonly uniform?: readonly string[];
}

/** Start values: Gaussian matrices, gains 1, biases 0, but for the maps of `uniform`. */
export function initialTransformer(
  specs: readonly ParameterSpec[],
  stream: RandomStream,
  { deviation, residualScale = 1, uniform = [] }: InitialSettings,
): Record<string, Float64Array> {
  const rowsOf = (name: string) => lengths(specs.find((spec) => spec.name === name)!.shape)[0]!;
  const start = ({ name, shape }: ParameterSpec): Float64Array => {
    const [rows, columns] = lengths(shape);
    const map = uniform.find((prefix) => name.startsWith(`${prefix}.`));
    if (map) {
      const bound = 1 / Math.sqrt(rowsOf(`${map}.W`));
      return Float64Array.from({ length: rows! * (columns ?? 1) }, () => bound * (2 * stream.uniform() - 1));
    }
    if (columns === undefined) return new Float64Array(rows!).fill(name.endsWith('gain') ? 1 : 0);
    const usual = deviation === 'default' ? Math.sqrt(2 / (rows! + columns)) : deviation;
    const scale = /\.(attn\.W_O|mlp\.W_out)$/.test(name) ? usual * residualScale : usual;
    return stream.fillGaussian(new Float64Array(rows! * columns)).map((value) => scale * value);
  };
  return Object.fromEntries(specs.map((spec) => [spec.name, start(spec)]));
}

/** What head h of a layer alone uses: its columns of W_Q, W_K, W_V and rows of W_O; a neuron: its column of W_in, row of W_out. */
export function layerHoldings(address: Address, keyWidth: number): Holding[] {
  const prefix = `layers.${address.layer}.`;
  if ('head' in address) {
    const range = { from: address.head * keyWidth, to: (address.head + 1) * keyWidth };
    const roles = { Q: 'queries', K: 'keys', V: 'values' } as const;
    const of = (matrix: 'W' | 'b', axis: number) =>
      (['Q', 'K', 'V'] as const).map((name): Holding => {
        return { parameter: `${prefix}attn.${matrix}_${name}`, axis, ...range, role: roles[name] };
      });
    return [...of('W', 1), ...of('b', 0), { parameter: `${prefix}attn.W_O`, axis: 0, ...range, output: true }];
  }
  const range = { from: address.neuron, to: address.neuron + 1 };
  return [
    { parameter: `${prefix}mlp.W_in`, axis: 1, ...range },
    { parameter: `${prefix}mlp.b_in`, axis: 0, ...range },
    { parameter: `${prefix}mlp.W_out`, axis: 0, ...range, output: true },
  ];
}

/** Looks up parameters under a common prefix. */
export type Lookup = (name: string) => SymbolicTensor;

export const under =
  (parameters: Readonly<Record<string, SymbolicTensor>>, prefix: string): Lookup =>
  (name) =>
    parameters[`${prefix}${name}`]!;
