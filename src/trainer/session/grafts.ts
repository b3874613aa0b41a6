import { createHash } from 'node:crypto';
import { UserError } from '../../core/errors.ts';
import { plural } from '../../core/format.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { layoutOf } from '../../graph/parameters.ts';
import { lengths } from '../../graph/types.ts';
import type { Model } from '../../models/contract.ts';
import { type Address, formatAddress, parseAddress } from '../../protocol/address.ts';
import { type InterventionKind, isOfActivations } from '../../protocol/interventions.ts';
import { indexOf, type MaskEdit } from '../../protocol/mask_edits.ts';
import { donorKey, editMasks, graftKey, type MaskValues } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import type { Experiment } from '../contract/session.ts';
import { marked } from './freezing.ts';

/** The snapshot that a file or run names, and the name of the folder that it lies in. @throws UserError when there is none */
export type OpenDonor = (source: string) => Promise<{ readonly run: string; readonly snapshot: Snapshot }>;

type Grafts = NonNullable<MaskValues['grafts']>;

/** What the grafts are put into. */
type Into = Pick<Experiment, 'task' | 'model' | 'config'>;

/**
 * The edits with snapshots called by what they hold, `run:400~1f2e3d4c`, and the weights that their grafts need beside those
 * known, or all parameters where activations are given: from there on no file is needed.
 * @param edits of heads that the model has
 * @throws UserError when a snapshot is not there, or its weights have other shapes
 */
export async function withGrafts(
  edits: readonly MaskEdit[],
  known: Grafts,
  into: Into,
  open: OpenDonor,
): Promise<{ readonly edits: readonly MaskEdit[]; readonly grafts: Grafts }> {
  const grafts: Record<string, HostTensor> = { ...known };
  const named: MaskEdit[] = [];
  for (const edit of edits) {
    const { from, last, intervention } = edit;
    const { source } = intervention ?? {};
    const heads = Array.from({ length: last - indexOf(from) + 1 }, (_, i) => ({
      layer: from.layer,
      head: indexOf(from) + i,
    }));
    if (source === undefined || keysOf(intervention!.kind, source, heads).every((key) => grafts[key])) {
      named.push(edit);
      continue;
    }
    const { run, snapshot } = await open(source);
    requireSameHeads(into.model, snapshot, source);
    const name = graftName(run, snapshot);
    if (isOfActivations(intervention!.kind)) grafts[donorKey(name)] = parametersOf(into, snapshot, source);
    else
      for (const head of heads)
        grafts[graftKey(name, formatAddress(head))] = weightsOf(into.model, head, snapshot.params, source);
    named.push({ ...edit, intervention: { ...intervention!, source: name } });
  }
  return { edits: named, grafts };
}

/** What a graft needs of a snapshot. */
const keysOf = (kind: InterventionKind, source: string, heads: readonly Address[]): string[] =>
  isOfActivations(kind) ? [donorKey(source)] : heads.map((head) => graftKey(source, formatAddress(head)));

/** The masks after edits, with the weights that they graft. @throws UserError as `editMasks` and `withGrafts` do */
export async function masksGrafted(
  masks: MaskValues,
  edits: readonly MaskEdit[],
  into: Into,
  open?: OpenDonor,
): Promise<MaskValues> {
  const first = editMasks(masks, edits);
  if (!open || !edits.some(({ intervention }) => intervention?.source !== undefined)) return first;
  const made = await withGrafts(edits, masks.grafts ?? {}, into, open);
  return editMasks({ ...masks, grafts: made.grafts }, made.edits);
}

/** Parameters of as many numbers can be those of fewer and wider heads. @throws UserError when they are */
function requireSameHeads({ facts }: Model, { mask, config }: Snapshot, where: string): void {
  const heads = mask?.heads.shape[1] ?? (config.model as { readonly heads?: number }).heads;
  if (heads === undefined || heads === facts.heads) return;
  throw new UserError({
    where,
    what: `has ${plural(heads, 'head')} a layer`,
    expected: `${facts.heads}, so that its heads can be those of this model`,
  });
}

/** Without what edits of masks give a meaning to. */
function graftName(run: string, { step, params }: Snapshot): string {
  const hash = createHash('sha256');
  for (const [name, { data }] of Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return `${run.replaceAll(/[^\w.-]/g, '_')}:${step}~${hash.digest('hex').slice(0, 8)}`;
}

/** The numbers that a head alone uses, in the order of θ [n]. @throws UserError when parameters have other shapes */
function weightsOf(model: Model, head: Address, params: Snapshot['params'], where: string): HostTensor {
  const held = new Set(model.holdings(head).map(({ parameter }) => parameter));
  const mine = marked(layoutOf(model.parameters), model.holdings(head));
  return numbersOf(model, params, where, { of: held, so: 'heads of this model can have its weights' }, mine);
}

/** All of θ [P]. @throws UserError when it is another model, or has learned another task */
function parametersOf({ model, task, config: own }: Into, { params, config }: Snapshot, where: string): HostTensor {
  for (const [what, found, wanted] of [
    ['model', config.model.name, model.definition.name],
    ['task', config.task.name, task.definition.name],
  ] as const) {
    if (found === wanted) continue;
    throw new UserError({
      where,
      what: `is of the ${what} ${found}`,
      expected: `${wanted}, so that it can compute on the same prompts`,
    });
  }
  const all = new Set(model.parameters.map(({ name }) => name));
  const numbers = numbersOf(model, params, where, { of: all, so: 'it can compute on the same prompts' });
  // Shapes do not tell how layers compute; start values do not matter any more.
  const theirs = config.model as Readonly<Record<string, unknown>>;
  const other = Object.entries(own.model).find(
    ([key, value]) => key in theirs && !key.startsWith('init') && JSON.stringify(theirs[key]) !== JSON.stringify(value),
  );
  if (other) {
    throw new UserError({
      where,
      what: `has model.${other[0]} ${JSON.stringify(theirs[other[0]])}`,
      expected: `${JSON.stringify(other[1])}, as its activations are computed with the settings of this model`,
    });
  }
  return numbers;
}

/**
 * Numbers of some parameters in the order of θ, as floats or doubles as they were.
 * @param mine marks those that are meant; all unless given
 * @throws UserError when parameters have other shapes
 */
function numbersOf(
  model: Model,
  params: Snapshot['params'],
  where: string,
  needed: { readonly of: ReadonlySet<string>; readonly so: string },
  mine?: Uint8Array,
): HostTensor {
  const layout = layoutOf(model.parameters);
  const theta = new Float64Array(layout.size);
  for (const { name, shape, start } of layout.parameters) {
    if (!needed.of.has(name)) continue;
    const found = params[name];
    if (found?.shape.join() !== lengths(shape).join()) {
      throw new UserError({
        where,
        what: `params/${name} ${found ? `has shape [${found.shape.join(', ')}]` : 'is missing'}`,
        expected: `shape [${lengths(shape).join(', ')}], so that ${needed.so}`,
      });
    }
    theta.set(found.data, start);
  }
  const numbers = mine ? theta.filter((_, at) => mine[at] === 1) : theta;
  const isDouble = [...needed.of].some((name) => params[name]!.data instanceof Float64Array);
  return hostTensor([numbers.length], isDouble ? numbers : Float32Array.from(numbers));
}

/** All parameters of another snapshot, θ [P]. @throws UserError when they are not here, or not those of this model */
export function parametersThere(model: Model, { grafts = {} }: MaskValues, source: string): HostTensor {
  const theta = grafts[donorKey(source)];
  const { size } = layoutOf(model.parameters);
  if (theta?.data.length === size) return theta;
  throw new UserError({
    where: source,
    what: theta ? `its ${theta.data.length} parameters are not those of this model` : 'its parameters are not here',
    expected: `${size} parameters, whose activations heads are given`,
    fix: 'give heads back their own activations first',
  });
}

/**
 * What grafts make of θ: own ⊙ θ + given, both [P]; 1 and 0 where nothing is grafted, and with a strength s, 1 − s and s of
 * the weights from elsewhere.
 * @throws UserError when weights are not here, or not those of a head of this model
 */
export function graftInputs(
  model: Model,
  { interventions = {}, grafts = {} }: MaskValues,
): Readonly<Record<'graft/own' | 'graft/given', HostTensor>> {
  const layout = layoutOf(model.parameters);
  const own = new Float64Array(layout.size).fill(1);
  const given = new Float64Array(layout.size);
  for (const [address, list] of Object.entries(interventions)) {
    const graft = list.find(({ kind }) => kind === 'graft');
    if (!graft) continue;
    const weights = grafts[graftKey(graft.source!, address)]?.data;
    const mine = marked(layout, model.holdings(parseAddress(address)!));
    const count = mine.reduce((sum, one) => sum + one, 0);
    if (weights?.length !== count) {
      throw new UserError({
        where: `${address}=graft@${graft.source}`,
        what: weights ? `its ${weights.length} weights are not those of a head here` : 'its weights are not here',
        expected: `the ${count} weights of ${address}`,
      });
    }
    let next = 0;
    for (const [at, isMine] of mine.entries()) {
      if (isMine === 0) continue;
      own[at] = 1 - graft.amount;
      given[at] = graft.amount * weights[next++]!;
    }
  }
  return { 'graft/own': hostTensor([layout.size], own), 'graft/given': hostTensor([layout.size], given) };
}

/** The same model with the weights that its heads have from elsewhere as its own. */
export function withGraftsIn(snapshot: Snapshot, model: Model): Snapshot {
  const { mask } = snapshot;
  if (!mask?.interventions) return snapshot;
  const { 'graft/own': own, 'graft/given': theirs } = graftInputs(model, mask);
  const { grafts = {}, interventions, ...masks } = mask;
  const others = Object.entries(interventions)
    .map(([address, list]) => [address, list.filter(({ kind }) => kind !== 'graft')] as const)
    .filter(([, list]) => list.length > 0);
  const given = others.flatMap(([, list]) =>
    list.flatMap(({ source }) => (source === undefined ? [] : donorKey(source))),
  );
  const needed = Object.entries(grafts).filter(([key]) => given.includes(key));
  const mixed = ({ start }: { readonly start: number }, { shape, data }: HostTensor): HostTensor =>
    hostTensor(
      shape,
      data.map((value, i) => own.data[start + i]! * value + theirs.data[start + i]!),
    );
  const places = layoutOf(model.parameters).parameters;
  return {
    ...snapshot,
    params: Object.fromEntries(places.map((place) => [place.name, mixed(place, snapshot.params[place.name]!)])),
    mask: {
      ...masks,
      ...(others.length > 0 && { interventions: Object.fromEntries(others) }),
      ...(needed.length > 0 && { grafts: Object.fromEntries(needed) }),
    },
  };
}
