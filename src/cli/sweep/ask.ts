import { rmSync } from 'node:fs';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { goingAt } from '../../store/going.ts';
import { readSweep } from '../../sweep/record.ts';
import { isTaken, leaveWish, type Wish } from '../../sweep/wishes.ts';
import { launchSweep } from './launch.ts';

/** How long the process of a sweep may take to look for wishes, in milliseconds. */
const patience = 20_000;

/**
 * Asks the process that trains a sweep for something; where none does, one is started.
 * @throws UserError when it does not come up or does not look
 */
export async function ask(folder: string, wish: Wish): Promise<void> {
  const { cells, name } = readSweep(folder);
  if (cells.some(({ task }) => task)) {
    const fix = `npx incline stop ${name} cancels them, the command of the sweep submits more`;
    throw new UserError({ what: 'Slurm has the runs of this sweep', fix });
  }
  const file = await leaveWish(folder, wish, systemClock);
  const deadline = systemClock.now() + patience;
  try {
    while (!isTaken(file)) {
      if (!goingAt(folder)) {
        if (wish.type === 'end') return;
        await launchSweep(folder);
      }
      if (systemClock.now() > deadline) {
        const what = `the process that trains this sweep did not take it in ${patience / 1000} s`;
        throw new UserError({ what, fix: 'try again' });
      }
      await systemClock.sleep(50);
    }
  } finally {
    rmSync(file, { force: true });
  }
}
