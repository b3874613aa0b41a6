import type { CommandModule } from 'yargs';
import { exitCode } from '../exit.ts';
import { keepHeapSteady } from '../steady_heap.ts';

interface Arguments {
  folder: string;
  wait: number;
}

/**
 * The process that trains a run on behalf of screens; started by `train`, not by hand. Outlives its screens: only the
 * end of training, a `stop` request, SIGINT or SIGTERM end it.
 */
export function trainerCommand(exit: (code: number) => void): CommandModule<object, Arguments> {
  return {
    command: 'trainer <folder>',
    describe: false,
    builder: (command) =>
      command
        .positional('folder', { type: 'string', demandOption: true })
        .option('wait', { type: 'number', default: 0, describe: 'milliseconds to wait for a screen before training' }),
    async handler({ folder, wait }) {
      keepHeapSteady();
      const { hostRun } = await import('../../trainer/host.ts');
      process.on('SIGHUP', () => {});
      const { choiceMemory } = await import('../choice_memory.ts');
      const run = await hostRun(folder, {
        unattended: false,
        spareCore: true,
        clientWait: wait,
        memory: choiceMemory,
      });
      let interrupted = false;
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.on(signal, () => {
          if (interrupted) process.exit(exitCode.interrupted);
          interrupted = true;
          void run.request({ type: 'stop' });
        });
      }
      await run.result;
      exit(interrupted ? exitCode.interrupted : exitCode.done);
    },
  };
}
