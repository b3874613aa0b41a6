import type { RandomStream } from '../../core/random.ts';
import type { ParameterSpec } from '../../graph/parameters.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import { lengths } from '../../graph/types.ts';
import type { Address } from '../../protocol/address.ts';
import type { Holding } from '../contract.ts';
import type { TransformerSizes } from './sizes.ts';

const model = (size: number) => ({ name: 'model', size });

/** Parameters of all layers, named `layers.N.…`: attention, layer norm, multi-layer perceptron, layer norm. */
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
    'mlp.W_in': [model(width), neuron],
    'mlp.b_in': [neuron],
    'mlp.W_out': [neuron, model(width)],
    'mlp.b_out': [model(width)],
    'ln2.gain': [model(width)],
    'ln2.bias': [model(width)],
  };
  return Array.from({ length: layers }, (_, layer) =>
    Object.entries(specs).map(([name, shape]) => ({ name: `layers.${layer}.${name}`, shape })),
  ).flat();
}

/**
 * Start values: Gaussian matrices, gains 1, biases 0.
 * @param deviation of every entry of a matrix; `default` is √(2 / (rows + columns)), Glorot and Bengio 2010, equation 12
 */
export function initialTransformer(
  specs: readonly ParameterSpec[],
  deviation: number | 'default',
  stream: RandomStream,
): Record<string, Float64Array> {
  return Object.fromEntries(
    specs.map(({ name, shape }) => {
      const [rows, columns] = lengths(shape);
      if (columns === undefined) return [name, new Float64Array(rows!).fill(name.endsWith('gain') ? 1 : 0)];
      const scale = deviation === 'default' ? Math.sqrt(2 / (rows! + columns)) : deviation;
      return [name, stream.fillGaussian(new Float64Array(rows! * columns)).map((value) => scale * value)];
    }),
  );
}

/** What head h of a layer alone uses: its columns of W_Q, W_K, W_V and rows of W_O; a neuron: its column of W_in, row of W_out. */
export function layerHoldings(address: Address, keyWidth: number): Holding[] {
  const prefix = `layers.${address.layer}.`;
  if ('head' in address) {
    const range = { from: address.head * keyWidth, to: (address.head + 1) * keyWidth };
    const columns = ['W_Q', 'W_K', 'W_V'].map((name) => ({ parameter: `${prefix}attn.${name}`, axis: 1, ...range }));
    const rows = ['b_Q', 'b_K', 'b_V', 'W_O'].map((name) => ({
      parameter: `${prefix}attn.${name}`,
      axis: 0,
      ...range,
    }));
    return [...columns, ...rows];
  }
  const range = { from: address.neuron, to: address.neuron + 1 };
  return [
    { parameter: `${prefix}mlp.W_in`, axis: 1, ...range },
    { parameter: `${prefix}mlp.b_in`, axis: 0, ...range },
    { parameter: `${prefix}mlp.W_out`, axis: 0, ...range },
  ];
}

/** Looks up parameters under a common prefix. */
export type Lookup = (name: string) => SymbolicTensor;

export const under =
  (parameters: Readonly<Record<string, SymbolicTensor>>, prefix: string): Lookup =>
  (name) =>
    parameters[`${prefix}${name}`]!;
