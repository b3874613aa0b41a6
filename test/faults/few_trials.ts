import { expect, test } from 'vitest';
import type { Fault } from './fault.ts';
import { againOf } from './table.ts';
import { tryFault } from './trials.ts';

/** Trials of each kind; `npm run test:faults` does 200. */
const trials = 5;
/** Other trials every day, the same all day long. */
const seed = 1000 * Math.floor(Date.now() / 86_400_000);

/** A test for each kind, all at once: most of a trial is waiting. */
export function tryAFew(kinds: readonly Fault[]): void {
  test.concurrent.for(kinds)('$name: $injected', { timeout: 600_000 }, async (fault, { skip }) => {
    const { losses, skipped, seconds, trials: done } = await tryFault(fault, trials, seed);
    if (skipped !== undefined) skip(skipped);
    console.log(`${fault.name}: ${done} trials from seed ${seed} in ${seconds.toFixed(1)} s`);
    expect(losses.map((loss) => `${loss.message}\n${againOf(fault.name, loss)}`)).toEqual([]);
  });
}
