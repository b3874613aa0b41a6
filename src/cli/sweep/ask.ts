import { rmSync } from 'node:fs';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { goingAt } from '../../store/going.ts';
import { readSweep } from '../../sweep/record.ts';
import { cancelSweep } from '../../sweep/slurm/cancel.ts';
import { isAway } from '../../sweep/slurm/follow.ts';
import { answerTo, leaveWish, type Wish } from '../../sweep/wishes.ts';
import { launchSweep } from './launch.ts';

/** How long the process of a sweep may take to look for wishes, in milliseconds. */
const patience = 20_000;

/**
 * Asks the process that trains a sweep for something; where none does, one is started.
 * @throws UserError when it does not come up, does not look, or refuses
 */
export async function ask(folder: string, wish: Wish): Promise<void> {
  if (isAway(readSweep(folder))) return askCluster(folder, wish);
  const file = await leaveWish(folder, wish, systemClock);
  const deadline = systemClock.now() + patience;
  try {
    for (;;) {
      const answer = answerTo(file);
      if (answer === 'done') return;
      if (answer !== 'none') throw new UserError({ what: answer.refusal });
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

/** Nothing but the command of the sweep knows what jobs are to ask of Slurm. */
async function askCluster(folder: string, wish: Wish): Promise<void> {
  if (wish.type === 'end') await cancelSweep(folder, { clock: systemClock });
  else if (wish.type === 'stop') await cancelSweep(folder, { clock: systemClock }, { runs: wish.runs });
  else throw new UserError({ what: 'Slurm has runs of this sweep', fix: 'the command that submitted it submits more' });
}
