import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { wholeEvents } from './journal.ts';
import { finished, killTrainers, program, sandbox, until } from './program.ts';

vi.setConfig({ testTimeout: 90_000 });

const box = sandbox();
const mounted: string[] = [];
afterAll(() => {
  killTrainers(box.folder);
  for (const folder of mounted) spawnSync('umount', [folder]);
  box.remove();
});

const eventsIn = (folder: string) => wholeEvents(join(folder, 'journal.jsonl'));

/** Makes one fsync of the program's fail, as a disk does that is away for a moment. */
const failingOnce = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { fsync } = fs;
let isDone = false;
fs.fsync = (file, done) => {
  if (isDone || !fs.readlinkSync('/proc/self/fd/' + file).includes('.safetensors')) return fsync(file, done);
  isDone = true;
  process.nextTick(done, Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO', syscall: 'fsync' }));
};
syncBuiltinESMExports();
`;

test.skipIf(!existsSync('/proc/self/fd'))(
  'one failed fsync costs a run without a screen nothing: it goes on, and says so twice',
  async () => {
    const fault = join(box.folder, 'fault.mjs');
    writeFileSync(fault, failingOnce);
    const words = [
      'train',
      'yang-tiny',
      '--steps',
      '3000',
      '--set',
      'snapshot.every=100',
      '--headless',
      '--name',
      'once',
    ];
    const child = spawn(process.execPath, ['--import', fault, program, ...words], {
      cwd: box.folder,
      env: box.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { code, out } = await finished(child);
    expect(code).toBe(0);
    expect(out.match(/cannot write: .*EIO.*training goes on/g)).toHaveLength(1);
    expect(out.match(/the disk writes again/g)).toHaveLength(1);
    const events = eventsIn(join(box.folder, 'snapshots', 'once'));
    expect(events.filter(({ type }) => type === 'paused')).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'run_finished', reason: 'completed', step: 3000 });
  },
);

const small = join(box.folder, 'small');
mkdirSync(small);
const canMount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small]).status === 0;
if (canMount) mounted.push(small);
else console.log('a full disk is not tried: mounting a small one needs more rights');

/** A run on the small disk, which was filled once the run had saved a snapshot and has refused a write since. */
async function runOnFullDisk(name: string) {
  const child = box.start(
    ...['train', 'yang-tiny', '--steps', '10000000', '--set', 'snapshot.every=200', '--set', 'snapshot.keep=1'],
    ...['--set', 'train.schedule=constant', '--json', '--dir', small, '--name', name],
  );
  const ended = finished(child);
  let out = '';
  child.stdout!.on('data', (chunk) => {
    out += chunk;
  });
  const printed = (what: RegExp, patience: number) => until(() => what.test(out), patience);
  await printed(/"snapshot_saved"/, 30_000);
  const filler = join(small, 'filler');
  spawnSync('sh', ['-c', `cat /dev/zero > ${filler} 2>/dev/null`]);
  await printed(/"kind":"disk"/, 30_000);
  return { child, ended, printed, makeRoom: () => rmSync(filler) };
}

test.skipIf(!canMount)('a start for which the disk has no room leaves its name free', async () => {
  const filler = join(small, 'filler');
  spawnSync('sh', ['-c', `cat /dev/zero > ${filler} 2>/dev/null`]);
  // Of pages of 4 KiB, the record takes one, and the lock would take the next.
  truncateSync(filler, statSync(filler).size - 4096);
  const words = ['train', 'yang-tiny', '--steps', '2', '--headless', '--dir', small, '--name', 'no-room'];
  const refused = await box.run(...words);
  rmSync(filler);
  expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/^incline: .*ENOSPC.*\n$/)]);
  expect(existsSync(join(small, 'no-room'))).toBe(false);
  expect((await box.run(...words)).code).toBe(0);
});

test.skipIf(!canMount)('a disk that was full for a while loses nothing', async () => {
  const { child, ended, printed, makeRoom } = await runOnFullDisk('r');
  makeRoom();
  await printed(/writes again/, 60_000);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 130 });
  const events = eventsIn(join(small, 'r'));
  expect(events.at(-1)).toMatchObject({ type: 'run_finished', reason: 'stopped' });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
});

test.skipIf(!canMount)(
  'a run that is told to end while the disk is full says why, what is kept, and what to do',
  async () => {
    const { child, ended, makeRoom } = await runOnFullDisk('full');
    child.kill('SIGTERM');
    const { code, err } = await ended;
    makeRoom();
    expect({ code, err }).toEqual({
      code: 130,
      err: expect.stringMatching(
        /^incline: SIGTERM: stopped at step [\d ]+; the last state could not be saved \(.*no space.*\); step [\d ]+ is kept; make room and go on with: npx incline train --resume .*\.safetensors\n$/i,
      ),
    });
  },
  90_000,
);
