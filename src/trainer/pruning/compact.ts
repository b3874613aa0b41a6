import { systemClock } from '../../core/clock.ts';
import { type HostTensor, hostTensor, sizeOf } from '../../core/tensor.ts';
import type { Holding, Model } from '../../models/contract.ts';
import { formatAddress } from '../../protocol/address.ts';
import type { NamedSection } from '../../protocol/config.ts';
import type { RunEvent } from '../../protocol/events.ts';
import type { HeadInterventions, MaskValues } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';

/** Numbers of the parts of every layer that stay, in order; as many in each layer. */
type Survivors = readonly (readonly number[])[];

/**
 * The snapshot of a smaller model that computes what `model` computes under `masks`. All layers of a model have as many
 * parts, so each keeps as many as the one with the most; what a layer keeps beyond its own stays masked, and one part
 * always stays.
 *
 * Parameters and their optimizer slots lose the entries that the parts left out alone used. What was drawn for the screen
 * is left out, since it has the old model's shape.
 */
export function compactSnapshot(snapshot: Snapshot, model: Model, masks: MaskValues): Snapshot {
  const own = model.facts.layers / (model.facts.loops ?? 1);
  const survivors = { heads: survivorsOf(masks.heads, own), neurons: survivorsOf(masks.neurons, own) };
  const counts = { heads: survivors.heads[0]!.length, neurons: survivors.neurons[0]!.length };
  const gone = [
    ...leftOut(survivors.heads, model.facts.heads, (layer, head) => model.holdings({ layer, head })),
    ...leftOut(survivors.neurons, model.facts.neurons, (layer, neuron) => model.holdings({ layer, neuron })),
  ];
  const names = model.parameters.map(({ name }) => name);
  const config = { ...snapshot.config, model: { name: snapshot.config.model.name, ...model.resized(counts) } };
  return {
    ...snapshot,
    config,
    events: [...snapshot.events, ...resizings(snapshot, config.model)],
    params: Object.fromEntries(names.map((name) => [name, without(snapshot.params[name]!, name, gone)])),
    optimizer: Object.fromEntries(
      Object.entries(snapshot.optimizer).map(([name, slot]) => [
        name,
        without(slot, name.slice(name.indexOf('/') + 1), gone),
      ]),
    ),
    // What stays masked is no part of the smaller model, for training either.
    maskScope: 'clamp',
    mask: {
      heads: pick(masks.heads, survivors.heads),
      neurons: pick(masks.neurons, survivors.neurons),
      ...(masks.interventions && { interventions: renumbered(masks.interventions, survivors.heads) }),
    },
    probe: {},
  };
}

/**
 * The parts kept, and of those pruned the first ones where a layer keeps fewer than another.
 * @param own layers with parameters of their own; what is kept once of those applied again is kept in all
 */
function survivorsOf({ shape, data }: HostTensor, own: number): Survivors {
  const [layers, parts] = shape as [number, number];
  const rows = Array.from({ length: layers }, (_, layer) => data.subarray(layer * parts, (layer + 1) * parts));
  const kept = rows.map((row, layer) =>
    Array.from(row.keys()).filter((part) => rows.some((other, n) => n % own === layer % own && other[part] !== 0)),
  );
  const count = Math.max(Math.min(1, parts), ...kept.map(({ length }) => length));
  return kept.map((own, layer) => {
    const pruned = Array.from(rows[layer]!.keys()).filter((part) => !own.includes(part));
    return [...own, ...pruned.slice(0, count - own.length)].sort((a, b) => a - b);
  });
}

function leftOut(survivors: Survivors, parts: number, holdings: (layer: number, part: number) => readonly Holding[]) {
  return survivors.flatMap((stay, layer) =>
    Array.from({ length: parts }, (_, part) => part)
      .filter((part) => !stay.includes(part))
      .flatMap((part) => holdings(layer, part)),
  );
}

/** A tensor without the entries that some holdings of it name. */
function without(tensor: HostTensor, parameter: string, gone: readonly Holding[]): HostTensor {
  return tensor.shape.reduce((smaller, length, axis) => {
    const dropped = new Set<number>();
    for (const holding of gone) {
      if (holding.parameter !== parameter || holding.axis !== axis) continue;
      for (let i = holding.from; i < holding.to; i++) dropped.add(i);
    }
    const stay = Array.from({ length }, (_, i) => i).filter((i) => !dropped.has(i));
    return dropped.size === 0 ? smaller : along(smaller, axis, stay);
  }, tensor);
}

/** The slices `indices` of a tensor along one axis. */
function along({ shape, data }: HostTensor, axis: number, indices: readonly number[]): HostTensor {
  const inner = sizeOf(shape.slice(axis + 1));
  const length = shape[axis]!;
  const outer = sizeOf(shape.slice(0, axis));
  const picked = data.slice(0, outer * indices.length * inner);
  for (let o = 0; o < outer; o++) {
    for (const [i, index] of indices.entries()) {
      const start = (o * length + index) * inner;
      picked.set(data.subarray(start, start + inner), (o * indices.length + i) * inner);
    }
  }
  return hostTensor([...shape.slice(0, axis), indices.length, ...shape.slice(axis + 1)], picked);
}

/** Columns of a mask [L, parts] → [L, survivors]. */
function pick({ shape, data }: HostTensor, survivors: Survivors): HostTensor {
  const parts = shape[1]!;
  const picked = survivors.flatMap((stay, layer) => stay.map((part) => data[layer * parts + part]!));
  return hostTensor([survivors.length, survivors[0]!.length], Float32Array.from(picked));
}

/** What is done to the heads that stay, by their new numbers. */
function renumbered(interventions: HeadInterventions, survivors: Survivors): HeadInterventions {
  const entries = survivors.flatMap((stay, layer) =>
    stay.flatMap((old, head) => {
      const list = interventions[formatAddress({ layer, head: old })];
      return list ? [[formatAddress({ layer, head }), list] as const] : [];
    }),
  );
  return Object.fromEntries(entries);
}

/** That the sizes changed, for whoever reads the file's history of interventions. */
function resizings({ config, events, step }: Snapshot, model: NamedSection): RunEvent[] {
  const next = (events.at(-1)?.seq ?? -1) + 1;
  const time = systemClock.date().toISOString();
  return Object.entries(model)
    .filter(([key, value]) => value !== config.model[key])
    .map(([key, to], i) => {
      const path = `model.${key}`;
      return { v: 1, seq: next + i, time, type: 'control_changed', step, path, from: config.model[key], to };
    });
}
