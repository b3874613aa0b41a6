import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../../src/core/package_files.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const platform = `${process.platform}-${process.arch}`;
const folder = mkdtempSync(join(tmpdir(), 'incline-bundle-'));
const [unpacked, elsewhere] = [join(folder, 'unpacked'), join(folder, 'else where')];
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Words before a command that take the network from it, where that is allowed. */
const offline = ['unshare', '--map-root-user', '--net'];
const canBeOffline = spawnSync(offline[0]!, [...offline.slice(1), 'true']).status === 0;

/** Starts a program with an empty search path, and no network where that can be taken away. */
function start(program: string, words: readonly string[], cwd = elsewhere) {
  const bare = ['/usr/bin/env', '-i', 'PATH=', `HOME=${folder}`, `XDG_RUNTIME_DIR=${folder}`, program, ...words];
  const [first, ...rest] = canBeOffline ? [...offline, ...bare] : bare;
  const { status, stdout, stderr } = spawnSync(first!, rest, { cwd, encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

describe.runIf(['linux-x64', 'linux-arm64', 'darwin-arm64'].includes(platform))('an archive', () => {
  /** With the Node that runs the tests, so that nothing is fetched. */
  beforeAll(() => {
    mkdirSync(elsewhere);
    const words = ['.config/bundle.mjs', platform, '--folder', unpacked, '--node', process.execPath];
    execFileSync(process.execPath, words, { cwd: root });
  }, 120_000);

  test('trains and draws with an empty search path and no network', () => {
    expect(start(join(unpacked, 'incline'), ['--version'])).toEqual({ status: 0, out: `${version}\n`, err: '' });
    const words = ['--headless', '--steps', '20', '--name', 'mine', '--device', 'cpu'];
    const trained = start(join(unpacked, 'incline'), ['train', 'yang-tiny', ...words]);
    expect(trained.err).toBe('');
    expect(trained.out).toContain(`${join(unpacked, 'incline')} train --resume snapshots/mine/step-00000020`);
    expect(start(join(unpacked, 'incline'), ['compare', 'li', 'li-pruned', '--png', 'both.png']).status).toBe(0);
    expect(existsSync(join(elsewhere, 'both.png'))).toBe(true);
  });

  test('holds the native files of its platform alone', () => {
    const files = readdirSync(unpacked, { recursive: true, encoding: 'utf8' });
    const native = files.filter((file) => /\.(node|so|so\.\d|dylib|dll)$/.test(file));
    expect(native.length).toBeGreaterThanOrEqual(3);
    const [system, processor] = platform.split('-') as [string, string];
    for (const file of native) expect(file).toMatch(new RegExp(`${system}.${processor}`));
    if (system !== 'linux') return;
    const needed = native.flatMap((file) => readFileSync(join(unpacked, file), 'latin1').match(/GLIBC_2\.\d+/g) ?? []);
    expect(Math.max(...needed.map((name) => Number(name.split('.')[1])))).toBeLessThanOrEqual(28);
  });

  test('starts where it was moved to, and by a link', () => {
    const link = join(elsewhere, 'linked');
    symlinkSync('../unpacked/incline', link);
    expect(start('./linked', ['--version']).out).toBe(`${version}\n`);
    expect(start('./linked', ['snapshots', 'list', '--dir', 'none']).out).toContain('start one with ./linked train');
  });

  test('says in one line why its Node does not start', () => {
    const old = join(folder, 'old');
    mkdirSync(old);
    cpSync(join(unpacked, 'incline'), join(old, 'incline'));
    const said = "/lib64/libc.so.6: version `GLIBC_2.28' not found (required by ./node)";
    writeFileSync(
      join(old, 'node'),
      `#!/bin/sh\necho "$0: ${said.replaceAll('`', '\\`')}" >&2\necho more >&2\nexit 1\n`,
      { mode: 0o755 },
    );
    const { status, err } = start(join(old, 'incline'), []);
    expect(status).toBe(2);
    expect(err).toMatch(/^incline: this archive needs .*; its Node does not start here: .*GLIBC_2\.28' not found.*\n$/);
    rmSync(join(old, 'node'));
    expect(start(join(old, 'incline'), []).err).toMatch(/^incline: this archive needs .*\n$/);
  });
});
