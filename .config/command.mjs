// How npm learns of the command. Where a package.json has `bin`, npx in that folder installs the folder into npm's cache
// first: seconds, the network, and a call that is interrupted then breaks every later one. A link in node_modules/.bin is
// started at once. So a clone has the link, and `bin` is only in a package: npm puts `npm_package_resolved` where it packs
// a folder, for `npm pack` as for `npm install git+…`. A package does not depend on what the build has put into it either.
// `postpack` takes both back, and so does every build.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { external } from './external.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const program = 'dist/main.js';
// For a folder that is linked, not packed, it begins so.
const resolved = process.env.npm_package_resolved ?? 'file:';
const isPacking = !resolved.startsWith('file:') && process.env.npm_lifecycle_event !== 'postpack';

chmodSync(join(root, program), 0o755);
link(join(root, 'node_modules/.bin'));
declare();

function link(folder) {
  mkdirSync(folder, { recursive: true });
  const made = join(folder, `.incline-${process.pid}`);
  rmSync(made, { force: true });
  symlinkSync(join('../..', program), made);
  renameSync(made, join(folder, 'incline'));
}

function declare() {
  const file = join(root, 'package.json');
  const before = readFileSync(file, 'utf8');
  const { bin: _, builtIn, ...own } = JSON.parse(before);
  const dependencies = Object.entries({ ...own.dependencies, ...builtIn }).sort(([a], [b]) => (a < b ? -1 : 1));
  const those = (are) => Object.fromEntries(dependencies.filter(([name]) => external.includes(name) === are));
  const declared = isPacking
    ? { ...own, dependencies: those(true), builtIn: those(false), bin: { incline: program } }
    : { ...own, dependencies: Object.fromEntries(dependencies) };
  const after = `${JSON.stringify(declared, undefined, 2)}\n`;
  if (after === before) return;
  writeFileSync(`${file}.${process.pid}`, after);
  renameSync(`${file}.${process.pid}`, file);
}
