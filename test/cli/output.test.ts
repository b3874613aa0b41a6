import { spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { finished, killTrainers, program, sandbox } from './program.ts';

vi.setConfig({ testTimeout: 60_000 });

const box = sandbox();
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});

/** Runs the program with a standard output (and error) that the system gives no room. */
const runFull = (words: readonly string[], alsoError = false) => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [program, ...words], {
    cwd: box.folder,
    env: box.environment,
    stdio: ['ignore', full, alsoError ? full : 'pipe'],
  });
  return finished(child);
};
const isThere = existsSync('/dev/full');

describe.skipIf(!isThere)('a standard output that cannot be written', () => {
  test.each(['--headless', '--json'])('costs a run with %s nothing but what it prints', async (flag) => {
    const run = `full${flag}`;
    const { code, err } = await runFull(['train', 'yang-tiny', '--steps', '300', flag, '--name', run]);
    expect(err).toMatch(/^incline: standard output cannot be written \(ENOSPC.*training goes on.*journal\.jsonl\n$/);
    expect(code).toBe(2);
    const folder = join(box.folder, 'snapshots', run);
    const last = readdirSync(folder)
      .filter((name) => name.endsWith('.safetensors'))
      .at(-1)!;
    expect((await readSnapshot(join(folder, last))).snapshot.step).toBe(300);
    expect(readFileSync(join(folder, 'journal.jsonl'), 'utf8')).toContain('"completed"');
  });

  test('nor where standard error is full too', async () => {
    const { code } = await runFull(['train', 'yang-tiny', '--steps', '300', '--json', '--name', 'both'], true);
    expect(code).toBe(2);
    expect(readFileSync(join(box.folder, 'snapshots', 'both', 'journal.jsonl'), 'utf8')).toContain('"completed"');
  });

  test.each([
    ['presets list', ['presets', 'list']],
    ['presets show', ['presets', 'show', 'yang-quick']],
    ['devices', ['devices']],
    ['theory', ['theory', 'yang-quick']],
    ['snapshots list', ['snapshots', 'list']],
    ['help', ['--help']],
  ] as const)('ends %s in one line and a status', async (_name, words) => {
    const { code, err } = await runFull(words);
    expect(err).toMatch(/^incline: standard output cannot be written \(ENOSPC[^\n]*\n$/);
    expect(code).toBe(2);
  });
});
