import type { Address } from '../../protocol/address.ts';
import { formatMaskEdit, indexOf, type MaskEdit, type MaskScope, parseMask } from '../../protocol/mask.ts';
import { editMasks, editsBetween, type MaskValues, openMasks, prunedParts } from '../../protocol/masks.ts';
import { scoreNames } from '../../pruning/names.ts';
import type { Model, Step } from './model.ts';
import { still, withNotice, withView } from './model.ts';
import { boardCursor, boardRows, keptAmong, partsUnderCursor, rankedKind, rankingScore, scoresOf } from './parts.ts';
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

/** Prunes what is under the cursor, or restores it when all of it is pruned. */
export function toggle(now: Model): Step {
  const model = pinned(now);
  const { name, parts } = partsUnderCursor(model);
  const { values } = wantedMask(model);
  const prunes = keptAmong(values, parts).some(Boolean);
  return change(model, edited(values, parts, !prunes), `${prunes ? 'prune' : 'restore'} ${name}`);
}

/** What `x` would do now. */
export function pruneLabel(model: Model): string {
  const kept = keptAmong(wantedMask(model).values, partsUnderCursor(model).parts);
  return kept.length > 0 && !kept.some(Boolean) ? 'restore' : 'prune';
}

export function isSomethingPruned(model: Model): boolean {
  return prunedParts(wantedMask(model).values).length > 0;
}

/** Prunes all other parts of its kind in its layer; once more brings them back. */
export function solo(now: Model): Step {
  const model = pinned(now);
  const { name, parts } = partsUnderCursor(model);
  const { values } = wantedMask(model);
  const [first] = parts;
  if (!first) return still(model);
  const all = layerOf(values, first);
  const alone = edited(edited(values, all, false), parts, true);
  const isAlone = editsBetween(values, alone).length === 0;
  return isAlone
    ? change(model, edited(values, all, true), `everything beside ${name} back`)
    : change(model, alone, `solo ${name}`);
}

/** Restores every part. */
export function everythingBack(model: Model): Step {
  return change(model, openMasks(model.run.model!), 'everything back');
}

/**
 * Prunes the parts of every layer that count least, or restores those of the pruned that count most: a twentieth at a time.
 * One part of every layer always stays.
 */
export function fewerOrMore(model: Model, by: 1 | -1): Step {
  const kind = rankedKind(model);
  const score = rankingScore(model, kind);
  const scores = scoresOf(model, kind);
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

export function nextScore(model: Model): Step {
  const kind = rankedKind(model);
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
    return change(model, editMasks(values, parseMask(text, 'mask'), 'mask'), `mask ${text}`);
  } catch (error) {
    return (error as Error).message;
  }
}

export function moveOnBoard(model: Model, by: number): Step {
  const rows = boardRows(model);
  const next = rows[Math.max(0, Math.min(rows.length - 1, boardCursor(model, rows) + by))];
  return still(withView(model, { part: next?.address }));
}

/** The cursor of the board stays with the part that is acted on, though the lines change places. */
function pinned(model: Model): Model {
  return model.view.focus === 'pruning' ? withView(model, { part: partsUnderCursor(model).name }) : model;
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
