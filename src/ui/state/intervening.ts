import { type Address, formatAddress } from '../../protocol/address.ts';
import {
  chosenKinds,
  fullOf,
  type Intervention,
  type InterventionKind,
  isGraft,
  isNeutral,
  isRemoval,
  kindHelp,
  neutral,
  parseIntervention,
  removal,
  requireKnown,
  stepped,
} from '../../protocol/interventions.ts';
import { editOf } from '../../protocol/mask_edits.ts';
import { editMasks, type MaskValues } from '../../protocol/mask_values.ts';
import { pastInView } from './in_view.ts';
import { type Model, type Step, still, withNotice, withView } from './model.ts';
import { change, edited, wantedMask } from './pruning.ts';
import { interventionOn, keptAmong, type UnderCursor } from './ranking.ts';

/** Does to what is under the cursor what was chosen, or takes that back where it is done to all of it. */
export function toggle(model: Model, under: UnderCursor): Step {
  const { values } = wantedMask(model);
  const { name, parts } = under;
  const given = givenTo(model, under);
  if (!isDone(values, parts, given)) return change(model, done(values, parts, given), `${doing(given)} ${name}`);
  const after = isRemoval(given) ? edited(values, parts, true) : done(values, parts, neutral(given.kind));
  return change(model, after, `restore ${name}`);
}

/** What `x` would do now. */
export function pruneLabel(model: Model, under: UnderCursor): string {
  const given = givenTo(model, under);
  return under.parts.length > 0 && isDone(wantedMask(model).values, under.parts, given) ? 'restore' : doing(given);
}

const doing = (given: Intervention): string => (isRemoval(given) ? 'prune' : given.kind);

/** Neurons can only be removed. */
const givenTo = ({ view }: Model, { parts }: UnderCursor): Intervention =>
  parts.every((part) => 'head' in part) ? view.intervention : removal;

const done = (values: MaskValues, parts: readonly Address[], given: Intervention): MaskValues =>
  editMasks(
    values,
    parts.map((part) => editOf(part, given)),
  );

/** What of a kind is done to a part. */
const ofKind = ({ interventions }: MaskValues, part: Address, kind: InterventionKind): Intervention | undefined =>
  interventions?.[formatAddress(part)]?.find((one) => one.kind === kind);

/** Whether all of it is done to all of these parts; snapshots have other names once they are grafted from. */
function isDone(values: MaskValues, parts: readonly Address[], given: Intervention): boolean {
  if (isRemoval(given)) return !keptAmong(values, parts).some(Boolean);
  return parts.every((part) => ofKind(values, part, given.kind)?.amount === given.amount);
}

/**
 * Does more or less to the heads under the cursor: of what was chosen where that is done to the first of them, else of what is
 * done to it with a strength, else of what was chosen from nothing on.
 */
export function strengthen(model: Model, { name, parts }: UnderCursor, by: 1 | -1): Step {
  const { values } = wantedMask(model);
  const [first] = parts;
  if (!first) return still(model);
  const before = inHand(model, values, first);
  if (isGraft(before.kind) && before.source === undefined) return still(withNotice(model, noDonor));
  const next = stepped(before, by);
  const after = done(values, parts, isNeutral(next) ? neutral(next.kind) : next);
  return change(model, after, isNeutral(next) ? `restore ${name}` : `${next.kind} ${name} × ${next.amount}`);
}

/** What `(` and `)` go on from. */
function inHand({ view }: Model, values: MaskValues, part: Address): Intervention {
  if (!keptAmong(values, [part])[0]) return removal;
  const { kind, source } = view.intervention;
  const here = ofKind(values, part, kind) ?? interventionOn(values, part);
  return here ?? { ...neutral(kind), ...(source !== undefined && { source }) };
}

/** What `(` and `)` would change now. */
export function strengthLabel(model: Model, { parts }: UnderCursor): string {
  const { kind } = parts[0] ? inHand(model, wantedMask(model).values, parts[0]) : model.view.intervention;
  return `less, more ${kind}`;
}

/** Gives heads the weights that they have in the past snapshot in view, or takes those back. */
export function graft(model: Model, { name, parts }: UnderCursor): Step {
  const { values } = wantedMask(model);
  const [first] = parts;
  const source = pastInView(model)?.file;
  const isGrafted = first !== undefined && ofKind(values, first, 'graft') !== undefined;
  if (!isGrafted && source === undefined) return still(withNotice(model, noDonor));
  const after = done(values, parts, isGrafted ? neutral('graft') : fullOf('graft', source));
  return change(model, after, isGrafted ? `${name} with its own weights` : `graft ${name} from ${source}`);
}

const noDonor = 'go to a snapshot with , first: g gives the head the weights that it has there';

/** The next of the kinds that the model has, which a key then does to heads and the board measures. */
export function nextKind(model: Model): Step {
  const known = kindsOf(model);
  const kind = known[(known.indexOf(model.view.intervention.kind) + 1) % known.length]!;
  return choose(model, fullOf(kind, isGraft(kind) ? pastInView(model)?.file : undefined));
}

/** The intervention that a text stands for, chosen, or what is wrong with it. */
export function chooseNamed(model: Model, text: string): Step | string {
  try {
    const { kind } = parsed(text, 'kind');
    requireKnown(kind, model.run.model?.interventions, 'the model', 'kind');
    return choose(model, parsed(text, 'kind'));
  } catch (error) {
    return (error as Error).message;
  }
}

/** A kind alone is the full or the usual one. */
function parsed(text: string, where: string): Intervention {
  const kind = chosenKinds.find((name) => name === text.trim().toLowerCase());
  return kind && !isGraft(kind) ? fullOf(kind) : parseIntervention(text, where);
}

function choose(model: Model, intervention: Intervention): Step {
  const { kind } = intervention;
  const words = isRemoval(intervention) ? 'x prunes' : `x gives heads ${kind}: ${kindHelp(kind)}`;
  return still(withNotice(withView(model, { intervention }), words));
}

/** What can be done to heads of the model; what is grafted needs a snapshot in view. */
export function kindsOf(model: Model): readonly InterventionKind[] {
  const known = ['remove', 'graft', ...(model.run.model?.interventions ?? [])];
  const hasDonor = pastInView(model) !== undefined;
  return chosenKinds.filter((kind) => known.includes(kind) && (hasDonor || !isGraft(kind)));
}
