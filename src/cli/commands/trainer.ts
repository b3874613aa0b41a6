import { command, required } from '../parser/command.ts';

/**
 * The process that trains a run on behalf of screens; started by `train`, not by hand. Outlives its screens: only the
 * end of training, a `stop` request and signals (see `reactions`) end it.
 */
export const trainerCommand = command({
  name: 'trainer',
  arguments: { folder: required() },
  options: { lock: true, wait: true },
  run: async ({ folder, lock, wait }) =>
    (await import('../train/serve.ts')).serve(folder, { after: lock, clientWait: wait }),
});
