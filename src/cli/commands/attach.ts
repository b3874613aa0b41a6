import type { CommandModule } from 'yargs';

interface Arguments {
  run: string | undefined;
}

/** `attach [run]`: watch and steer a run that is already going. */
export function attachCommand(exit: (code: number) => void): CommandModule<object, Arguments> {
  return {
    command: 'attach [run]',
    describe: 'Watch and steer a run that is already going',
    builder: (command) =>
      command.positional('run', { type: 'string', describe: 'name of the run, if several are going' }),
    async handler({ run }) {
      const { attach } = await import('../screen.ts');
      exit(await attach(run));
    },
  };
}
