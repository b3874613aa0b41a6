import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { layoutOf, type ParameterLayout } from '../../graph/parameters.ts';
import { lengths } from '../../graph/types.ts';
import type { Holding, Model } from '../../models/contract.ts';
import { type Address, formatAddress, parseAddress } from '../../protocol/address.ts';
import type { Intervention, InterventionKind } from '../../protocol/interventions.ts';
import { type MaskValues, prunedParts } from '../../protocol/mask_values.ts';

/** The parts whose weights an intervention holds, by what comes of them. */
const heldRoles: Readonly<Partial<Record<InterventionKind, readonly string[]>>> = {
  freeze_queries: ['queries'],
  freeze_keys: ['keys'],
  freeze_values: ['values'],
  freeze_pattern: ['queries', 'keys', 'pattern'],
};

/** Whether a head computes with other weights alone. */
const isReplaced = ({ kind, amount }: Intervention): boolean => kind === 'graft' && amount === 1;

/** What is held of heads that take part. */
function frozenHoldings(model: Model, { interventions = {} }: MaskValues): Holding[] {
  return Object.entries(interventions).flatMap(([address, list]) => {
    const all = model.holdings(parseAddress(address)!);
    if (list.some(isReplaced)) return all;
    const roles = new Set(list.flatMap(({ kind }) => heldRoles[kind] ?? []));
    return all.filter(({ role }) => role !== undefined && roles.has(role));
  });
}

/** Pruned parts whose weights nothing else uses: those pruned each time that their layer is applied. */
function idleParts({ facts: { layers, loops = 1 } }: Model, masks: MaskValues): Address[] {
  const own = layers / loops;
  const pruned = prunedParts(masks).map((part) => ({ ...part, layer: part.layer % own }));
  const times = new Map<string, number>();
  for (const part of pruned) times.set(formatAddress(part), (times.get(formatAddress(part)) ?? 0) + 1);
  return pruned.filter((part) => times.get(formatAddress(part)) === loops);
}

/** [P] over the flat vector θ: 0 for every number that is frozen or that a pruned part alone uses, 1 for all others. */
export function trainedEntries(model: Model, masks: MaskValues): HostTensor {
  const layout = layoutOf(model.parameters);
  const held = [...idleParts(model, masks).flatMap((part) => model.holdings(part)), ...frozenHoldings(model, masks)];
  const keep = Float32Array.from(marked(layout, held), (isHeld) => 1 - isHeld);
  return hostTensor([layout.size], keep);
}

/** [P] over the flat vector θ: 1 for every number that is held, 0 for all others. */
export function marked(layout: ParameterLayout, held: readonly Holding[]): Uint8Array {
  const marks = new Uint8Array(layout.size);
  const places = new Map(layout.parameters.map((parameter) => [parameter.name, parameter]));
  for (const { parameter, axis, from, to } of held) {
    const { shape, start, end } = places.get(parameter)!;
    const sizes = lengths(shape);
    const inner = sizes.slice(axis + 1).reduce((product, length) => product * length, 1);
    const pitch = sizes[axis]! * inner;
    for (let at = start; at < end; at += pitch) marks.fill(1, at + from * inner, at + to * inner);
  }
  return marks;
}
