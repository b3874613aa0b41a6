import type { Address } from '../../protocol/address.ts';
import { formatMaskEdit, indexOf, type MaskEdit, type MaskScope, parseMask } from '../../protocol/mask_edits.ts';
import {
  editMasks,
  editsBetween,
  isOpen,
  type MaskValues,
  openMasks,
  requireInterventions,
} from '../../protocol/mask_values.ts';
import { type PartKind, scoreNames } from '../../pruning/names.ts';
import type { Model, Step } from './model.ts';
import { isOver, still, withNotice, withView } from './model.ts';
import { rankingScore, scoresOf, type UnderCursor } from './ranking.ts';
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
export function change(model: Model, after: MaskValues, label: string): Step {
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

/** The masks with parts restored, or pruned. */
export function edited(values: MaskValues, parts: readonly Address[], kept: boolean): MaskValues {
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
