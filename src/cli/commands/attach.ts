import { command, optional } from '../parser/command.ts';

export const attachCommand = command({
  name: 'attach',
  describe: 'Watch and steer a live run or sweep',
  arguments: { run: optional('name or folder of the run or sweep, if several are live') },
  options: { dir: 'folder of runs to look in first (snapshots), before all others' },
  async run({ run, dir }) {
    const { attach } = await import('../screen/attach.ts');
    const { directoryOf } = await import('../preferences/directory.ts');
    return attach(run, directoryOf(dir), async (folder) => (await import('../sweep/screen.ts')).showSweepOf(folder));
  },
});
