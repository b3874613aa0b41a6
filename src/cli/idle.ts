import { realpathSync } from 'node:fs';
import { UserError } from '../core/errors.ts';
import { listGoingRuns } from '../runs/index.ts';

/** @throws UserError when the run of a folder is being trained */
export async function requireIdle(folder: string): Promise<void> {
  const path = realpathSync(folder);
  const going = (await listGoingRuns()).find(({ live }) => live.dir === path);
  if (!going) return;
  throw new UserError({
    where: folder,
    what: 'this run is being trained',
    fix: `stop it first: npx incline stop ${going.live.run}`,
  });
}
