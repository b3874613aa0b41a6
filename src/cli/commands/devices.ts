import { command } from '../parser/command.ts';

export const devicesCommand = command({
  name: 'devices',
  describe: 'Every engine: usable or why not, its device, its measured speed',
  options: { json: 'print JSON' },
  async run({ json }) {
    const { measureEngines, printEngines } = await import('../reference/devices.ts');
    const { printJson } = await import('../output/output.ts');
    const engines = await measureEngines();
    if (json) printJson({ v: 1, engines });
    else printEngines(engines);
  },
});
