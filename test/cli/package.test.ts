import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from '../../src/core/package_files.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'incline-package-'));
const [clone, installed, elsewhere] = ['clone', 'installed', 'else where'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name !== 'INCLINE_COMMAND' && !/^npm_(package|lifecycle)_/.test(name)),
);
const bytesOf = (path: string): number => statSync(path).size;
let tarball = '';

/** Packs what is built, in a copy so that nothing here changes meanwhile, and installs that for all folders. */
beforeAll(async () => {
  for (const path of [clone, elsewhere]) mkdirSync(path);
  for (const part of ['package.json', 'README.md', 'LICENSE', '.config', '.docs', 'dist', 'presets', 'snapshots']) {
    // Other tests build into hidden folders of `dist` and remove them at any time.
    cpSync(join(root, part), join(clone, part), {
      recursive: true,
      filter: (path) => !basename(path).startsWith('.spoilt-'),
    });
  }
  const run = (file: string, words: string[], more: NodeJS.ProcessEnv = {}) =>
    promisify(execFile)(file, words, { cwd: clone, env: { ...environment, ...more } });
  const types = ['-p', join(root, '.config/types.json'), '--outDir', join(clone, 'dist/types')];
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...types]);
  await run(process.execPath, ['.config/command.mjs'], { npm_package_resolved: clone });
  await run('npm', ['pack', '--ignore-scripts']);
  tarball = join(clone, readdirSync(clone).find((name) => name.endsWith('.tgz'))!);
  const quick = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', '--global', '--prefix', installed, ...quick, tarball]);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function incline(...words: string[]): Promise<string> {
  const PATH = [join(installed, 'bin'), process.env['PATH']].join(delimiter);
  const { stdout } = await promisify(execFile)('incline', words, {
    cwd: elsewhere,
    env: { ...environment, PATH, XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: folder },
  });
  return stdout;
}

test('the package is small, and holds no build or run of before', () => {
  const home = join(installed, 'lib/node_modules/incline-icl');
  expect(bytesOf(tarball)).toBeLessThan(8_000_000);
  const parts = readFileSync(join(root, 'dist/.npmignore'), 'utf8').match(/(?<=^!).+/gm)!;
  const packed = readdirSync(join(home, 'dist'), { recursive: true, encoding: 'utf8' });
  expect(packed.filter((name) => !name.startsWith('types/')).sort()).toEqual(
    parts.filter((name) => name !== 'types/**').sort(),
  );
  const { exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  expect(existsSync(join(home, exports['.'].types))).toBe(true);
  expect(existsSync(join(home, '.docs/python.md'))).toBe(true);
  expect(parts).toContain('python/incline_snapshots.py');
  const samples = readFileSync(join(root, 'snapshots/.gitignore'), 'utf8').match(/(?<=^!\/)[\w-]+(?=\/)/gm)!;
  const runs = readdirSync(join(home, 'snapshots'), { withFileTypes: true }).filter((one) => one.isDirectory());
  expect(runs.map(({ name }) => name).sort()).toEqual(samples.sort());
});

test('installed for all folders, it finds presets, recipes and samples, and keeps runs where one works', async () => {
  expect(await incline('--version')).toBe(`${version}\n`);
  expect(await incline('presets', 'list')).toContain('yang-quick');
  expect(await incline('reproduce')).toContain('yang-fig4');
  expect(await incline('snapshots', 'list')).toContain(
    'start one with incline train, or play a sample: incline replay li',
  );
  expect(JSON.parse(await incline('eval', 'li', '--prompts', '10', '--json'))).toHaveProperty('metrics');
  expect(await incline('compare', 'li', 'li-pruned', '--csv')).toContain('li-pruned');
  const words = ['--headless', '--steps', '10', '--name', 'mine', '--device', 'cpu'];
  expect(await incline('train', 'yang-tiny', ...words)).toContain(
    'incline train --resume snapshots/mine/step-00000010',
  );
  expect(readdirSync(join(elsewhere, 'snapshots', 'mine'))).toContain('step-00000010.safetensors');
  await incline('snapshots', 'export', 'mine', '--to', 'onnx', '--out', 'mine.onnx');
  await incline('compare', 'li', 'li-pruned', '--png', 'heads.png');
  expect(bytesOf(join(elsewhere, 'heads.png'))).toBeGreaterThan(10_000);
});

test('what belongs to the program is not changed by its name', async () => {
  await expect(incline('snapshots', 'remove', 'li', '--yes')).rejects.toThrow('no such run or snapshot');
});
