import { fitNumber, thousands } from '../../core/format.ts';
import type { Estimate } from '../../protocol/events.ts';

const errorWidth = 12;

/** Columns after a mean of n prompts: its standard error, or why there is none, and n. */
export function spreadText({ stderr, n, tasks }: Pick<Estimate, 'stderr' | 'n' | 'tasks'>): string {
  const isKnown = stderr !== null && Number.isFinite(stderr);
  // Of a diverged mean there is none, as the mean itself shows.
  const why = n === 1 ? 'one prompt' : tasks === 1 ? 'one task' : '';
  return `${isKnown ? `  ±${fitNumber(stderr, errorWidth - 3)}` : why.padStart(errorWidth)}${thousands(n).padStart(9)}`;
}
