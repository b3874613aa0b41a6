import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { thisProcess } from '../../src/core/process.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { killTrainers, sandbox, until } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});

const start = (name: string, ...words: string[]) =>
  box.run('train', 'yang-tiny', '--name', name, '--detach', '--threads', '1', '--steps', '1000000', ...words);

test('says so where no run is going, and refuses a name of none', async () => {
  expect(await box.run('stop')).toEqual({ code: 0, out: 'no run is going in snapshots\n', err: '' });
  expect(await box.run('stop', '--all')).toEqual({ code: 0, out: 'no run is going in snapshots\n', err: '' });
  expect(await box.run('stop', 'away')).toEqual({
    code: 2,
    out: '',
    err: 'incline: no run "away" is going in snapshots\n',
  });
}, 30_000);

test('stops the only run, saved, and says how to go on; until then it is not removed', async () => {
  expect((await start('away')).code).toBe(0);
  const removal = await box.run('snapshots', 'remove', 'away', '--yes');
  expect(removal).toMatchObject({
    code: 2,
    err: expect.stringMatching(/stop it first with: npx incline stop away\n$/),
  });
  const wrong = await box.run('stop', 'awya');
  expect(wrong).toEqual({
    code: 2,
    out: '',
    err: 'incline: no run "awya" is going in snapshots; expected one of away; did you mean away?\n',
  });

  const { code, out, err } = await box.run('stop');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  // Another run that is going is not what was meant.
  expect((await box.run('stop', 'away')).err).toBe(
    'incline: run "away" is not going; it is over; look at it with: npx incline replay away\n',
  );
  const told =
    /^away: stopped and saved at step ([\d ]+); go on with npx incline train --resume (snapshots\/away\/step-\d+\.safetensors)\n$/u;
  expect(out).toMatch(told);
  const [, step, file] = told.exec(out.replace(/\u00a0|\u202f/g, ' '))!;
  const { snapshot } = await readSnapshot(join(box.folder, file!));
  expect(snapshot.step).toBe(Number(step!.replace(/ /g, '')));
  expect(snapshot.step).toBeLessThan(1_000_000);

  // It has ended: nothing is left to stop, and everything may go.
  expect((await box.run('stop', 'away')).code).toBe(2);
  expect((await box.run('snapshots', 'remove', 'away', '--yes')).code).toBe(0);
  expect(existsSync(join(box.folder, 'snapshots/away'))).toBe(false);
}, 60_000);

test('of several asks for names, or takes --all; a name that is not going stops none', async () => {
  await start('one', '--paused');
  await start('two');
  const asked = await box.run('stop');
  expect(asked).toMatchObject({ code: 2, out: '' });
  expect(asked.err).toBe('incline: several runs are active; expected one or more of one, two; or --all\n');
  expect((await box.run('stop', 'one', 'three')).code).toBe(2);
  expect((await box.run('stop', 'one', '--all')).code).toBe(2);
  const first = await box.run('stop', 'snapshots/one');
  expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^one: stopped and saved at step 0; [^\n]*\n$/) });
  await start('three');
  const { code, out } = await box.run('stop', '--all');
  expect(code).toBe(0);
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => line.split(':')[0])
      .sort(),
  ).toEqual(['three', 'two']);
  expect((await box.run('stop')).out).toBe('no run is going in snapshots\n');
}, 120_000);

test('stops a run of the folder whose lock was removed by hand', async () => {
  await start('unlocked');
  rmSync(join(box.folder, 'snapshots/unlocked/lock.json'));
  const { code, out, err } = await box.run('stop', 'unlocked');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^unlocked: stopped and saved at step /);
  // Without a lock its process alone tells that it goes on.
  await until(async () => (await box.run('stop')).out.startsWith('no run is going'));
}, 60_000);

test('asks on a terminal where no run is named', async () => {
  await start('asked');
  const answered = async (answer: string, told: RegExp): Promise<void> => {
    const session = TerminalSession.open(box.folder, box.environment, ['stop']);
    await session.see(/stop asked \(snapshots\)\? \[y\/N\]/);
    session.press(`${answer}\r`);
    await session.see(told);
    expect(await session.exit()).toBe(0);
  };
  await answered('n', /nothing stopped/);
  await answered('y', /asked: stopped and saved at step/);
}, 120_000);

test('a run in a folder of runs within this one is not of this one', async () => {
  expect((await start('inner', '--dir', 'outer/sub')).code).toBe(0);
  const stopped = await box.run('stop', '--all', '--dir', 'outer');
  expect(stopped).toEqual({ code: 0, out: 'no run is going in outer\n', err: '' });
  expect((await box.run('stop', '--all', '--dir', 'outer/sub')).out).toContain('inner: stopped and saved');
}, 60_000);

test('the lock of a sweep that names another process gets it no signal', async () => {
  const other = spawn('sleep', ['600'], { stdio: 'ignore' });
  const folder = join(box.folder, 'foreign', 'swept');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'sweep.json'), '{}');
  const born = readFileSync(`/proc/${other.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[19];
  const now = new Date().toISOString();
  const holder = { ...thisProcess(), pid: other.pid, born, started: now, heartbeat: now };
  writeFileSync(join(folder, 'lock.json'), JSON.stringify({ v: 1, id: randomUUID(), ...holder }));
  try {
    const { code, err } = await box.run('stop', 'swept', '--dir', 'foreign');
    expect([code, err]).toEqual([2, expect.stringMatching(/lock\.json: process \d+ is no sweep; remove the lock\n$/)]);
    expect(other.exitCode ?? other.signalCode).toBeNull();
  } finally {
    other.kill();
  }
}, 30_000);

test('a file, a link to itself and a link to nothing in the folder of runs are passed over', async () => {
  const folder = join(box.folder, 'littered');
  mkdirSync(folder);
  writeFileSync(join(folder, 'README.md'), 'hello');
  symlinkSync('loop', join(folder, 'loop'));
  symlinkSync('nothing', join(folder, 'away'));
  for (const words of [
    ['stop', '--all'],
    ['snapshots', 'list'],
  ]) {
    expect(await box.run(...words, '--dir', 'littered')).toMatchObject({ code: 0, err: '' });
  }
}, 30_000);
