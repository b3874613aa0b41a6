import type { RandomStream } from '../core/random.ts';
import type { HostTensor } from '../core/tensor.ts';
import type { Address } from '../protocol/address.ts';
import type { MaskEdit } from '../protocol/mask_edits.ts';
import type { Order, PartKind } from './names.ts';
import type { PartScores } from './scores.ts';

/** The numbers of the parts of every layer, in the order in which they are pruned. */
export interface Ranking {
  readonly kind: PartKind;
  readonly layers: readonly (readonly number[])[];
}

/**
 * Puts the parts of every layer in the order in which they go. Equal scores keep the order of the parts.
 * @param stream where a random order comes from
 */
export function rank({ kind, values }: PartScores, order: Order, stream: RandomStream): Ranking {
  const [layers, parts] = values.shape as [number, number];
  const sign = order === 'largest' ? -1 : 1;
  const ofLayer = (_: unknown, layer: number): number[] => {
    if (order === 'random') return [...stream.permutation(parts)];
    const scores = values.data.subarray(layer * parts, (layer + 1) * parts);
    return Array.from({ length: parts }, (_, part) => part).sort((a, b) => sign * (scores[a]! - scores[b]!));
  };
  return { kind, layers: Array.from({ length: layers }, ofLayer) };
}

/** The same order with the parts that are pruned already, 0 in `mask` [L, parts], before all others. */
export function prunedFirst({ kind, layers }: Ranking, mask: HostTensor): Ranking {
  const gone = (layer: number) => (part: number) => mask.data[layer * layers[0]!.length + part] === 0;
  return {
    kind,
    layers: layers.map((order, layer) => [...order.filter(gone(layer)), ...order.filter((part) => !gone(layer)(part))]),
  };
}

/** Parts of a layer that make up `fraction` of it: the nearest whole number. */
export function countOf({ layers }: Ranking, fraction: number): number {
  return Math.round(fraction * layers[0]!.length);
}

/** The edits that prune the first `count` parts of every layer; neighbours go into one edit. */
export function select({ kind, layers }: Ranking, count: number): MaskEdit[] {
  return layers.flatMap((order, layer) => {
    const chosen = order.slice(0, count).sort((a, b) => a - b);
    const starts = chosen.filter((part, i) => part - 1 !== chosen[i - 1]);
    const ends = chosen.filter((part, i) => part + 1 !== chosen[i + 1]);
    return starts.map((start, i) => ({ kept: false, from: addressOf(kind, layer, start), last: ends[i]! }));
  });
}

/** Where part number `part` of a layer is. */
function addressOf(kind: PartKind, layer: number, part: number): Address {
  return kind === 'heads' ? { layer, head: part } : { layer, neuron: part };
}
