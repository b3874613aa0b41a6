import { command } from '../parser/command.ts';

/** The parts of README and presets/schema.json that are made from the code. For developers. */
export const docsCommand = command({
  name: 'docs',
  options: { write: true, check: true },
  run: async ({ write }) => (await import('../reference/generated.ts')).renewDocs(write),
});
