// How npm learns of the command. Where a package.json has `bin`, npx in that folder installs the folder into npm's cache
// first: seconds, the network, and a call that is interrupted then breaks every later one. A link in node_modules/.bin is
// started at once. So a clone has the link, and `bin` is only in a package: npm puts `npm_package_resolved` where it packs
// a folder, for `npm pack` as for `npm install git+…`. `postpack` and every later build take `bin` away again.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const program = 'dist/main.js';
// For a folder that is linked, not packed, it begins so.
const resolved = process.env.npm_package_resolved ?? 'file:';
const isPacking = !resolved.startsWith('file:') && process.env.npm_lifecycle_event !== 'postpack';

chmodSync(join(root, program), 0o755);
link(join(root, 'node_modules/.bin'));
declare(isPacking ? { incline: program } : undefined);

function link(folder) {
  mkdirSync(folder, { recursive: true });
  const made = join(folder, `.incline-${process.pid}`);
  rmSync(made, { force: true });
  symlinkSync(join('../..', program), made);
  renameSync(made, join(folder, 'incline'));
}

function declare(bin) {
  const file = join(root, 'package.json');
  const before = readFileSync(file, 'utf8');
  const after = `${JSON.stringify({ ...JSON.parse(before), bin }, undefined, 2)}\n`;
  if (after === before) return;
  writeFileSync(`${file}.${process.pid}`, after);
  renameSync(`${file}.${process.pid}`, file);
}
