import type { HostTensor } from '../core/tensor.ts';
import { type Address, formatAddress, parseAddress } from './address.ts';
import type { InterventionKind } from './interventions.ts';
import type { PartCounts } from './mask_values.ts';

/** Updates after which the holding of weights is measured: at once it changes nothing. */
export const updatesHeld = 10;
/** Neurons up to which each is measured by itself. */
const mostNeurons = 128;
/** Neurons of a layer from which tenths of them are measured together. */
const worthTenths = 20;

/**
 * What ablation measures of a model: every head; every neuron where they are few; and where a layer has many, tenths of
 * its neurons in the order of their magnitude, from the smallest: `L1N 0–10%`.
 * @param kind what is done to parts: neurons are removed only
 */
export function ablationAddresses(
  { layers, heads, ...counts }: PartCounts,
  kind: InterventionKind = 'remove',
): string[] {
  const neurons = kind === 'remove' ? counts.neurons : 0;
  const perLayer = (count: number, address: (layer: number, index: number) => string): string[] =>
    Array.from({ length: layers * count }, (_, at) => address(Math.floor(at / count), at % count));
  return [
    ...perLayer(heads, (layer, head) => formatAddress({ layer, head })),
    ...perLayer(neurons >= worthTenths ? 10 : 0, (layer, tenth) => `L${layer}N ${10 * tenth}–${10 * tenth + 10}%`),
    ...perLayer(layers * neurons <= mostNeurons ? neurons : 0, (layer, neuron) => formatAddress({ layer, neuron })),
  ];
}

/** Whether the entry at an address stands for a share of a layer's neurons. */
export function isShare(address: string): boolean {
  return parseShare(address) !== undefined;
}

/**
 * The parts that an ablation score stands for.
 * @param magnitudes [L, F], which share out the neurons; without them a share is empty
 */
export function membersOf(address: string, magnitudes: HostTensor | undefined): Address[] {
  const share = parseShare(address);
  if (!share) {
    const part = parseAddress(address);
    return part ? [part] : [];
  }
  const { layer, from, to } = share;
  const neurons = magnitudes?.shape[1] ?? 0;
  const sizes = magnitudes?.data.subarray(layer * neurons, (layer + 1) * neurons) ?? [];
  const order = Array.from({ length: neurons }, (_, neuron) => neuron).sort((a, b) => sizes[a]! - sizes[b]!);
  const at = (percent: number) => Math.round((percent * neurons) / 100);
  return order.slice(at(from), at(to)).map((neuron) => ({ layer, neuron }));
}

function parseShare(address: string): { layer: number; from: number; to: number } | undefined {
  const [, layer, from, to] = /^L(\d{1,6})N (\d{1,3})–(\d{1,3})%$/.exec(address) ?? [];
  return layer === undefined ? undefined : { layer: Number(layer), from: Number(from), to: Number(to) };
}
