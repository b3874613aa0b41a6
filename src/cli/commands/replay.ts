import { command, required } from '../parser/command.ts';

export const replayCommand = command({
  name: 'replay',
  describe: 'Play a run back: pause, speed, scrub, step, fork',
  arguments: { run: required('a run, its folder, or one snapshot file') },
  options: { step: true, dir: true },
  run: async (flags) => (await import('../screen/replay.ts')).replay(flags),
});
