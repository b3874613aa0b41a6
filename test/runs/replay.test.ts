import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { ProbeFrame } from '../../src/protocol/messages.ts';
import { folderRecord, replayFile, replayFolder } from '../../src/runs/open_replay.ts';
import type { ReplaySource } from '../../src/runs/replay.ts';
import type { Moment } from '../../src/runs/source.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { createRunFolder } from '../../src/store/run_folder.ts';
import { hostRun } from '../../src/trainer/host.ts';
import { smallConfig } from '../trainer/fake_session.ts';

const directory = mkdtempSync(join(tmpdir(), 'incline-replay-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let folder: string;
const file = (step: number) => join(folder, `step-${String(step).padStart(8, '0')}.safetensors`);

beforeAll(async () => {
  const config = smallConfig({ 'snapshot.every': 10, 'snapshot.occasions': false, 'evaluate.every': 5 });
  const record = { v: 1, run: 'played', config, seed: 0, started: new Date().toISOString(), source: 'test' } as const;
  folder = await createRunFolder(directory, { ...record, paused: true });
  let pausedAt = -1;
  const run = await hostRun(folder, {
    unattended: true,
    spareCore: false,
    onEvents: (events) => {
      for (const { type, step } of events) if (type === 'paused') pausedAt = step;
    },
  });
  await run.request({ type: 'run_to', step: 15 });
  while (pausedAt !== 15) await new Promise((resolve) => setTimeout(resolve, 10));
  await run.request({ type: 'set', path: 'train.learning_rate', value: 0.02 });
  await run.request({ type: 'resume' });
  await run.result;
}, 30_000);

/** Follows a replay, with the last moment and the last picture at hand. */
function follow(source: ReplaySource) {
  const seen: { moment?: Moment; frame?: ProbeFrame } = {};
  source.onMoment((moment) => {
    seen.moment = moment;
  });
  source.onProbe((frame) => {
    seen.frame = frame;
  });
  /** Seeks, and waits for a picture that is less than so many steps older. */
  const go = async (step: number, within: number) => {
    source.carryOut({ type: 'seek', step });
    const isThere = (): boolean =>
      seen.frame !== undefined && seen.frame.step <= step && step - seen.frame.step < within;
    await vi.waitFor(() => expect(isThere()).toBe(true), { timeout: 5000 });
    return { run: seen.moment!.run, frame: seen.frame! };
  };
  return { go, seen, close: () => source.close() };
}

test('a run folder: curves, settings and pictures of every step', async () => {
  const source = await replayFolder(folder, 0);
  expect([source.from, source.to]).toEqual([0, 40]);
  expect(source.stops.map(({ step, label }) => [step, label])).toEqual([
    [10, 'automatic'],
    [15, 'learning rate 0.0100 → 0.0200'],
    [20, 'automatic'],
    [30, 'automatic'],
    [40, 'automatic'],
  ]);
  const { go, close } = follow(source);
  for (const step of [40, 7, 15, 33]) {
    const { run, frame } = await go(step, 10);
    expect(run.step).toBe(step);
    expect(run.curves.get('train_loss')!.view().at(-1)!.step).toBe(step);
    expect(run.controls['train.learning_rate']).toBe(step >= 15 ? 0.02 : undefined);
    // A short run keeps a picture of every run of its graph.
    expect(frame.step).toBeLessThanOrEqual(step);
    expect(step - frame.step).toBeLessThan(10);
  }
  const { frame } = await go(20, 1);
  const { snapshot } = await readSnapshot(file(20));
  expect(frame.tensors['attention']!.data).toEqual(snapshot.probe['attention']!.data);
  const recalled = await source.recall('step-00000010.safetensors');
  expect(recalled.step).toBe(10);
  close();
});

test('as fast as is asked for', async () => {
  const source = await replayFolder(folder, 0, 3);
  const { seen, close } = follow(source);
  expect(seen.moment!.speed).toBe(3);
  close();
});

test('one file: its own instant, its curves, and what was done before it', async () => {
  const alone = join(directory, 'alone.safetensors');
  copyFileSync(file(20), alone);
  const source = await replayFile(alone);
  expect(source.notices).toEqual([]);
  // Where its run lies beside it, that is named: playing one file changes curves and not pictures.
  const within = await replayFile(file(20));
  expect(within.notices).toEqual([expect.stringMatching(/^pictures are of this snapshot alone; .* incline replay /)]);
  within.close();
  expect([source.from, source.to]).toEqual([0, 20]);
  const { go, seen, close } = follow(source);
  const { run, frame } = await go(20, 1);
  expect(run).toMatchObject({ run: 'played', step: 20, model: { heads: 4, neurons: 0 } });
  expect(run.estimates['eval_loss']!.n).toBeGreaterThan(0);
  expect(run.marks.map(({ label }) => label)).toEqual(['learning rate 0.0100 → 0.0200']);
  expect(frame.step).toBe(20);
  source.carryOut({ type: 'seek', step: 5 });
  expect(seen.moment!.run.curves.get('train_loss')!.view().at(-1)!.step).toBe(5);
  close();
});

test('named, damaged and missing files: what can be shown is shown', async () => {
  const copy = join(directory, 'copy');
  mkdirSync(copy);
  for (const name of ['journal.jsonl', 'probe.bin']) copyFileSync(join(folder, name), join(copy, name));
  copyFileSync(file(30), join(copy, 'step-00000030.safetensors'));
  copyFileSync(file(20), join(copy, 'step-00000020.safetensors'));
  renameSync(join(copy, 'step-00000030.safetensors'), join(copy, 'liked.safetensors'));
  truncateSync(join(copy, 'step-00000020.safetensors'), 500);
  writeFileSync(join(copy, 'probe.bin'), 'nothing of the kind');
  const source = await replayFolder(copy, 0);
  expect(source.notices).toEqual([expect.stringMatching(/^probe\.bin: not a file of pictures; remove the file: only/)]);
  expect(source.stops.filter(({ kind }) => kind === 'snapshot')).toEqual([
    { step: 30, kind: 'snapshot', label: 'liked', file: 'liked.safetensors' },
  ]);
  const { go, close } = follow(source);
  expect((await go(35, 6)).frame.step).toBe(30);
  close();
  await expect(replayFolder(join(directory, 'none'))).rejects.toThrow(/journal\.jsonl: no such file/);
  await expect(replayFile(join(copy, 'step-00000020.safetensors'))).rejects.toThrow(/cut short|need/);
});

test('pictures of which some are damaged: the others are shown, and how many are lost is said', async () => {
  const copy = join(directory, 'flipped');
  mkdirSync(copy);
  for (const name of ['journal.jsonl', 'run.json', 'probe.bin']) copyFileSync(join(folder, name), join(copy, name));
  const whole = await replayFolder(copy, 0);
  expect(whole.notices).toEqual([]);
  whole.close();
  const bytes = readFileSync(join(copy, 'probe.bin'));
  bytes[bytes.length - 3]! ^= 8;
  writeFileSync(join(copy, 'probe.bin'), bytes);
  const source = await replayFolder(copy, 0);
  expect(source.notices).toEqual([
    expect.stringMatching(/^probe\.bin: 1 of \d+ pictures do not match their checksums; /),
  ]);
  const { go, close } = follow(source);
  expect((await go(40, 40)).frame.step).toBeLessThan(40);
  close();
  writeFileSync(join(copy, 'probe.bin'), '');
  const empty = await folderRecord(copy);
  expect(empty.notices).toEqual([expect.stringMatching(/^probe\.bin: not a file of pictures/)]);
});

test('a run.json that tells of no run', async () => {
  const copy = join(directory, 'list');
  mkdirSync(copy);
  copyFileSync(join(folder, 'journal.jsonl'), join(copy, 'journal.jsonl'));
  writeFileSync(join(copy, 'run.json'), '[1,2,3]');
  const { notices } = await folderRecord(copy);
  expect(notices).toEqual([
    expect.stringMatching(/^run\.json: no readable run \(not a run\); where the run came from/),
  ]);
});
