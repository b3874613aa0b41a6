import { UserError } from '../core/errors.ts';
import { type HostTensor, hostTensor } from '../core/tensor.ts';
import { type Address, formatAddress, parseAddress } from './address.ts';
import type { ModelFacts } from './events.ts';
import {
  type Intervention,
  isFreeze,
  isSame,
  neutral,
  requireKnown,
  sameStage,
  withIntervention,
} from './interventions.ts';
import { formatMaskEdit, indexOf, type MaskEdit } from './mask_edits.ts';

/** Which parts of a model take part, 1 kept, 0 pruned, and what is done to heads that do. */
export interface MaskValues {
  /** [L, H]. */
  readonly heads: HostTensor;
  /** [L, F]; F is 0 for models without neurons. */
  readonly neurons: HostTensor;
  /** By address, of kept heads only; absent where nothing is done. */
  readonly interventions?: HeadInterventions;
  /**
   * Weights of heads in other snapshots, by `graftKey`, and all parameters of those whose activations are given, by `donorKey`: all that
   * were ever grafted. Screens know the interventions alone.
   */
  readonly grafts?: Readonly<Record<string, HostTensor>>;
}

/** What the weights of a head in another snapshot are called: `<name of the snapshot>/L0H3`. */
export const graftKey = (source: string, address: string): string => `${source}/${address}`;

/** What all parameters of another snapshot are called: `<name of the snapshot>/all`. */
export const donorKey = (source: string): string => `${source}/all`;

export type HeadInterventions = Readonly<Record<string, readonly Intervention[]>>;

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
  const interventions: Record<string, readonly Intervention[]> = { ...masks.interventions };
  for (const edit of edits) {
    const { kept, from, last, intervention } = edit;
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
    if (kind === 'neurons') continue;
    for (let head = indexOf(from); head <= last; head++) {
      const address = formatAddress({ layer: from.layer, head });
      const list = intervention ? withIntervention(interventions[address] ?? [], intervention) : [];
      if (list.length > 0) interventions[address] = list;
      else delete interventions[address];
    }
  }
  const { grafts } = masks;
  return {
    ...edited,
    ...(Object.keys(interventions).length > 0 && { interventions }),
    ...(grafts && { grafts }),
  };
}

function copyOf({ shape, data }: HostTensor): HostTensor {
  return hostTensor(shape, Float32Array.from(data));
}

/**
 * The edits that lead from one state of the masks to another: what is pruned and restored, neighbours joined into ranges, then
 * what else is done to heads.
 */
export function editsBetween(before: MaskValues, after: MaskValues): MaskEdit[] {
  const plain = (['heads', 'neurons'] as const).flatMap((kind) => {
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
  return before.interventions || after.interventions ? [...plain, ...interventionsBetween(before, after)] : plain;
}

/** Heads that are pruned lose what was done to them with that alone. */
function interventionsBetween(before: MaskValues, after: MaskValues): MaskEdit[] {
  const [ofBefore, ofAfter] = [before.interventions ?? {}, after.interventions ?? {}];
  const addresses = [...new Set([...Object.keys(ofBefore), ...Object.keys(ofAfter)])].map(
    (text) => parseAddress(text)!,
  );
  const heads = addresses.filter(isHead).sort((a, b) => a.layer - b.layer || a.head - b.head);
  return heads.flatMap((from) => {
    const address = formatAddress(from);
    if (after.heads.data[from.layer * after.heads.shape[1]! + from.head] === 0) return [];
    const [was, is] = [ofBefore[address] ?? [], ofAfter[address] ?? []];
    const gone = was
      .filter(({ kind }) => !is.some((one) => sameStage(one.kind, kind)))
      .map(({ kind }) => neutral(kind));
    const changed = [...gone, ...is.filter((one) => !was.some((other) => isSame(one, other)))];
    return changed.map((intervention): MaskEdit => ({ kept: true, from, last: from.head, intervention }));
  });
}

const isHead = (address: Address): address is Extract<Address, { readonly head: number }> => 'head' in address;

function changesTo(before: HostTensor, after: HostTensor, at: number, kept: boolean): boolean {
  return before.data[at] !== after.data[at] && (after.data[at] === 1) === kept;
}

/** How many parts are pruned, of how many. */
export function prunedCount({ data }: HostTensor): { readonly pruned: number; readonly all: number } {
  let pruned = 0;
  for (const kept of data) if (kept === 0) pruned += 1;
  return { pruned, all: data.length };
}

/** How many parts are pruned or, of heads, have something else done to them than the holding of weights. */
export function changedCount(masks: MaskValues, kind: 'heads' | 'neurons'): number {
  const { pruned } = prunedCount(masks[kind]);
  if (kind === 'neurons') return pruned;
  return (
    pruned + Object.values(masks.interventions ?? {}).filter((list) => !list.every(({ kind }) => isFreeze(kind))).length
  );
}

/** Whether every part is as the model has it. */
export function isOpen(masks: MaskValues): boolean {
  return Object.keys(masks.interventions ?? {}).length === 0 && prunedParts(masks).length === 0;
}

/** @throws UserError when something is done to heads that the model does not have */
export function requireInterventions({ interventions = {} }: MaskValues, facts: ModelFacts, where: string): void {
  for (const [address, list] of Object.entries(interventions)) {
    for (const { kind } of list) requireKnown(kind, facts.interventions, address, where);
  }
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
