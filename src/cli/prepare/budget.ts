import type { RunConfig } from '../../protocol/config.ts';
import type { SnapshotHeader } from '../../snapshots/metadata.ts';

/** The setting that says how many seconds a run may spend in updates, over all its starts; 0 for any. */
export const budgetPath = 'train.budget_s';

/** Whether a run that goes on from its own snapshot has no time left. */
export function isBudgetSpent({ train }: RunConfig, { trainedSeconds = 0 }: SnapshotHeader): boolean {
  return train.budget_s > 0 && trainedSeconds >= train.budget_s;
}
