import { UserError } from '../../core/errors.ts';
import { command, required } from '../parser/command.ts';

export const replayCommand = command({
  name: 'replay',
  describe: 'Play a run back: pause, speed, scrub, step, fork',
  arguments: { run: required('a run, its folder, or one snapshot file') },
  options: { step: true, speed: true, cast: true, size: true, dir: true },
  check({ speed, size, cast }) {
    if (speed !== undefined && !(speed > 0)) {
      throw new UserError({ where: '--speed', what: `is ${speed}`, expected: 'steps a second, above 0' });
    }
    if (size !== undefined && cast === undefined) {
      throw new UserError({ where: '--size', what: 'is of a recording', fix: 'add --cast FILE, or leave it out' });
    }
  },
  async run({ cast, size, ...flags }) {
    if (cast === undefined) return (await import('../screen/replay.ts')).replay(flags);
    return (await import('../screen/record.ts')).record({ ...flags, cast, size });
  },
});
