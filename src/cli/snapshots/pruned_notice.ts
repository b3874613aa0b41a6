import { formatMaskEdit, type MaskEdit } from '../../protocol/mask_edits.ts';
import { editsBetween, isOpen, type MaskValues, openMasks } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';

/** What is measured without some of its parts should not pass for the whole model; who says with `--mask` what takes part knows. */
export function prunedNotice({ mask }: Snapshot, given: readonly MaskEdit[]): string[] {
  if (!mask || isOpen(mask) || given.length > 0) return [];
  const [layers, heads] = mask.heads.shape as [number, number];
  const open = openMasks({ layers, heads, neurons: mask.neurons.shape[1]! });
  const edits = (from: MaskValues, to: MaskValues) => editsBetween(from, to).map(formatMaskEdit).join(',');
  return [
    `measured with what was done to it when it was saved, ${edits(open, mask)}; --mask "${edits(mask, open)}" restores it`,
  ];
}
