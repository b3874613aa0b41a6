// Puts the program together in dist/: few files load in half the time of a thousand.
//
//     node .config/build.mjs                          dist/main.js and what it loads later
//     node .config/build.mjs --watch                  again after every change
//     node .config/build.mjs --entry FILE --out DIR   DIR/main.js of another module, for tests
import { cpSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, context } from 'esbuild';
import { external } from './external.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values } = parseArgs({
  options: { watch: { type: 'boolean' }, entry: { type: 'string' }, out: { type: 'string' } },
});

const options = {
  absWorkingDir: root,
  entryPoints: values.entry
    ? { main: values.entry }
    : { main: 'src/main.ts', batch_worker: 'src/trainer/session/batch_worker.ts' },
  outdir: values.out ?? 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external,
  // React's own checks and its record of every rendering are for developing it: half of what a frame costs, and memory.
  define: { 'process.env.NODE_ENV': '"production"' },
  // Packages that are not ECMAScript modules ask for Node's own ones by name.
  banner: { js: "import * as __module from 'node:module';\nconst require = __module.createRequire(import.meta.url);" },
  metafile: true,
  logLevel: 'warning',
};

if (values.watch) {
  await (await context(options)).watch();
} else {
  const { metafile } = await build(options);
  if (!values.out) finish(Object.keys(metafile.outputs).map((path) => basename(path)));
}

/** What was built before stays a while, and out of packages. */
function finish(made) {
  // Types for authors of plugins are made when it is packed.
  const all = [...made, ...withPython(), 'types', 'types/**'];
  writeFileSync(join(root, 'dist/.npmignore'), ['*', ...all.map((name) => `!${name}`), ''].join('\n'));
  removeOthers(new Set(all));
}

/** Puts the modules for Python beside the program, and nothing that Python left there. @returns what is to be packed */
function withPython() {
  const [from, to] = ['src/snapshots/python', 'dist/python'].map((path) => join(root, path));
  rmSync(to, { recursive: true, force: true });
  const modules = readdirSync(from).filter((name) => name.endsWith('.py'));
  for (const name of modules) cpSync(join(from, name), join(to, name));
  return ['python', ...modules.map((name) => `python/${name}`)];
}

/** Removes what builds of long ago made: a run that began with the one before may load parts of it yet. */
function removeOthers(made) {
  const folder = join(root, 'dist');
  const weekAgo = Date.now() - 7 * 24 * 3_600_000;
  for (const name of readdirSync(folder)) {
    const isOurs = !name.startsWith('.') && !made.has(name);
    if (isOurs && statSync(join(folder, name)).mtimeMs < weekAgo) rmSync(join(folder, name), { recursive: true });
  }
}
