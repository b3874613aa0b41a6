import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { layoutOf, unpack } from '../../graph/parameters.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { Axis, Shape } from '../../graph/types.ts';
import type { Donor, HeadInterventions, Masks, Model } from '../../models/contract.ts';
import { parseAddress } from '../../protocol/address.ts';
import {
  activationKinds,
  type ComputedKind,
  computedKinds,
  type Intervention,
  isOfActivations,
} from '../../protocol/interventions.ts';
import type { MaskValues } from '../../protocol/mask_values.ts';
import { graftInputs, parametersThere } from './grafts.ts';

/**
 * What graphs carry out beside masks and held parameters: interventions, with activations of so many other snapshots; undefined for
 * nothing.
 */
export type Intervened = { readonly donors: number } | undefined;

/** What graphs have to carry out under these masks. */
export function intervenedBy(values: MaskValues): Intervened {
  const isCarriedOut = ({ kind }: Intervention) => isComputed(kind) || kind === 'graft' || isOfActivations(kind);
  const isAny = Object.values(values.interventions ?? {}).some((list) => list.some(isCarriedOut));
  return isAny ? { donors: donorsOf(values).length } : undefined;
}

/** Tells graphs apart that carry out different things. */
export const keyOf = (intervened: Intervened): string => (intervened ? `with ${intervened.donors} donors` : 'plain');

const isComputed = (kind: string): kind is ComputedKind => (computedKinds as readonly string[]).includes(kind);

/** The snapshots whose activations heads are given, each once. */
function donorsOf({ interventions = {} }: MaskValues): string[] {
  const given = Object.values(interventions).flatMap((list) => list.filter(({ kind }) => isOfActivations(kind)));
  return [...new Set(given.map(({ source }) => source!))].sort();
}

/** Masks, interventions and grafts under the names that graphs give them. What removes a share of a head masks that share. */
export function maskInputs(model: Model, values: MaskValues): Readonly<Record<string, HostTensor>> {
  const { heads, neurons, interventions = {} } = values;
  const [, parts] = heads.shape as [number, number];
  const open = (value: number) => new Float64Array(heads.data.length).fill(value);
  const kept = Float64Array.from(heads.data);
  const amounts = Object.fromEntries(computedKinds.map((kind) => [kind, open(kind === 'temperature' ? 1 : 0)]));
  const donors = donorsOf(values);
  for (const at of donors.keys()) for (const kind of activationKinds) amounts[`${kind}/${at}`] = open(0);
  for (const [address, list] of Object.entries(interventions)) {
    const part = parseAddress(address) as { readonly layer: number; readonly head: number };
    const at = part.layer * parts + part.head;
    for (const { kind, amount, source } of list) {
      if (kind === 'remove') kept[at] = 1 - amount;
      else if (isOfActivations(kind)) amounts[`${kind}/${donors.indexOf(source!)}`]![at] = amount;
      else if (isComputed(kind)) amounts[kind]![at] = kind === 'temperature' ? 1 / amount : amount;
    }
  }
  const shaped = Object.entries(amounts).map(([kind, data]) => [`intervene/${kind}`, hostTensor(heads.shape, data)]);
  const theirs = donors.map((source, at) => [`donor/${at}`, parametersThere(model, values, source)]);
  return {
    'mask/heads': hostTensor(heads.shape, kept),
    'mask/neurons': neurons,
    ...(intervenedBy(values) && {
      ...Object.fromEntries([...shaped, ...theirs]),
      ...graftInputs(model, values),
    }),
  };
}

/** Makes a tensor of the name and shape of an input that `maskInputs` has numbers for. */
export type TensorOf = (name: string, shape: Shape) => SymbolicTensor;

/** Masks, and interventions where some are to be carried out, of tensors with the names of `maskInputs`. */
export function masksOf(model: Model, intervened: Intervened, tensor: TensorOf): Masks {
  const { layers, heads, neurons } = model.facts;
  const layer = { name: 'layer', size: layers };
  const [head, neuron] = [
    { name: 'head', size: heads },
    { name: 'neuron', size: neurons },
  ];
  const ofHeads = (name: string) => tensor(name, [layer, head]);
  const plain: Masks = {
    heads: ofHeads('mask/heads'),
    ...(neurons > 0 && { neurons: tensor('mask/neurons', [layer, neuron]) }),
  };
  if (!intervened) return plain;
  const amounts = Object.fromEntries(computedKinds.map((kind) => [kind, ofHeads(`intervene/${kind}`)]));
  const layout = layoutOf(model.parameters);
  const { recorder } = plain.heads;
  const kept = (part: Axis) => recorder.constant([layer, part], new Float64Array(layers * part.size).fill(1));
  const donors = Array.from({ length: intervened.donors }, (_, at): Donor => {
    const [graft_pattern, graft_output] = activationKinds.map((kind) => ofHeads(`intervene/${kind}/${at}`));
    return {
      parameters: unpack(layout, tensor(`donor/${at}`, [{ name: 'parameter', size: layout.size }])),
      masks: { heads: kept(head), ...(neurons > 0 && { neurons: kept(neuron) }) },
      graft_pattern: graft_pattern!,
      graft_output: graft_output!,
    };
  });
  return { ...plain, interventions: amounts as unknown as HeadInterventions, donors };
}

type Parameters = Readonly<Record<string, SymbolicTensor>>;

/** What makes of parameters what the model computes with: where heads are grafted, they have theirs from elsewhere. */
export function grafting(
  model: Model,
  intervened: Intervened,
  tensor: TensorOf,
): (parameters: Parameters) => Parameters {
  if (!intervened) return (parameters) => parameters;
  const layout = layoutOf(model.parameters);
  const vector = [{ name: 'parameter', size: layout.size }];
  const [own, given] = [unpack(layout, tensor('graft/own', vector)), unpack(layout, tensor('graft/given', vector))];
  return (parameters) =>
    Object.fromEntries(
      Object.entries(parameters).map(([name, values]) => [name, values.mul(own[name]!).add(given[name]!)]),
    );
}
