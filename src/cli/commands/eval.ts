import { UserError } from '../../core/errors.ts';
import { command, required } from '../parser/command.ts';

export const evalCommand = command({
  name: 'eval',
  describe: 'Evaluate a snapshot: metrics in and out of domain, baselines, theory',
  arguments: { file: required('a snapshot, or a run for its last one') },
  options: {
    dir: true,
    set: 'path=value, e.g. task.noise=0.1 (repeatable); tokens and features stay those of the snapshot',
    config: true,
    prompts: true,
    seed: 'seed of the held-out prompts',
    mask: true,
    device: true,
    threads: true,
    baselines: true,
    attention: true,
    predictions: true,
    over: 'path=FROM:TO:STEP, path=FROM:TO:xFACTOR or path=A,B,C: measure with each value (repeatable: all combinations)',
    csv: true,
    json: true,
  },
  check({ attention, predictions, json }) {
    if ((attention || predictions) && !json)
      throw new UserError({ what: '--attention and --predictions print JSON', fix: 'add --json' });
  },
  run: async (flags) => (await import('../evaluate/evaluation.ts')).evaluateFile(flags),
});
