import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** What `--version` and `--help` may load besides the program's own modules. */
const packages = /^(node:|yargs\/helpers$|fastest-levenshtein$|string-width$)/;
/** Rooms with settings of tasks and models, which take longer to load than all that a command line needs. */
const heavy = /^src\/(tasks|models|presets|engine|graph|ui|reproduce|runs)\//;

it('starts with little: what a command does is loaded when it is run', async () => {
  const root = new URL('../../', import.meta.url).pathname;
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    metafile: true,
    write: false,
  });
  const loaded = new Set<string>();
  const outside = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: next, kind, external } of metafile.inputs[path]!.imports) {
      // Of those that come later, the first is what main waits for before it reads the command line.
      if (kind === 'dynamic-import' && path !== 'src/main.ts') continue;
      if (external) outside.add(next);
      else load(next);
    }
  };
  load('src/main.ts');
  load('src/cli/parser/help.ts');

  expect(loaded).toContain('src/cli/run.ts');
  expect([...loaded].filter((path) => heavy.test(path))).toEqual([]);
  expect([...outside].filter((name) => !packages.test(name))).toEqual([]);
});
