import type { RandomStream } from '../../core/random.ts';
import type { ParameterSpec } from '../../graph/parameters.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import { lengths } from '../../graph/types.ts';
import type { Address } from '../../protocol/address.ts';
import type { Holding } from '../contract.ts';
import type { TransformerSizes } from './sizes.ts';
import { stateSpaceHoldings, stateSpaceParameters, stateSpaceStart } from './state_space_parameters.ts';
import { baseStart } from './width_scaling.ts';

const model = (size: number) => ({ name: 'model', size });

/** How the stream is normalised; an RMS norm has a gain alone. */
export type Norm = 'layer' | 'rms';

/** Parameters of a norm of the stream. */
export const normParameters = (name: string, norm: Norm, width: number): ParameterSpec[] =>
  (norm === 'layer' ? ['gain', 'bias'] : ['gain']).map((part) => ({ name: `${name}.${part}`, shape: [model(width)] }));

function attentionParameters({ heads, width, keyWidth }: TransformerSizes): ParameterSpec[] {
  const headed = { name: 'head*key', size: heads * keyWidth };
  return [
    { name: 'attn.W_Q', shape: [model(width), headed] },
    { name: 'attn.W_K', shape: [model(width), headed] },
    { name: 'attn.W_V', shape: [model(width), headed] },
    { name: 'attn.b_Q', shape: [headed] },
    { name: 'attn.b_K', shape: [headed] },
    { name: 'attn.b_V', shape: [headed] },
    { name: 'attn.W_O', shape: [headed, model(width)] },
    { name: 'attn.b_O', shape: [model(width)] },
  ];
}

/** What layers are made of: a state space has a convolution over so many tokens. */
interface Kind {
  readonly norm?: Norm;
  readonly convWidth?: number | undefined;
}

/**
 * Parameters of all layers, named `layers.N.…`: attention or a state space, its norm and, if any, multi-layer perceptron and its
 * norm.
 */
export function layerParameters(sizes: TransformerSizes, { norm = 'layer', convWidth }: Kind = {}): ParameterSpec[] {
  const { layers, width, mlpWidth } = sizes;
  const neuron = { name: 'neuron', size: mlpWidth };
  const specs: readonly ParameterSpec[] = [
    ...(convWidth === undefined ? attentionParameters(sizes) : stateSpaceParameters(sizes, convWidth)),
    ...normParameters('ln1', norm, width),
    ...(mlpWidth > 0
      ? [
          { name: 'mlp.W_in', shape: [model(width), neuron] },
          { name: 'mlp.b_in', shape: [neuron] },
          { name: 'mlp.W_out', shape: [neuron, model(width)] },
          { name: 'mlp.b_out', shape: [model(width)] },
          ...normParameters('ln2', norm, width),
        ]
      : []),
  ];
  return Array.from({ length: layers }, (_, layer) =>
    specs.map(({ name, shape }) => ({ name: `layers.${layer}.${name}`, shape })),
  ).flat();
}

export interface InitialSettings {
  /** Standard deviation of every entry of a matrix; `default` is √(2 / (rows + columns)), Glorot and Bengio 2010, equation 12. */
  readonly deviation: number | 'default';
  /** Factor on the matrices whose products are added to the residual stream, W_O and W_out of every layer. */
  readonly residualScale?: number;
  /** Affine maps, by the prefix of their names, that start uniform on ±1/√rows, weights and biases. */
  readonly uniform?: readonly string[];
  /** Width over that of a base whose deviations these are; see `baseStart`. The base itself unless given. */
  readonly ratio?: number;
}

/** Start values: Gaussian matrices, gains 1, biases 0, but for the maps of `uniform` and what a state space has beside matrices. */
export function initialTransformer(
  specs: readonly ParameterSpec[],
  stream: RandomStream,
  { deviation, residualScale = 1, uniform = [], ratio = 1 }: InitialSettings,
): Record<string, Float64Array> {
  const baseOf = (name: string) =>
    baseStart(name, lengths(specs.find((spec) => spec.name === name)!.shape) as [number, number], ratio);
  const start = (spec: ParameterSpec): Float64Array => {
    const { name, shape } = spec;
    const ofStateSpace = stateSpaceStart(spec, stream);
    if (ofStateSpace) return ofStateSpace;
    const [rows, columns] = lengths(shape);
    const map = uniform.find((prefix) => name.startsWith(`${prefix}.`));
    if (map) {
      const base = baseOf(`${map}.W`);
      const bound = (columns === undefined ? 1 : base.factor) / Math.sqrt(base.rows);
      return Float64Array.from({ length: rows! * (columns ?? 1) }, () => bound * (2 * stream.uniform() - 1));
    }
    if (columns === undefined) return new Float64Array(rows!).fill(name.endsWith('gain') ? 1 : 0);
    const base = baseOf(name);
    const usual = base.factor * (deviation === 'default' ? Math.sqrt(2 / (base.rows + base.columns)) : deviation);
    const scale = /\.(attn\.W_O|ssm\.W_O|mlp\.W_out)$/.test(name) ? usual * residualScale : usual;
    return stream.fillGaussian(new Float64Array(rows! * columns)).map((value) => scale * value);
  };
  return Object.fromEntries(specs.map((spec) => [spec.name, start(spec)]));
}

/**
 * What head h of a layer alone uses: its columns of W_Q, W_K, W_V and rows of W_O, or what is its own of a state space; a neuron: its
 * column of W_in, row of W_out.
 */
export function layerHoldings(
  address: Address,
  { layers, keyWidth }: TransformerSizes,
  isStateSpace = false,
): Holding[] {
  const prefix = `layers.${address.layer % layers}.`;
  if ('head' in address && isStateSpace) return stateSpaceHoldings(prefix, address.head, keyWidth);
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
