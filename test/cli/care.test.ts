import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { wholeEvents } from './journal.ts';
import { killTrainers, program, sandbox, until } from './program.ts';
import { spawnInTerminal, TerminalSession } from './terminal.ts';

vi.setConfig({ testTimeout: 120_000 });

const box = sandbox();
const sessions: TerminalSession[] = [];
const keep = (session: TerminalSession) => {
  sessions.push(session);
  return session;
};
const train = (run: string, ...words: string[]) =>
  ['train', 'yang-quick', '--set', 'train.steps=16000000', '--threads', '1', '--name', run, ...words] as const;
const events = (run: string) => wholeEvents(join(box.folder, 'snapshots', run, 'journal.jsonl'));
const lastStep = (run: string) => events(run).at(-1)!.step;
const residentBytes = (pid: number) =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

afterEach(() => {
  for (const session of sessions.splice(0)) session.kill();
});
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});

test('ctrl+z gives the shell its screen back, the run goes on, and fg brings the whole picture', async () => {
  const environment = { ...box.environment, PS1: '$ ', HISTFILE: '' };
  const shell = keep(new TerminalSession(spawnInTerminal(['bash', '--norc', '-i'], box.folder, environment)));
  await shell.see(/^\$$/m);
  shell.press(`echo before; ${[process.execPath, program, ...train('suspended')].join(' ')}\r`);
  await shell.see(/● training/, 30_000);
  shell.press('\x1a');
  // The shell's own screen, with what stood there, a cursor, and a job that is stopped.
  await shell.see(/Stopped/);
  expect(shell.text).toContain('before');
  expect(shell.text).not.toContain('● training');
  expect(shell.raw.lastIndexOf('\x1b[?25h')).toBeGreaterThan(shell.raw.lastIndexOf('\x1b[?25l'));
  shell.press('echo echoed-$((40+2))\r');
  await shell.see(/^echoed-42/m);
  const left = lastStep('suspended');
  await until(() => lastStep('suspended') > left + 20);
  shell.press('fg\r');
  await shell.see(/● training/);
  await shell.see(/▸H0/);
  expect(shell.text).not.toContain('echoed-42');
  await until(() => shell.rows.at(-1)!.includes('q leave'));
  const before = shell.rows[0];
  await until(() => shell.rows[0] !== before);
  shell.press('qs');
  // The program has ended when the shell asks again.
  await shell.see(/incline train --resume[^$]*^\$$/m);
  shell.press('exit\r');
  await until(() => shell.exitCode !== undefined);
});

test('a storm of sizes ends in one picture of the last size, without clearing the screen', async () => {
  const screen = keep(TerminalSession.open(box.folder, box.environment, train('resized')));
  await screen.see(/● training/, 30_000);
  for (let size = 0; size < 100; size++) {
    screen.resize(60 + ((size * 37) % 140), 15 + ((size * 17) % 45));
    if (size % 5 === 0) await sleep(10);
  }
  screen.resize(100, 30);
  await until(() => screen.rows[0]!.includes('● training') && screen.rows.at(-1)!.includes('space pause'));
  // Only one bar of each kind, and nothing beyond the picture.
  await sleep(1000);
  expect(screen.rows.filter((row) => row.includes('space pause'))).toHaveLength(1);
  expect(screen.rows.filter((row) => row.includes('● training'))).toHaveLength(1);
  expect(screen.clears).toBe(0);
});

const hasProcesses = existsSync('/proc/self/status');
test.skipIf(!hasProcesses)(
  'a terminal that does not read for ten seconds costs neither training nor memory, then shows what is newest',
  async () => {
    const screen = keep(TerminalSession.open(box.folder, box.environment, train('stalled', '--set', 'train.pace=0')));
    await screen.see(/● training/, 30_000);
    await sleep(3000);
    const rate = async (seconds: number) => {
      const [step, started] = [lastStep('stalled'), performance.now()];
      await sleep(1000 * seconds);
      return (1000 * (lastStep('stalled') - step)) / (performance.now() - started);
    };
    const reading = await rate(3);
    screen.pause();
    // Pseudo-terminal and pipe fill up first.
    await sleep(3000);
    const [memory, bytes] = [residentBytes(screen.pid), screen.bytes];
    const stalled = await rate(7);
    expect(screen.bytes).toBe(bytes);
    expect(stalled).toBeGreaterThan(reading / 2);
    expect(residentBytes(screen.pid) - memory).toBeLessThan(30 * 2 ** 20);
    const missed = lastStep('stalled');
    const resumed = performance.now();
    screen.resume();
    await until(() => screen.step >= missed, 5000);
    console.log(
      `${Math.round(reading)} steps/s while it reads, ${Math.round(stalled)} while not; ` +
        `the newest frame ${Math.round(performance.now() - resumed)} ms after it reads again`,
    );
  },
);
