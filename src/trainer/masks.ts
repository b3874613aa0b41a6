import { UserError } from '../core/errors.ts';
import { type HostTensor, hostTensor } from '../core/tensor.ts';
import type { ModelFacts } from '../protocol/events.ts';
import { formatMaskEdit, indexOf, type MaskEdit } from '../protocol/mask.ts';

/** Which parts of a model take part: 1 kept, 0 pruned. */
export interface MaskValues {
  /** [L, H]. */
  readonly heads: HostTensor;
  /** [L, F]; F is 0 for models without neurons. */
  readonly neurons: HostTensor;
}

/** Every part kept. */
export function openMasks({ layers, heads, neurons }: ModelFacts): MaskValues {
  const ones = (parts: number) => hostTensor([layers, parts], new Float32Array(layers * parts).fill(1));
  return { heads: ones(heads), neurons: ones(neurons) };
}

/** The masks after edits, made one after the other. @throws UserError for a part that the model does not have */
export function editMasks(masks: MaskValues, edits: readonly MaskEdit[]): MaskValues {
  const edited = { heads: copyOf(masks.heads), neurons: copyOf(masks.neurons) };
  for (const edit of edits) {
    const { kept, from, last } = edit;
    const kind = 'head' in from ? 'heads' : 'neurons';
    const { shape, data } = edited[kind];
    const [layers, parts] = shape as [number, number];
    if (from.layer >= layers || last >= parts) {
      throw new UserError({
        where: '--mask',
        what: `${formatMaskEdit(edit)} is not in the model`,
        expected: `L0 to L${layers - 1}, ${parts > 0 ? `${kind} 0 to ${parts - 1}` : `which have no ${kind}`}`,
      });
    }
    data.fill(kept ? 1 : 0, from.layer * parts + indexOf(from), from.layer * parts + last + 1);
  }
  return edited;
}

function copyOf({ shape, data }: HostTensor): HostTensor {
  return hostTensor(shape, Float32Array.from(data));
}
