import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CommandModule } from 'yargs';
import { exitCode } from '../exit.ts';

interface Arguments {
  write: boolean;
  check: boolean;
}

/** `docs --write|--check`: the parts of README and presets/schema.json that are made from the code. For developers. */
export function docsCommand(exit: (code: number) => void): CommandModule<object, Arguments> {
  return {
    command: 'docs',
    describe: false,
    builder: (command) =>
      command
        .option('write', { type: 'boolean', default: false, describe: 'bring the files up to date' })
        .option('check', { type: 'boolean', default: false, describe: 'exit 2 when one is not' }),
    async handler({ write }) {
      const { generatedFiles } = await import('../generated.ts');
      for (const { path, make } of generatedFiles) {
        const file = fileURLToPath(new URL(`../../../${path}`, import.meta.url));
        const before = readFileSync(file, { encoding: 'utf8', flag: 'a+' });
        const after = make(before);
        if (before === after) continue;
        if (write) {
          writeFileSync(file, after);
        } else {
          process.stderr.write(`incline: ${path} is not what the code says; run: npm run docs\n`);
          exit(exitCode.userError);
        }
      }
    },
  };
}
