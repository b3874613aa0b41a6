import type { EventBody, ModelFacts } from '../../protocol/events.ts';
import { formatMaskEdit, type MaskEdit, type MaskScope } from '../../protocol/mask_edits.ts';
import {
  editMasks,
  editsBetween,
  isOpen,
  keptFraction,
  type MaskValues,
  openMasks,
  type PartCounts,
  requireInterventions,
} from '../../protocol/mask_values.ts';

/** Which parts are pruned, and who sees it: one mask and one scope, so that the two cannot be confused. */
export interface MaskState {
  /** Grows with every change. */
  readonly revision: number;
  readonly scope: MaskScope;
  readonly values: MaskValues;
}

/** Nothing pruned at the start of a run; what was pruned when it was saved in one that is resumed. */
export function initialMask(
  counts: PartCounts,
  saved?: { readonly mask?: MaskValues; readonly maskRevision: number; readonly maskScope?: MaskScope },
): MaskState {
  const values = saved?.mask ?? openMasks(counts);
  // A program that prunes in its own way means it for training as well.
  const scope = saved?.maskScope ?? (isOpen(values) ? 'probe' : 'clamp');
  return { revision: saved?.maskRevision ?? 0, scope, values };
}

/**
 * The state after edits made one after the other.
 * @throws UserError for parts or interventions that there are not
 */
export function changeMask(
  state: MaskState,
  scope: MaskScope,
  edits: readonly MaskEdit[],
  facts: ModelFacts,
): MaskState {
  const values = editMasks(state.values, edits, 'mask');
  requireInterventions(values, facts, 'mask');
  return { revision: state.revision + 1, scope, values };
}

/** What the journal says of a change from `before`: only what it changed, so that undoing it is reversing the signs. */
export function maskApplied(step: number, before: MaskValues, { revision, scope, values }: MaskState): EventBody {
  const edits = editsBetween(before, values).map(formatMaskEdit);
  return { type: 'mask_applied', step, revision, scope, edits, kept_fraction: keptFraction(values) };
}
