import { command, many } from '../parser/command.ts';

export const stopCommand = command({
  name: 'stop',
  describe: 'Stop live runs, saved: as ctrl+c does on their screen',
  arguments: { runs: many('names or folders, if several are live') },
  options: {
    dir: 'folder of runs whose runs are meant (snapshots)',
    all: true,
    everywhere: true,
    yes: 'do not ask (asked on a terminal where no run is named; needed without one by --everywhere)',
  },
  async run({ runs, dir, ...flags }) {
    const { stop } = await import('../train/stop.ts');
    const { directoryOf } = await import('../preferences/directory.ts');
    await stop(runs, { ...flags, directory: directoryOf(dir) });
  },
});
