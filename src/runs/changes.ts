import { titleOf, valueText } from '../protocol/controls.ts';
import type { ChangeReason } from '../protocol/events.ts';
import { describeEdits, formatMaskEdit, type MaskScope, parseMask } from '../protocol/mask_edits.ts';
import { editsBetween, type MaskValues } from '../protocol/mask_values.ts';
import type { Request } from '../protocol/messages.ts';

/** A change of a setting or of what is pruned, and what takes it back. */
export interface Change {
  readonly label: string;
  readonly request: ChangeRequest;
  readonly inverse: ChangeRequest;
}

/** What is asked for, whatever the reason. */
type ChangeRequest = Omit<Extract<Request, { type: 'set' }>, 'why'> | Omit<Extract<Request, { type: 'mask' }>, 'why'>;

/** Changes in force that can be taken back, and those that were; the latest last. */
export interface Changes {
  readonly done: readonly Change[];
  readonly undone: readonly Change[];
}

/** Changes that can be taken back at most. */
const most = 1000;

export const noChanges: Changes = { done: [], undone: [] };

/**
 * With one more change, whoever made it: one that says so takes back the latest that it is the reverse of, or makes the
 * latest one again that was taken back; any other counts for itself, whatever it does, and leaves nothing to make again.
 * So the journal alone says what can be undone.
 */
export function withChange(changes: Changes, change: Change, why?: ChangeReason): Changes {
  const { done, undone } = changes;
  if (isSame(change.request, change.inverse)) return changes;
  const from = why === 'undo' ? done : why === 'redo' ? undone : [];
  const meant = from.findLast(({ request, inverse }) => isSame(change.request, why === 'undo' ? inverse : request));
  if (!meant) return { done: [...done.slice(1 - most), change], undone: [] };
  const rest = from.filter((one) => one !== meant);
  return why === 'undo' ? { done: rest, undone: [...undone, meant] } : { done: [...done, meant], undone: rest };
}

function isSame(a: ChangeRequest, b: ChangeRequest): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A change of the setting at `path`. */
export function settingChange(path: string, from: unknown, to: unknown): Change {
  const request = (value: unknown) => ({ type: 'set', path, value }) as const;
  return { label: `${titleOf(path)} ${valueText(to)}`, request: request(to), inverse: request(from) };
}

interface Masked {
  readonly scope: MaskScope;
  readonly values: MaskValues;
}

/** A change of what is pruned, or of who sees it. */
export function maskChange(before: Masked, after: Masked): Change {
  const request = (scope: MaskScope, from: MaskValues, to: MaskValues) =>
    ({ type: 'mask', scope, edits: editsBetween(from, to).map(formatMaskEdit) }) as const;
  const made = request(after.scope, before.values, after.values);
  const edits = made.edits.flatMap((text) => parseMask(text));
  const label = edits.length > 0 ? `${describeEdits(edits)} (${after.scope})` : `scope ${after.scope}`;
  return { label, request: made, inverse: request(before.scope, after.values, before.values) };
}
