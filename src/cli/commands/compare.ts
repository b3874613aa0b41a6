import { command, some } from '../parser/command.ts';

export const compareCommand = command({
  name: 'compare',
  describe: 'Put runs, snapshots, or groups of runs side by side: curves, heads, metrics, settings',
  arguments: { runs: some('two to six runs or snapshots; any number, or sweeps, in groups') },
  options: { dir: true, group: true, json: true, csv: 'print the metrics as CSV', svg: true, png: true },
  run: async (flags) => (await import('../compare/compare.ts')).compare(flags),
});
