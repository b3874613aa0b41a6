import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { killTrainers, program, sandbox } from './program.ts';
import { spawnInTerminal, TerminalSession } from './terminal.ts';

const box = sandbox();
const unasked = sandbox();
const sessions: TerminalSession[] = [];
const keep = (session: TerminalSession) => {
  sessions.push(session);
  return session;
};
const train = (name: string) => ['train', 'yang-quick', '--set', 'train.steps=16000000', '--name', name];

const on = '\x1b[?1000h\x1b[?1006h';
const off = '\x1b[?1006l\x1b[?1000l';
const counts = ({ raw }: TerminalSession) => [raw.split(on).length - 1, raw.split(off).length - 1];

beforeAll(async () => {
  expect((await box.run('config', 'set', 'mouse', 'on')).code).toBe(0);
  expect((await box.run('config', 'set', 'mouse', 'perhaps')).code).toBe(2);
});
afterEach(() => {
  for (const session of sessions.splice(0)) session.kill();
});
afterAll(() => {
  for (const { folder, remove } of [box, unasked]) {
    killTrainers(folder);
    remove();
  }
});

test('the mouse focuses, selects and zooms, and is given back when the screen is left', async () => {
  const screen = keep(TerminalSession.open(box.folder, box.environment, train('pointed')));
  // The first picture can come before the number of heads.
  await screen.see(/▸H0.* H1/, 30_000);
  expect(counts(screen)).toEqual([1, 0]);
  const y = screen.rows.findIndex((row) => row.includes('▸H0'));
  const x = screen.rows[y]!.indexOf(' H1') + 1;
  screen.press(`\x1b[<0;${x + 1};${y + 1}M\x1b[<0;${x + 1};${y + 1}m`);
  await screen.see(/▸H1/);
  await screen.see(/╭▸ 2 heads/);
  // No part of a report is taken for a key.
  screen.press('\x1b[<65;10;10M');
  await screen.see(/- out: all steps are in view/);
  await screen.see(/● training/);
  expect(screen.raw).not.toContain('paused');
  screen.press('qd');
  expect(await screen.exit()).toBe(0);
  expect(counts(screen)).toEqual([1, 1]);
});

test('the mouse is given back after SIGTERM', async () => {
  const screen = keep(TerminalSession.open(box.folder, box.environment, train('ended')));
  await screen.see(/● training/, 30_000);
  process.kill(screen.pid, 'SIGTERM');
  await screen.exit();
  expect(counts(screen)).toEqual([1, 1]);
  expect(screen.raw.lastIndexOf(off)).toBeGreaterThan(screen.raw.lastIndexOf(on));
});

test('the shell has the mouse while the screen is suspended', async () => {
  const environment = { ...box.environment, PS1: '$ ', HISTFILE: '' };
  const shell = keep(new TerminalSession(spawnInTerminal(['bash', '--norc', '-i'], box.folder, environment)));
  await shell.see(/^\$$/m);
  shell.press(`${[process.execPath, program, ...train('away')].join(' ')}\r`);
  await shell.see(/● training/, 30_000);
  shell.press('\x1a');
  await shell.see(/Stopped/);
  expect(counts(shell)).toEqual([1, 1]);
  shell.press('fg\r');
  await shell.see(/● training/);
  expect(counts(shell)).toEqual([2, 1]);
  shell.press('qs');
  await shell.see(/incline train --resume/);
  expect(counts(shell)).toEqual([2, 2]);
});

test('unasked, the mouse is left to the terminal', async () => {
  const screen = keep(TerminalSession.open(unasked.folder, unasked.environment, train('alone')));
  await screen.see(/● training/, 30_000);
  screen.press('qd');
  expect(await screen.exit()).toBe(0);
  expect(screen.raw).not.toMatch(/\?100[0-6]/);
});
