import { type ExecFileOptions, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { version } from '../../src/core/package_files.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder = '';

/** A clone after `npm ci`, whose npm has an empty cache and no network. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-npx-'));
  for (const file of ['package.json', '.npmrc', '.config/command.mjs', '.config/external.mjs']) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, 'dist'), join(folder, 'dist'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** How commands run there. @param more variables that npm sets where it does something else than to build */
function options(more: NodeJS.ProcessEnv = {}): ExecFileOptions & { readonly env: NodeJS.ProcessEnv } {
  const usual = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const env = {
    npm_config_cache: join(folder, 'cache'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  };
  return { cwd: folder, env: { ...Object.fromEntries(usual), ...env, ...more } };
}

const command = (more?: NodeJS.ProcessEnv) =>
  promisify(execFile)(process.execPath, ['.config/command.mjs'], options(more));
const manifest = () => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;

test('npx starts the program of a clone at once, also after a call that was interrupted, and installs nothing', async () => {
  await command();
  const first = spawn('npx', ['incline', '--version'], { ...options(), detached: true, stdio: 'ignore' });
  setTimeout(() => process.kill(-first.pid!, 'SIGKILL'), 300);
  await once(first, 'exit');
  const { stdout } = await promisify(execFile)('npx', ['incline', '--version'], options());
  expect(stdout).toBe(`${version}\n`);
  expect(existsSync(join(folder, 'cache/_npx'))).toBe(false);
});

test('a package names the command, and neither the clone after it does nor one that packing was interrupted in', async () => {
  const before = readFileSync(join(folder, 'package.json'), 'utf8');
  expect(manifest()).not.toHaveProperty('bin');
  await command({ npm_package_resolved: folder });
  expect(manifest()).toHaveProperty('bin', { incline: 'dist/main.js' });
  expect(Object.keys(manifest()['dependencies'] as object)).toEqual(['@resvg/resvg-js', 'onnxruntime-node']);
  await command({ npm_package_resolved: folder, npm_lifecycle_event: 'postpack' });
  expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe(before);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest(), bin: { incline: 'dist/main.js' } }));
  await command({ npm_package_resolved: `file:${folder}` });
  expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe(before);
});
