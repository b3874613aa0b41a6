import { UserError } from '../../core/errors.ts';
import { meanings, signals } from '../../core/signals.ts';
import { command, optional } from '../parser/command.ts';

export const trainCommand = command({
  name: 'train',
  describe: 'Start a run and watch it (yang-quick unless named)',
  arguments: { preset: optional('preset name or file.json') },
  options: {
    set: 'path=value, e.g. train.steps=500 (repeatable)',
    seed: true,
    steps: true,
    device: 'engine to train on',
    threads: 'CPU threads, 0 chooses by measurement',
    name: true,
    dir: true,
    resume: true,
    config: true,
    inPlace: true,
    resumeOrStart: true,
    force: true,
    paused: true,
    detach: true,
    headless: true,
    json: 'one JSON event a line on stdout',
  },
  epilogue: `Without a screen, ${signals.join(', ')} each: ${meanings.save}.`,
  check({ detach, headless, json, force, inPlace, resumeOrStart }) {
    if (detach && (headless || json)) throw new UserError({ what: '--detach goes without --headless and --json' });
    if (force && !inPlace && !resumeOrStart)
      throw new UserError({ what: '--force needs --in-place or --resume-or-start' });
  },
  run: async (flags) => (await import('../train/train.ts')).train(flags),
});
