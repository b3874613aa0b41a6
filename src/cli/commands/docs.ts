import { command } from '../parser/command.ts';

/** The parts of .docs and presets/schema.json that are made from the code. For developers. */
export const docsCommand = command({
  name: 'docs',
  options: {
    write: true,
    check: true,
    figures: true,
  },
  async run({ write, figures }) {
    if (figures !== undefined) await (await import('../reference/figures.ts')).takeFigures(figures);
    return (await import('../reference/generated.ts')).renewDocs(write || figures !== undefined);
  },
});
