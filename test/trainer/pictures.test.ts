import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StorageError } from '../../src/core/files.ts';
import { indexProbeFile, readProbeFrame } from '../../src/snapshots/probe_file.ts';
import { PictureRecorder } from '../../src/store/picture_recorder.ts';
import { ManualClock } from './fake_session.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-'));
  path = join(folder, 'probe.bin');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const verify = () => undefined;

let now = 0;
const picture = async () => ({ attention: { shape: [100], data: new Float32Array(100).fill(now / 1e6) } });

async function run(options: { from: number; to: number; limit?: number; every?: number }): Promise<number[]> {
  const { from, to, limit, every = 1 } = options;
  const clock = new ManualClock();
  const keeper = await PictureRecorder.open({
    path,
    start: from,
    clock,
    probe: picture,
    verify,
    ...(limit && { limit }),
  });
  for (now = from; now <= to; now += every) await keeper.observe(now);
  await keeper.close();
  return (await indexProbeFile(path)).records.map(({ step }) => step);
}

test('pictures are dense at first and then spaced by a factor', async () => {
  const steps = await run({ from: 0, to: 100_000 });
  expect(steps.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, i) => i));
  const late = steps.filter((step) => step > 1000);
  for (const [i, step] of late.entries()) if (i > 0) expect(step / late[i - 1]!).toBeCloseTo(1.03, 2);
  expect(steps.length).toBeLessThan(350);
});

test('the file stays below its limit, and what is given up leaves the rest evenly spread', async () => {
  const limit = 20_000;
  const steps = await run({ from: 0, to: 200_000, limit });
  expect(statSync(path).size).toBeLessThanOrEqual(limit);
  expect(steps[0]).toBe(0);
  expect(steps.length).toBeGreaterThan(25);
  const ratios = steps.slice(1).flatMap((step, i) => (steps[i]! > 500 ? [step / steps[i]!] : []));
  expect(Math.max(...ratios) / Math.min(...ratios)).toBeLessThan(2);
  const index = await indexProbeFile(path);
  for (const [position, step] of steps.entries()) {
    const { attention } = (await readProbeFrame(index, position)).tensors;
    expect(attention!.data[0]).toBeCloseTo(step / 1e6, 3);
  }
});

test('a run that goes on in its folder keeps earlier pictures and gives up later ones', async () => {
  const first = await run({ from: 0, to: 500 });
  const both = await run({ from: 200, to: 300, every: 10 });
  expect(both.filter((step) => step <= 200)).toEqual(first.filter((step) => step <= 200));
  expect(both.filter((step) => step > 200).slice(0, 2)).toEqual([210, 220]);
});

test('a model whose pictures are slow is not held up by them', async () => {
  const clock = new ManualClock();
  let taken = 0;
  const slow = async () => {
    taken++;
    clock.time += 50;
    return picture();
  };
  const keeper = await PictureRecorder.open({ path, start: 0, clock, probe: slow, verify });
  for (let step = 0; step < 1000; step++) {
    clock.time += 10;
    await keeper.observe(step);
  }
  expect(50 * taken).toBeLessThan(0.02 * clock.time + 300);
  expect(taken).toBeGreaterThan(4);
});

test('a machine that is held up now and then does not cost the pictures of what comes after', async () => {
  const clock = new ManualClock();
  let taken = 0;
  const picturing = async () => {
    clock.time += taken++ % 10 === 1 ? 400 : 1;
    return picture();
  };
  const keeper = await PictureRecorder.open({ path, start: 0, clock, probe: picturing, verify });
  for (let step = 0; step < 200; step++) {
    clock.time += 20;
    await keeper.observe(step);
  }
  const { records } = await indexProbeFile(path);
  expect(records.length).toBeGreaterThan(80);
});

test('a file put in the place of its own is not written to, and pictures go on in its own', async () => {
  const keeper = await PictureRecorder.open({ path, start: 0, clock: new ManualClock(), probe: picture, verify });
  for (now = 0; now < 5; now++) await keeper.observe(now);
  const own = join(folder, 'moved.bin');
  renameSync(path, own);
  writeFileSync(path, 'of another run');
  for (; now < 10; now++) await keeper.observe(now);
  await keeper.close();
  expect(readFileSync(path, 'utf8')).toBe('of another run');
  expect((await indexProbeFile(own)).records.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a folder put in the place of its own before the first picture is not written to', async () => {
  let isOwn = true;
  const verifying = () => {
    if (!isOwn) throw new StorageError(folder, new Error('another folder stands here'));
  };
  const options = { path, start: 0, clock: new ManualClock(), verify: verifying };
  const keeper = await PictureRecorder.open({ ...options, probe: picture });
  isOwn = false;
  for (now = 0; now < 5; now++) await keeper.observe(now);
  expect(existsSync(path)).toBe(false);
  isOwn = true;
  for (; now < 10; now++) await keeper.observe(now);
  await keeper.close();
  expect((await indexProbeFile(path)).records.map(({ step }) => step)).toEqual([5, 6, 7, 8, 9]);
});

test('a file that somebody damaged costs pictures, not the run', async () => {
  const clock = new ManualClock();
  const keeper = await PictureRecorder.open({ path, start: 0, clock, probe: picture, verify, limit: 2000 });
  for (now = 0; now < 5; now++) await keeper.observe(now);
  writeFileSync(path, 'damaged');
  for (; now < 50; now++) await keeper.observe(now);
  await keeper.close();
});
