// What comes from others: every package pinned by a checksum, none that must run a script to be installed, licences that
// let anybody use and pass on the program, no known hole. `--write` renews the list of licences.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const root = new URL('../', import.meta.url);
const registry = 'https://registry.npmjs.org/';
const listFile = new URL('.docs/licences.md', root);
/** Packages whose install script the program does without: it fetches CUDA, or stands in for a binary that is there. */
const scriptsNotNeeded = ['onnxruntime-node', 'core-js', 'esbuild'];
const permitted = [
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'MPL-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
];

const read = (name) => JSON.parse(readFileSync(new URL(name, root), 'utf8'));
const packages = Object.entries(read('package-lock.json').packages)
  .filter(([place]) => place !== '')
  .map(([place, one]) => ({ ...one, name: place.replace(/^.*node_modules\//, '') }));
const faults = [];

for (const { name, version, integrity, resolved, hasInstallScript, license, dev } of packages) {
  const say = (what) => faults.push(`${name}@${version}: ${what}`);
  if (!integrity?.startsWith('sha512-')) say('the lockfile has no sha512 for it');
  if (resolved !== undefined && !resolved.startsWith(registry)) say(`comes from ${resolved}, not from the registry`);
  if (hasInstallScript && !scriptsNotNeeded.includes(name)) say('wants to run a script when it is installed');
  if (!dev && !isPermitted(license)) say(`licence ${license ?? 'not stated'}`);
}

const list = licenceList();
if (process.argv.includes('--write')) writeFileSync(listFile, list);
else if (readText(listFile) !== list) faults.push('.docs/licences.md is out of date: npm run supply -- --write');

const audit = await knownHoles();
faults.push(...audit.holes);
for (const fault of faults) console.error(fault);
console.log(`${packages.length} packages, ${faults.length} faults; ${audit.said}`);
process.exitCode = faults.length > 0 ? 1 : 0;

function isPermitted(licence) {
  const parts = licence?.replace(/[()]/g, '').split(/ OR | AND /) ?? [];
  return licence?.includes(' OR ')
    ? parts.some((one) => permitted.includes(one))
    : parts.length > 0 && parts.every((one) => permitted.includes(one));
}

function licenceList() {
  const used = packages.filter(({ dev, peer }) => !dev && !peer);
  const rows = [...new Set(used.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`))].sort();
  return [
    '# Licences of the packages that the program uses',
    '',
    'Without those that only building and testing need. Written by `npm run supply -- --write`.',
    '',
    '| package | version | licence |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Asks the registry, where it can be reached and answers. */
async function knownHoles() {
  const { stdout } = await promisify(execFile)('npm', ['audit', '--json', '--loglevel=silent'], {
    cwd: root,
    timeout: 60_000,
    maxBuffer: 1 << 26,
  }).catch((error) => error);
  const report = asJson(stdout);
  if (!report?.vulnerabilities) return { holes: [], said: 'npm audit could not be reached' };
  const holes = Object.values(report.vulnerabilities).filter(({ severity }) => ['high', 'critical'].includes(severity));
  return {
    holes: holes.map(({ name, severity, range }) => `${name} ${range}: known hole, ${severity}; see npm audit`),
    said: `npm audit: ${JSON.stringify(report.metadata?.vulnerabilities ?? {})}`,
  };
}

function asJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
