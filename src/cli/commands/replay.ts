import type { CommandModule } from 'yargs';

interface Arguments {
  run: string;
  step: number | undefined;
  dir: string | undefined;
}

/** `replay RUN|FILE`: play a run back. */
export function replayCommand(exit: (code: number) => void): CommandModule<object, Arguments> {
  return {
    command: 'replay <run>',
    describe: 'Play a run back: pause, speed, scrub, step, fork',
    builder: (command) =>
      command
        .positional('run', { type: 'string', demandOption: true, describe: 'a run, its folder, or one snapshot file' })
        .option('step', { type: 'number', describe: 'where to begin, paused' })
        .option('dir', { type: 'string', describe: 'folder that holds run folders (snapshots)' }),
    async handler(flags) {
      const { replay } = await import('../replay.ts');
      exit(await replay(flags));
    },
  };
}
