import { command, some } from '../parser/command.ts';

export const compareCommand = command({
  name: 'compare',
  describe: 'Put runs or snapshots side by side: curves, heads, metrics, settings',
  arguments: { runs: some('two to six runs or snapshots') },
  options: { dir: true, json: true, csv: 'print the metrics as CSV', svg: true, png: true },
  run: async (flags) => (await import('../compare/compare.ts')).compare(flags),
});
