import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { RunEvent } from '../../src/protocol/events.ts';
import { folderRecord } from '../../src/runs/open_replay.ts';
import type { Snapshot } from '../../src/snapshots/format.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { createRunFolder, readRunRecord, writeRunRecord } from '../../src/store/run_folder.ts';
import { hostRun } from '../../src/trainer/host.ts';
import { smallConfig } from './fake_session.ts';

const directory = mkdtempSync(join(tmpdir(), 'incline-host-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let runs = 0;

async function train(settings: Record<string, unknown>, resume?: { file: string; step: number }) {
  const config = smallConfig(settings);
  const run = `run-${runs++}`;
  const folder = await createRunFolder(directory, {
    v: 1,
    run,
    config,
    seed: config.seed,
    started: new Date().toISOString(),
    source: 'test',
    ...(resume && { parent: { run: 'parent', ...resume } }),
  });
  const hosted = await hostRun(folder, { unattended: true, spareCore: false });
  const { summary } = await hosted.result;
  const file = join(folder, `step-${String(summary.step).padStart(8, '0')}.safetensors`);
  const { snapshot, notices } = await readSnapshot(file);
  const journal = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trim().split('\n');
  return { folder, file, snapshot, notices, events: journal.map((line) => JSON.parse(line) as RunEvent) };
}

const bytes = (tensor: { data: ArrayBufferView }) =>
  Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);

function expectSameBytes(a: Snapshot, b: Snapshot) {
  expect(Object.keys(a.params)).toEqual(Object.keys(b.params));
  for (const name of Object.keys(a.params))
    expect(bytes(a.params[name]!).equals(bytes(b.params[name]!)), name).toBe(true);
  expect(Object.keys(a.optimizer)).toEqual(Object.keys(b.optimizer));
  for (const name of Object.keys(a.optimizer))
    expect(bytes(a.optimizer[name]!).equals(bytes(b.optimizer[name]!)), name).toBe(true);
}

test('a run leaves run.json, a journal in order and a snapshot with the documented names and shapes', async () => {
  const { folder, snapshot, notices, events } = await train({});
  expect(notices).toEqual([]);
  expect(readRunRecord(folder)).toMatchObject({ v: 1, seed: 0, engine: { name: 'wasm', threads: 1 } });
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + events[0]!.seq));
  expect(events[0]!.type).toBe('run_started');
  expect(events.at(-1)!.type).toBe('run_finished');
  const shapes = (tensors: Readonly<Record<string, { shape: readonly number[] }>>) =>
    Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
  expect(shapes(snapshot.params)).toEqual({ Q: [4, 4, 4], w: [4, 6] });
  expect(shapes(snapshot.task)).toEqual({ tokens: [6, 4], features: [6, 2] });
  expect(shapes(snapshot.optimizer)).toMatchObject({
    'm/Q': [4, 4, 4],
    'm/w': [4, 6],
    'v/Q': [4, 4, 4],
    'v/w': [4, 6],
  });
  expect(snapshot.mask!.heads.shape).toEqual([1, 4]);
  expect(snapshot.mask!.neurons.shape).toEqual([1, 0]);
  expect(snapshot.probe['attention']!.shape).toEqual([1, 1, 4, 6, 3]);
  const curve = snapshot.history['train_loss']!;
  expect([...curve.step]).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  const journalled = events.flatMap((event) => (event.type === 'metrics' ? [event.values['train_loss']!] : []));
  expect([...curve.last]).toEqual(journalled.map(Math.fround));
  expect(journalled.at(-1)!).toBeLessThan(journalled[0]!);
});

const forms: [string, Record<string, unknown>][] = [
  ['exact gradients, Adam', {}],
  [
    'exact gradients, momentum, cosine, clipped',
    { 'train.optimizer': 'momentum', 'train.schedule': 'cosine', 'train.clip_norm': 0.5 },
  ],
  [
    'fresh prompts, AdamW',
    { 'task.training_set': 'fresh', 'train.batch': 16, 'train.optimizer': 'adamw', 'train.weight_decay': 0.1 },
  ],
  [
    'a fixed set of prompts, SGD',
    { 'task.training_set': 'fixed', 'task.training_prompts': 50, 'train.batch': 16, 'train.optimizer': 'sgd' },
  ],
  [
    'an encoder on fresh prompts',
    {
      'task.training_set': 'fresh',
      'train.batch': 8,
      'model.name': 'encoder',
      'model.layers': 2,
      'model.width': 16,
      'model.mlp_width': 24,
      'model.activation': 'gelu',
      'probe.prompts': 2,
    },
  ],
  [
    // Products large enough for ONNX Runtime to share among threads.
    'an encoder on ONNX Runtime',
    {
      device: 'cpu',
      'task.training_set': 'fresh',
      'train.batch': 32,
      'model.name': 'encoder',
      'model.layers': 1,
      'model.width': 64,
      'model.mlp_width': 128,
      'probe.prompts': 2,
    },
  ],
];

test.each(forms)('N steps = k + resume + (N − k), same bytes: %s', async (_name, settings) => {
  const whole = await train({ ...settings, 'snapshot.every': 17 });
  const { snapshot } = await readSnapshot(join(whole.folder, 'step-00000017.safetensors'));
  const resumed = await train(settings, { file: join(whole.folder, 'step-00000017.safetensors'), step: snapshot.step });
  expect(resumed.snapshot.step).toBe(40);
  expectSameBytes(resumed.snapshot, whole.snapshot);
  expect(resumed.events[0]).toMatchObject({ type: 'run_started', step: 17, parent: { step: 17 } });
});

test.each(forms)('unrolling and threads leave the bytes alone: %s', async (_name, settings) => {
  const one = await train({ ...settings, 'train.unroll': 1 });
  const eight = await train({ ...settings, 'train.unroll': 8 });
  const threads = await train({ ...settings, threads: 2 });
  expectSameBytes(eight.snapshot, one.snapshot);
  expectSameBytes(threads.snapshot, one.snapshot);
});

test('the same configuration and seed give the same numbers; another seed does not', async () => {
  const first = await train({});
  const second = await train({});
  const other = await train({ seed: 1 });
  expectSameBytes(first.snapshot, second.snapshot);
  const values = ({ events }: { events: RunEvent[] }) =>
    events.flatMap((event) => (event.type === 'metrics' || event.type === 'evaluated' ? [event.values] : []));
  expect(values(first)).toEqual(values(second));
  expect(bytes(other.snapshot.params['Q']!).equals(bytes(first.snapshot.params['Q']!))).toBe(false);
});

test('a run that diverges keeps its last finite state and says so', async () => {
  const config = { 'train.learning_rate': 1e3, 'train.optimizer': 'sgd', 'train.steps': 200 };
  const { events, snapshot } = await train(config).catch(() => ({ events: [] as RunEvent[], snapshot: undefined }));
  const alert = events.find((event) => event.type === 'alert' && event.kind !== 'notice');
  expect(alert).toMatchObject({ kind: 'diverged' });
  expect(events.at(-1)).toMatchObject({ type: 'run_finished', reason: 'diverged' });
  expect(snapshot!.params['Q']!.data.every(Number.isFinite)).toBe(true);
});

test('a run that goes on in its own folder says which lines of its journal cannot be read, and is read all the same', async () => {
  const { folder, file, events } = await train({ 'train.steps': 20 });
  const journal = join(folder, 'journal.jsonl');
  const lines = readFileSync(journal, 'utf8').trim().split('\n');
  const damaged = [
    ...lines.slice(0, 2),
    lines[2]!.slice(0, 40),
    '',
    ...lines.slice(3),
    JSON.stringify({ ...events[4], seq: 5 }),
  ];
  writeFileSync(journal, `${damaged.join('\n')}\n`);
  const record = readRunRecord(folder);
  const config = smallConfig({ 'train.steps': 40 });
  await writeRunRecord(folder, { ...record, config, continued: { file: basename(file), step: 20 } });
  const seen: RunEvent[] = [];
  const onEvents = (told: readonly RunEvent[]) => void seen.push(...told);
  await (await hostRun(folder, { unattended: true, spareCore: false, onEvents })).result;
  const message = `journal.jsonl: 3 lines (3, 4, ${damaged.length}) cannot be read: they stay as written, and are passed over`;
  expect(seen).toContainEqual(expect.objectContaining({ type: 'alert', kind: 'notice', message }));
  expect(readFileSync(journal, 'utf8').split('\n').slice(0, damaged.length)).toEqual(damaged);
  const { timeline, notices } = await folderRecord(folder);
  expect(timeline.whole).toMatchObject({ step: 40, phase: 'finished' });
  expect(notices).toEqual([message]);
});
