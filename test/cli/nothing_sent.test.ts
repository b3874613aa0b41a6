import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { finished, killTrainers, program, sandbox, until } from './program.ts';

const box = sandbox();
const home = join(box.folder, 'home');
mkdirSync(home);
const environment: NodeJS.ProcessEnv = { ...box.environment, HOME: home };
// What this process may have been told must not be what keeps the library quiet.
for (const name of ['ORT_DISABLE_TELEMETRY', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME']) {
  delete environment[name];
}
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});

const run = (...words: string[]) =>
  finished(
    spawn(process.execPath, [program, ...words], {
      cwd: box.folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );

test('nothing is written but the run and the preferences', async () => {
  const run40 = ['train', 'yang-tiny', '--headless', '--steps', '40', '--name', 'r'];
  for (const words of [run40, ['eval', 'r'], ['prune', 'r'], ['theory', 'yang-tiny'], ['devices']]) {
    expect(await run(...words), words.join(' ')).toMatchObject({ code: 0 });
  }
  expect(readdirSync(home, { recursive: true })).toEqual([]);
  const beside = readdirSync(box.folder).filter((name) => name !== 'home');
  for (const name of beside) expect(name).toMatch(/^(snapshots|incline.*)$/);
});

const tracer = whyNoTracer();
if (tracer) console.warn(`which sockets a run opens is not tested: ${tracer}`);
test('a tracer is there where it has to be', () => {
  if (process.env['INCLINE_NEEDS_STRACE']) expect(tracer).toBeUndefined();
});

describe.skipIf(tracer !== undefined)('sockets', () => {
  // The library's own pause before it first looks up its collector is 9 s.
  const patience = 12_000;

  test('a run opens none but its own, which is a file', async () => {
    const log = join(box.folder, 'calls');
    const words = ['train', 'yang-tiny', '--paused', '--detach', '--name', 'traced', '--dir', 'traced'];
    const trace = ['-f', '--seccomp-bpf', '-e', 'trace=socket,connect', '-o', log];
    const traced = finished(
      spawn('strace', [...trace, process.execPath, program, ...words], { cwd: box.folder, env: environment }),
    );
    const journal = join(box.folder, 'traced', 'traced', 'journal.jsonl');
    await until(() => readText(journal).includes('run_started'));
    await sleep(patience);
    expect(await run('stop', 'traced', '--dir', 'traced')).toMatchObject({ code: 0 });
    await traced;
    const calls = readText(log);
    expect(calls).toContain('AF_UNIX');
    expect(calls).not.toMatch(/AF_INET|AF_NETLINK|AF_PACKET/);
  });
});

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Why calls of the system cannot be watched; undefined where they can. */
function whyNoTracer(): string | undefined {
  try {
    execFileSync('strace', ['-f', '--seccomp-bpf', '-e', 'trace=socket', '-o', '/dev/null', 'true'], {
      stdio: 'ignore',
    });
    return undefined;
  } catch (error) {
    return `strace cannot be used here (${(error as Error).message.split('\n')[0]})`;
  }
}
