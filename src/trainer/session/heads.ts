import { UserError } from '../../core/errors.ts';
import { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor, sizeOf } from '../../core/tensor.ts';
import { lengths } from '../../graph/types.ts';
import type { Holding, Model } from '../../models/contract.ts';
import { parseAddress } from '../../protocol/address.ts';
import { indexOf } from '../../protocol/mask_edits.ts';
import type { HeadInterventions } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import type { Experiment } from '../contract/session.ts';

/** Heads of a layer in a snapshot. */
function headsOf({ mask, config }: Snapshot): number {
  return mask?.heads.shape[1] ?? Number(config.model['heads'] ?? 1);
}

/**
 * The snapshot for a model with more or fewer heads, each as wide as before; as it is where there are as many. Heads beyond
 * those of the model are dropped. New ones come after the others: with their start values, but zeros where they act on the
 * rest, so that the function stays as it is, and with an optimizer state of zeros.
 * @throws UserError when heads are to be added to a model that does not say how a head acts on the rest
 */
export function withHeadsOf(snapshot: Snapshot, { model, config }: Experiment): Snapshot {
  const before = headsOf(snapshot);
  const { heads, layers } = model.facts;
  if (heads === before) return snapshot;
  const held = Array.from({ length: layers }, (_, layer) => model.holdings({ layer, head: 0 })).flat();
  if (heads > before && !held.some(({ output }) => output)) {
    throw new UserError({ what: `${model.definition.name} cannot be given more heads than a snapshot has` });
  }
  const initial = model.initial(RandomStream.named(config.seed, 'init'));
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, lengths(shape)]));
  const resized = (name: string, tensor: HostTensor, start?: ArrayLike<number>): HostTensor => {
    const mine = held.filter(({ parameter }) => parameter === name);
    return fits(tensor.shape, shapes.get(name), mine) ? laidOver(tensor, shapes.get(name)!, start) : tensor;
  };
  const isOutput = (name: string) => held.some(({ parameter, output }) => parameter === name && output);
  const mask = snapshot.mask && {
    heads: laidOver(snapshot.mask.heads, [layers, heads], new Float32Array(layers * heads).fill(1)),
    neurons: snapshot.mask.neurons,
    ...(snapshot.mask.interventions && { interventions: ofHeads(snapshot.mask.interventions, heads) }),
    ...(snapshot.mask.grafts && { grafts: snapshot.mask.grafts }),
  };
  return {
    ...snapshot,
    ...(mask && { mask }),
    params: mapped(snapshot.params, (name, tensor) =>
      resized(name, tensor, isOutput(name) ? undefined : initial[name]),
    ),
    optimizer: mapped(snapshot.optimizer, (name, slot) => resized(name.slice(name.indexOf('/') + 1), slot)),
    probe: {},
  };
}

/** What is done to the first heads of every layer; with the others that goes. */
function ofHeads(interventions: HeadInterventions, heads: number): HeadInterventions {
  const isThere = (address: string) => indexOf(parseAddress(address)!) < heads;
  return Object.fromEntries(Object.entries(interventions).filter(([address]) => isThere(address)));
}

/** What a person should know of heads that were added or dropped. */
export function headsNotice(snapshot: Snapshot | undefined, { facts }: Model): string[] {
  const before = snapshot ? headsOf(snapshot) : facts.heads;
  const count = facts.heads - before;
  if (count === 0) return [];
  if (count < 0)
    return [`heads ${facts.heads} to ${before - 1} of every layer were dropped: the model computes something else`];
  const were = count === 1 ? '1 head was' : `${count} heads were`;
  const each = facts.layers > 1 ? ' in every layer' : '';
  return [
    `${were} added to the ${before} of the snapshot${each}, with zero output weights: the model computes the same until they train`,
  ];
}

/** Whether a tensor differs from a shape along axes of heads only. */
function fits(found: readonly number[], wanted: readonly number[] | undefined, held: readonly Holding[]): boolean {
  if (!wanted || found.length !== wanted.length) return false;
  return found.every((length, axis) => length === wanted[axis] || held.some((holding) => holding.axis === axis));
}

/** A tensor of another shape that begins like this one along every axis; the rest is as in `start`, or zero. */
function laidOver({ shape, data }: HostTensor, wanted: readonly number[], start?: ArrayLike<number>): HostTensor {
  const size = sizeOf(wanted);
  const result = data instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
  if (start) result.set(start);
  const row = shape.at(-1) ?? 1;
  const width = wanted.at(-1) ?? 1;
  const rows = data.length / row;
  for (let r = 0; r < rows; r++) {
    let [rest, to, inner] = [r, 0, 1];
    let isInside = true;
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      const index = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      isInside &&= index < wanted[axis]!;
      to += index * inner;
      inner *= wanted[axis]!;
    }
    if (isInside) result.set(data.subarray(r * row, r * row + Math.min(row, width)), to * width);
  }
  return hostTensor([...wanted], result);
}

function mapped(
  tensors: Readonly<Record<string, HostTensor>>,
  change: (name: string, tensor: HostTensor) => HostTensor,
): Record<string, HostTensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(name, tensor)]));
}
