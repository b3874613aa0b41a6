import { UserError } from '../../core/errors.ts';
import { meanings, signals } from '../../core/signals.ts';
import { command, optional } from '../parser/command.ts';

export const trainCommand = command({
  name: 'train',
  describe: 'Start a run and watch it (yang-quick unless named)',
  arguments: { preset: optional('preset name, file.json, or - for standard input') },
  options: {
    set: 'path=value, e.g. train.steps=500 (repeatable)',
    seed: true,
    seeds: 'a run for each: how many (5 is 0 to 4), a range or a list; on the screen they stand as one',
    jobs: 'with --seeds: runs at a time (one a core)',
    retry: 'with --seeds: try runs again that failed',
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
    log: true,
  },
  epilogue: `Without a screen, ${signals.join(', ')} each: ${meanings.save}.`,
  check({ detach, headless, json, force, inPlace, resumeOrStart, seeds, jobs, retry, ...others }) {
    if (seeds === undefined && (jobs !== undefined || retry)) {
      throw new UserError({
        what: `--${retry ? 'retry' : 'jobs'} goes with --seeds`,
        fix: 'name seeds, e.g. --seeds 8',
      });
    }
    const { seed, resume, config, paused } = others;
    if (seeds !== undefined && others.log.length > 0) {
      const fix = 'name each run, or give its snapshots to snapshots export --to tensorboard';
      throw new UserError({ what: '--log goes without --seeds', fix });
    }
    const alone = Object.entries({
      seed,
      resume,
      config,
      paused,
      'in-place': inPlace,
      'resume-or-start': resumeOrStart,
    });
    const given = alone.find(([, value]) => value !== undefined && value !== false);
    if (seeds !== undefined && given) {
      throw new UserError({
        what: `--seeds goes without --${given[0]}`,
        fix: 'the same command goes on where it stopped',
      });
    }
    if (detach && (headless || json)) throw new UserError({ what: '--detach goes without --headless and --json' });
    if (force && !inPlace && !resumeOrStart && seeds === undefined)
      throw new UserError({ what: '--force needs --in-place or --resume-or-start' });
  },
  run: async (flags) =>
    flags.seeds === undefined
      ? (await import('../train/train.ts')).train(flags)
      : (await import('../sweep/seeds.ts')).trainSeeds({ ...flags, seeds: flags.seeds }),
});
