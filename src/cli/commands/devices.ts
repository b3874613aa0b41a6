import type { CommandModule } from 'yargs';

/** `devices`: every engine, whether it can be used here, and how fast it is. */
export const devicesCommand: CommandModule<object, { json: boolean }> = {
  command: 'devices',
  describe: 'Every engine: usable or why not, its device, its measured speed',
  builder: (command) => command.option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
  async handler({ json }) {
    const { measureEngines, printEngines } = await import('../devices.ts');
    const engines = await measureEngines();
    if (json) process.stdout.write(`${JSON.stringify({ v: 1, engines })}\n`);
    else printEngines(engines);
  },
};
