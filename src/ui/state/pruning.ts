import { type Address, formatAddress } from '../../protocol/address.ts';
import {
  type Intervention,
  kindHelp,
  neutral,
  type StrengthKind,
  strengthKinds,
} from '../../protocol/interventions.ts';
import {
  formatMaskEdit,
  fullEdit,
  indexOf,
  type MaskEdit,
  type MaskScope,
  parseMask,
  strengthEdit,
} from '../../protocol/mask_edits.ts';
import {
  editMasks,
  editsBetween,
  isOpen,
  type MaskValues,
  openMasks,
  requireInterventions,
} from '../../protocol/mask_values.ts';
import { type PartKind, scoreNames } from '../../pruning/names.ts';
import type { RunState } from '../../runs/state.ts';
import { pastInView } from './in_view.ts';
import type { Model, Step } from './model.ts';
import { isOver, still, withNotice, withView } from './model.ts';
import { interventionOn, keptAmong, rankingScore, scoresOf, type UnderCursor } from './ranking.ts';
import { askChange } from './steering.ts';

/** A mask and who sees it. */
interface Wanted {
  readonly scope: MaskScope;
  readonly values: MaskValues;
}

/** The mask that holds once everything pending is in force: keys pressed quickly add up. */
export function wantedMask({ run, pending }: Model): Wanted {
  return pending.reduce<Wanted>((mask, { request }) => {
    if (request.type !== 'mask') return mask;
    return {
      scope: request.scope,
      values: editMasks(
        mask.values,
        request.edits.flatMap((text) => parseMask(text)),
      ),
    };
  }, run.mask);
}

/** Does to what is under the cursor what was chosen, at full strength, or restores it when that is done to all of it. */
export function toggle(model: Model, under: UnderCursor): Step {
  const { values } = wantedMask(model);
  const { name, parts } = under;
  const kind = kindFor(model, under);
  if (isDone(values, parts, kind)) return change(model, edited(values, parts, true), `restore ${name}`);
  const after = editMasks(
    values,
    parts.map((part) => fullEdit(part, kind)),
  );
  return change(model, after, `${doing(kind)} ${name}`);
}

/** What `x` would do now. */
export function pruneLabel(model: Model, under: UnderCursor): string {
  const kind = kindFor(model, under);
  return under.parts.length > 0 && isDone(wantedMask(model).values, under.parts, kind) ? 'restore' : doing(kind);
}

const doing = (kind: StrengthKind): string => (kind === 'remove' ? 'prune' : kind);

/** Neurons can only be removed. */
const kindFor = ({ view }: Model, { parts }: UnderCursor): StrengthKind =>
  parts.every((part) => 'head' in part) ? view.kind : 'remove';

/** Whether something is done at full strength to all of these parts. */
function isDone(values: MaskValues, parts: readonly Address[], kind: StrengthKind): boolean {
  if (kind === 'remove') return !keptAmong(values, parts).some(Boolean);
  return parts.every((part) => {
    const done = interventionOn(values, part);
    return done?.kind === kind && done.amount === 1;
  });
}

/** By how much a key changes a strength. */
const strengthStep = 0.25;

/**
 * Does more or less to the heads under the cursor, a quarter at a time: of what is done to the first of them, or where that is
 * nothing, of what was chosen.
 */
export function strengthen(model: Model, { name, parts }: UnderCursor, by: 1 | -1): Step {
  const { values } = wantedMask(model);
  const [first] = parts;
  if (!first) return still(model);
  const whole = keptAmong(values, [first])[0] ? undefined : ({ kind: 'remove', amount: 1 } as const);
  const done: Intervention = whole ?? interventionOn(values, first) ?? { kind: model.view.kind, amount: 0 };
  const { kind, amount } = done;
  const next = Math.max(0, Math.min(1, amount + by * strengthStep));
  const after = editMasks(
    values,
    parts.map((part) => strengthEdit(part, { ...done, amount: next })),
  );
  return change(model, after, next === 0 ? `restore ${name}` : `${kind} ${name} × ${next}`);
}

/** Gives heads the weights that they have in the past snapshot in view, or takes those back. */
export function graft(model: Model, { name, parts }: UnderCursor): Step {
  const { values } = wantedMask(model);
  const [first] = parts;
  const source = pastInView(model)?.file;
  const list = first && values.interventions?.[formatAddress(first)];
  const isGrafted = list?.some(({ kind }) => kind === 'graft') ?? false;
  if (!isGrafted && source === undefined) return still(withNotice(model, noDonor));
  const intervention: Intervention = isGrafted ? neutral('graft') : { kind: 'graft', amount: 1, source: source! };
  const after = editMasks(
    values,
    parts.map((from) => ({ kept: true, from, last: indexOf(from), intervention })),
  );
  return change(model, after, isGrafted ? `${name} with its own weights` : `graft ${name} from ${source}`);
}

const noDonor = 'go to a snapshot with , first: g gives the head the weights that it has there';

/** What `(` and `)` would change now. */
export function strengthLabel(model: Model, { parts }: UnderCursor): string {
  const done = parts[0] && interventionOn(wantedMask(model).values, parts[0]);
  return `less, more ${done?.kind ?? model.view.kind}`;
}

/** The next of the kinds that the model has, which a key then does to heads and the board measures. */
export function nextKind(model: Model): Step {
  const known = kindsOf(model);
  const kind = known[(known.indexOf(model.view.kind) + 1) % known.length]!;
  return chooseKind(model, kind);
}

export function chooseKind(model: Model, kind: StrengthKind): Step {
  const words = kind === 'remove' ? 'x prunes' : `x gives heads ${kind}: ${kindHelp(kind)}`;
  return still(withNotice(withView(model, { kind }), words));
}

/** What can be done with a strength to heads of the model. */
export function kindsOf({ run }: { readonly run: Pick<RunState, 'model'> }): readonly StrengthKind[] {
  return strengthKinds.filter((kind) => kind === 'remove' || run.model?.interventions?.includes(kind));
}

export function isSomethingPruned(model: Model): boolean {
  return !isOpen(wantedMask(model).values);
}

/** Prunes all other parts of its kind in its layer, or restores them where that is so: the mask alone says which. */
export function solo(model: Model, { name, parts }: UnderCursor): Step {
  const { values } = wantedMask(model);
  const [first] = parts;
  if (!first) return still(model);
  if (!isAlone(values, parts)) return change(model, alone(values, parts), `solo ${name}`);
  const kind = 'head' in first ? 'heads' : 'neurons';
  return change(model, edited(values, layerOf(values, first), true), `all ${kind} except ${name} restored`);
}

/** What `o` would do now. */
export function soloLabel(model: Model, { parts }: UnderCursor): string {
  return isAlone(wantedMask(model).values, parts) ? 'others back' : 'solo';
}

/** The masks that keep only these parts of their layer. */
function alone(values: MaskValues, parts: readonly Address[]): MaskValues {
  return edited(edited(values, layerOf(values, parts[0]!), false), parts, true);
}

/** Whether these parts are the only ones that their layer keeps, of several. */
function isAlone(values: MaskValues, parts: readonly Address[]): boolean {
  const [first] = parts;
  if (!first || layerOf(values, first).length <= parts.length) return false;
  return editsBetween(values, alone(values, parts)).length === 0;
}

/** Restores every part. */
export function everythingBack(model: Model): Step {
  return change(model, openMasks(model.run.model!), 'everything back');
}

/**
 * Prunes the parts of every layer that count least, or restores those of the pruned that count most: a twentieth at a time.
 * One part of every layer always stays.
 */
export function fewerOrMore(model: Model, kind: PartKind, by: 1 | -1): Step {
  const score = rankingScore(model, kind);
  const scores = scoresOf(model, kind, isOver(model));
  const { values } = wantedMask(model);
  if (typeof scores === 'string') return still(withNotice(model, scores));
  const [layers, count] = scores.shape as [number, number];
  const step = Math.max(1, Math.round(count / 20));
  const mask = values[kind].data;
  const chosen = Array.from({ length: layers }, (_, layer) => {
    const inLayer = Array.from({ length: count }, (_, part) => part).filter(
      (part) => (mask[layer * count + part] !== 0) === by > 0,
    );
    inLayer.sort((a, b) => by * (scores.data[layer * count + a]! - scores.data[layer * count + b]!));
    return inLayer
      .slice(0, by > 0 ? Math.min(step, inLayer.length - 1) : step)
      .map((part): Address => (kind === 'heads' ? { layer, head: part } : { layer, neuron: part }));
  }).flat();
  const number = `${chosen.length} ${chosen.length === 1 ? kind.slice(0, -1) : kind}`;
  if (chosen.length === 0)
    return still(withNotice(model, by > 0 ? `the last of the ${kind} stay; x prunes them` : `no ${kind} are pruned`));
  const label = by > 0 ? `prune ${number} of least ${score}` : `restore ${number} of most ${score}`;
  return change(model, edited(values, chosen, by < 0), label);
}

export function nextScore(model: Model, kind: PartKind): Step {
  const usable = scoreNames.filter((name) => kind === 'heads' || name !== 'attention');
  const score = usable[(usable.indexOf(rankingScore(model, kind)) + 1) % usable.length]!;
  return still(withNotice(withView(model, { score }), `< and > go by ${score}`));
}

/** Lets training see what is pruned, or evaluation and pictures only. */
export function otherScope(model: Model): Step {
  return setScope(model, wantedMask(model).scope === 'probe' ? 'clamp' : 'probe');
}

export function setScope(model: Model, scope: MaskScope): Step {
  const { scope: before } = wantedMask(model);
  return askChange(model, {
    label: scope === 'clamp' ? 'scope CLAMP (training sees it)' : 'scope PROBE (evaluation only)',
    request: { type: 'mask', scope, edits: [] },
    inverse: { type: 'mask', scope: before, edits: [] },
  });
}

/** Carries out typed edits, or says what is wrong with them. */
export function prune(model: Model, text: string): Step | string {
  try {
    const { values } = wantedMask(model);
    const after = editMasks(values, parseMask(text, 'mask'), 'mask');
    if (model.run.model) requireInterventions(after, model.run.model, 'mask');
    return change(model, after, `mask ${text}`);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Asks for another mask; its inverse goes back to the one before, with the scope that it had. */
function change(model: Model, after: MaskValues, label: string): Step {
  const { scope, values } = wantedMask(model);
  const edits = editsBetween(values, after).map(formatMaskEdit);
  if (edits.length === 0) return still(withNotice(model, `${label}: it is so already`));
  const back = editsBetween(after, values).map(formatMaskEdit);
  return askChange(model, {
    label: `${label} (${scope})`,
    request: { type: 'mask', scope, edits },
    inverse: { type: 'mask', scope, edits: back },
  });
}

function edited(values: MaskValues, parts: readonly Address[], kept: boolean): MaskValues {
  return editMasks(
    values,
    parts.map((from): MaskEdit => ({ kept, from, last: indexOf(from) })),
  );
}

/** All parts of the kind of `part` in its layer. */
function layerOf({ heads, neurons }: MaskValues, part: Address): Address[] {
  const { layer } = part;
  const count = ('head' in part ? heads : neurons).shape[1]!;
  return Array.from({ length: count }, (_, index) =>
    'head' in part ? { layer, head: index } : { layer, neuron: index },
  );
}
