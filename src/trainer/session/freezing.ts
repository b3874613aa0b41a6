import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { layoutOf } from '../../graph/parameters.ts';
import { lengths } from '../../graph/types.ts';
import type { Model } from '../../models/contract.ts';
import { type MaskValues, prunedParts } from '../../protocol/mask_values.ts';

/** [P] over the flat vector θ: 0 for every number that a pruned part alone uses, 1 for all others. */
export function trainedEntries(model: Model, masks: MaskValues): HostTensor {
  const layout = layoutOf(model.parameters);
  const keep = new Float32Array(layout.size).fill(1);
  const places = new Map(layout.parameters.map((parameter) => [parameter.name, parameter]));
  for (const part of prunedParts(masks)) {
    for (const { parameter, axis, from, to } of model.holdings(part)) {
      const { shape, start, end } = places.get(parameter)!;
      const sizes = lengths(shape);
      const inner = sizes.slice(axis + 1).reduce((product, length) => product * length, 1);
      const pitch = sizes[axis]! * inner;
      for (let at = start; at < end; at += pitch) keep.fill(0, at + from * inner, at + to * inner);
    }
  }
  return hostTensor([layout.size], keep);
}
