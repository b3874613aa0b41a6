import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeSnapshot } from '../../src/snapshots/format.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { sandbox } from './program.ts';

const box = sandbox();
afterAll(() => box.remove());
const file = (run: string, step: number) => `snapshots/${run}/step-${String(step).padStart(8, '0')}.safetensors`;
const settings = [
  'train.unroll=4',
  'evaluate.every=20',
  'snapshot.every=20',
  'snapshot.occasions=false',
  'model.heads=2',
];
const words = settings.flatMap((setting) => ['--set', setting]);

beforeAll(async () => {
  const begun = await box.run('train', 'yang-tiny', '--device', 'wasm', '--name', 'base', '--steps', '40', ...words);
  expect(begun).toMatchObject({ code: 0, err: '' });
}, 60_000);

const again = (...names: string[]) => box.run('snapshots', 'verify', '--rerun', ...names);

test('a run comes out again to the byte, from its start and from an earlier snapshot', async () => {
  const { code, out, err } = await again('base');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(
    /^snapshots\/base\/step-00000020\.safetensors: 20 updates again on wasm \(compiler \d+\): the same bytes, state [0-9a-f]{16}\n.*: 40 updates again on .*\n2 of 2 snapshots come out again to the byte\n$/,
  );
  const later = await again(file('base', 40), '--from', file('base', 20));
  expect(later).toMatchObject({ code: 0, out: expect.stringMatching(/: 20 updates again on wasm/) });
});

test('a run that went on in its folder under other settings, and one that branched off', {
  timeout: 60_000,
}, async () => {
  const rate = ['--set', 'train.learning_rate=0.003', '--steps', '60'];
  const same = await box.run('train', '--resume', file('base', 20), '--in-place', ...rate);
  expect(same).toMatchObject({ code: 0, err: '' });
  // Of the course that was given up nothing is left but its first 20 updates.
  const { code, out } = await again(file('base', 60));
  expect([code, out]).toEqual([0, expect.stringMatching(/: 60 updates again on wasm .*the same bytes/)]);
  const fork = await box.run(
    'train',
    '--resume',
    file('base', 60),
    '--name',
    'fork',
    '--steps',
    '80',
    '--set',
    'train.unroll=1',
  );
  expect(fork).toMatchObject({ code: 0, err: '' });
  expect((await again(file('fork', 80))).out).toMatch(/: 20 updates again on wasm .*the same bytes/);
  const before = await again(file('fork', 80), '--from', file('base', 20));
  expect(before.code).toBe(2);
  expect(before.err).toMatch(
    /base\/step-00000020\.safetensors: step 20 is not on the way to .*; expected an earlier snapshot/,
  );
});

test('a number that is another is named, and what cannot be computed again is refused in one line', async () => {
  const { snapshot } = await readSnapshot(join(box.folder, file('base', 20)));
  const w = Float32Array.from(snapshot.params['w']!.data);
  w[5]! += 1e-6;
  cpSync(join(box.folder, 'snapshots/base'), join(box.folder, 'snapshots/bent'), { recursive: true });
  const bent = join(box.folder, file('bent', 20));
  writeFileSync(
    bent,
    encodeSnapshot({ ...snapshot, params: { ...snapshot.params, w: { ...snapshot.params['w']!, data: w } } }),
  );
  const { code, out, err } = await again(bent);
  expect([code, err]).toEqual([2, '']);
  expect(out).toMatch(/: params\/w differs in 1 of [\d\s]+ numbers, by \S+ of the largest\n0 of 1 snapshots come out/);
  const version = await again('lost', '--from', 'x');
  expect(version).toMatchObject({ code: 2, err: expect.stringMatching(/^incline: .*lost.*no such run.*\n$/) });
  writeFileSync(bent, encodeSnapshot({ ...snapshot, events: [] }));
  expect((await again(bent)).err).toMatch(
    /^incline: .*bent.*: does not tell how its run began; expected a snapshot that a run saved\n$/,
  );
  expect((await box.run('snapshots', 'verify', 'base', '--from', bent)).err).toMatch(
    /^incline: --from goes with --rerun and one snapshot\n$/,
  );
});

test('a snapshot of another version of an engine says so where it differs', async () => {
  const { snapshot } = await readSnapshot(join(box.folder, file('base', 20)));
  const old = { ...snapshot.engine!, version: 'compiler 1' };
  const events = snapshot.events.map((event) => (event.type === 'run_started' ? { ...event, engine: old } : event));
  const Q = Float32Array.from(snapshot.params['Q']!.data, (x) => x * (1 + 1e-6));
  const alone = join(box.folder, 'alone.safetensors');
  const params = { ...snapshot.params, Q: { ...snapshot.params['Q']!, data: Q } };
  writeFileSync(alone, encodeSnapshot({ ...snapshot, engine: old, events, params }));
  const { code, out, err } = await again(alone);
  expect([code, out]).toEqual([2, expect.stringMatching(/params\/Q differs/)]);
  expect(err).toMatch(/^incline: alone\.safetensors: it was computed by wasm \(compiler 1\), this is compiler \d+\n$/);
});
