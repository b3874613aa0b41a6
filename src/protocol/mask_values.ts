import { UserError } from '../core/errors.ts';
import { type HostTensor, hostTensor } from '../core/tensor.ts';
import type { Address } from './address.ts';
import type { ModelFacts } from './events.ts';
import { formatMaskEdit, indexOf, type MaskEdit } from './mask_edits.ts';

/** Which parts of a model take part: 1 kept, 0 pruned. */
export interface MaskValues {
  /** [L, H]. */
  readonly heads: HostTensor;
  /** [L, F]; F is 0 for models without neurons. */
  readonly neurons: HostTensor;
}

/** Layers, and heads and neurons in each. */
export type PartCounts = Pick<ModelFacts, 'layers' | 'heads' | 'neurons'>;

/** Every part kept. */
export function openMasks({ layers, heads, neurons }: PartCounts): MaskValues {
  const ones = (parts: number) => hostTensor([layers, parts], new Float32Array(layers * parts).fill(1));
  return { heads: ones(heads), neurons: ones(neurons) };
}

/** The masks after edits, made one after the other. @throws UserError for a part that the model does not have */
export function editMasks(masks: MaskValues, edits: readonly MaskEdit[], where = '--mask'): MaskValues {
  const edited = { heads: copyOf(masks.heads), neurons: copyOf(masks.neurons) };
  for (const edit of edits) {
    const { kept, from, last } = edit;
    const kind = 'head' in from ? 'heads' : 'neurons';
    const { shape, data } = edited[kind];
    const [layers, parts] = shape as [number, number];
    if (from.layer >= layers || last >= parts) {
      throw new UserError({
        where,
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

/** The edits that lead from one state of the masks to another, neighbours joined into ranges. */
export function editsBetween(before: MaskValues, after: MaskValues): MaskEdit[] {
  return (['heads', 'neurons'] as const).flatMap((kind) => {
    const { shape, data } = after[kind];
    const [layers, parts] = shape as [number, number];
    const edits: MaskEdit[] = [];
    for (let layer = 0; layer < layers; layer++) {
      for (let part = 0; part < parts; part++) {
        const at = layer * parts + part;
        if (before[kind].data[at] === data[at]) continue;
        const kept = data[at] === 1;
        let last = part;
        while (last + 1 < parts && changesTo(before[kind], after[kind], layer * parts + last + 1, kept)) last += 1;
        edits.push({ kept, from: kind === 'heads' ? { layer, head: part } : { layer, neuron: part }, last });
        part = last;
      }
    }
    return edits;
  });
}

function changesTo(before: HostTensor, after: HostTensor, at: number, kept: boolean): boolean {
  return before.data[at] !== after.data[at] && (after.data[at] === 1) === kept;
}

/** How many parts are pruned, of how many. */
export function prunedCount({ data }: HostTensor): { readonly pruned: number; readonly all: number } {
  let pruned = 0;
  for (const kept of data) if (kept === 0) pruned += 1;
  return { pruned, all: data.length };
}

/** The share of all heads and neurons that is kept. */
export function keptFraction({ heads, neurons }: MaskValues): number {
  const [head, neuron] = [prunedCount(heads), prunedCount(neurons)];
  return 1 - (head.pruned + neuron.pruned) / (head.all + neuron.all);
}

/** The addresses of all pruned parts. */
export function prunedParts({ heads, neurons }: MaskValues): Address[] {
  const parts = ({ shape, data }: HostTensor, address: (layer: number, index: number) => Address) =>
    Array.from(data, (_, at) => at)
      .filter((at) => data[at] === 0)
      .map((at) => address(Math.floor(at / shape[1]!), at % shape[1]!));
  return [
    ...parts(heads, (layer, head) => ({ layer, head })),
    ...parts(neurons, (layer, neuron) => ({ layer, neuron })),
  ];
}
