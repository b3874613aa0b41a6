import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadRuntime } from '../../src/engine/onnx/runtime.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import { replayFile } from '../../src/runs/open_replay.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { emptyRun } from '../../src/runs/state.ts';
import { encodeSnapshot, type Snapshot } from '../../src/snapshots/format.ts';
import { peekSnapshot, readSnapshot } from '../../src/snapshots/store.ts';
import { listRuns as catalogue } from '../../src/store/catalogue.ts';
import { sandbox } from './program.ts';

const { InferenceSession, Tensor } = await loadRuntime();
const box = sandbox();
const end = 'snapshots/base/step-00000060.safetensors';
const middle = 'snapshots/base/step-00000040.safetensors';
let snapshot: Snapshot;
beforeAll(async () => {
  const every = ['--set', 'snapshot.every=20', '--set', 'snapshot.occasions=false', '--set', 'evaluate.every=20'];
  const trained = await box.run('train', 'yang-tiny', '--steps', '60', '--name', 'base', '--threads', '1', ...every);
  expect(trained.code).toBe(0);
  await box.run('train', '--resume', middle, '--name', 'fork', '--set', 'train.learning_rate=0.02');
  ({ snapshot } = await readSnapshot(join(box.folder, end)));
}, 60_000);
afterAll(() => box.remove());

const python = spawnSync('python3', ['-c', 'import numpy']).status === 0;
const inFolder = (file: string) => join(box.folder, file);
const files = (run: string) =>
  readdirSync(inFolder(`snapshots/${run}`)).filter((name) => name.endsWith('.safetensors'));

describe('list', () => {
  test('says what every snapshot is, as JSON', async () => {
    const { code, out } = await box.run('snapshots', 'list', '--json');
    expect(code).toBe(0);
    const { v, snapshots } = JSON.parse(out);
    expect(v).toBe(1);
    expect(snapshots.map(({ run, step }: { run: string; step: number }) => [run, step])).toEqual([
      ['base', 20],
      ['base', 40],
      ['base', 60],
      ['fork', 60],
    ]);
    const { min, step } = snapshot.history['in_domain_inference_loss']!;
    expect(snapshots[2]).toMatchObject({
      file: 'step-00000060.safetensors',
      task: 'representation_regression',
      model: 'multi_head_softmax',
      heads: 32,
      best: { metric: 'in_domain_inference_loss', value: Math.min(...min), step: step[min.indexOf(Math.min(...min))] },
      bytes: readFileSync(inFolder(end)).length,
    });
    expect(snapshots[3].parent).toMatchObject({ run: 'base', step: 40 });
  });

  test('stars what a person marked', async () => {
    const journal = inFolder('snapshots/base/journal.jsonl');
    const before = readFileSync(journal, 'utf8');
    const line = (seq: number, file: string, marked: boolean) =>
      `${JSON.stringify({ v: 1, seq, time: '2026-11-03T14:15:02Z', type: 'snapshot_marked', step: 60, file, marked })}\n`;
    const [other, kept] = ['step-00000020.safetensors', 'step-00000040.safetensors'];
    writeFileSync(
      journal,
      `${before}${line(9997, other, true)}${line(9998, kept, true)}${line(9999, other, false)}{"type":"snapshot_marked"`,
    );
    const { out } = await box.run('snapshots', 'list', 'base');
    const { out: json } = await box.run('snapshots', 'list', 'base', '--json');
    writeFileSync(journal, before);
    expect(out.split('\n').filter((row) => row.includes('★'))).toEqual([expect.stringContaining(kept)]);
    expect(JSON.parse(json).snapshots.map(({ marked }: { marked: boolean }) => marked)).toEqual([false, true, false]);
  });

  test('shows forks under their parents, and damaged files as such', async () => {
    cpSync(inFolder('snapshots'), inFolder('copies'), { recursive: true });
    truncateSync(inFolder('copies/base/step-00000020.safetensors'), 1000);
    const { code, out } = await box.run('snapshots', 'list', '--dir', 'copies');
    expect(code).toBe(0);
    expect(out).toMatch(/^base · representation_regression · multi_head_softmax · 32 heads$/m);
    expect(out).toMatch(/^└─ fork .* from step 40 of base$/m);
    expect(out).toMatch(/^ +damaged {2}step-00000020/m);
    expect(out).toMatch(/60 {2}step-00000060\.safetensors +best in-domain [\d.]+ @\d+ +\d+ kB .* ago$/m);
  });
});

test('list says of a run.json that it cannot be read, and lists the run all the same', async () => {
  cpSync(inFolder('snapshots/base'), inFolder('odd/base'), { recursive: true });
  writeFileSync(inFolder('odd/base/run.json'), '[1,2,3]');
  const { code, out, err } = await box.run('snapshots', 'list', '--dir', 'odd');
  expect(code).toBe(0);
  expect(out).toMatch(/60 {2}step-00000060\.safetensors/);
  expect(err).toMatch(/^note: .*odd\/base\/run\.json: no readable run \(not a run\); [^\n]*\n$/);
});

test('show tells settings, latest values and shapes', async () => {
  const { out } = await box.run('snapshots', 'show', end, '--json');
  const shown = JSON.parse(out);
  expect(shown).toMatchObject({ v: 1, step: 60, seed: 0, tensors: { 'params/Q': snapshot.params['Q']!.shape } });
  expect(shown.latest.train_loss).toBe(snapshot.history['train_loss']!.last.at(-1));
  expect(shown.events[0]).toMatchObject({ type: 'run_started', run: 'base' });
  expect((await box.run('snapshots', 'show', 'base')).out).toContain(`${end}\nstep 60`);
});

test('verify reads all of it: one changed bit is found', async () => {
  expect(await box.run('snapshots', 'verify')).toMatchObject({ code: 0, err: '' });
  const bytes = readFileSync(inFolder(end));
  bytes[bytes.length - 5]! ^= 4;
  writeFileSync(inFolder('bent.safetensors'), bytes);
  const { code, out, err } = await box.run('snapshots', 'verify', end, 'bent.safetensors');
  expect(code).toBe(2);
  expect(err).toMatch(/^incline: .*bent\.safetensors: does not match its checksum.*\n$/);
  expect(out).toMatch(/base\/step-00000060\.safetensors: ok\n1 of 2 snapshots can be used/);
});

test('verify refuses what fits no model, as eval does', async () => {
  const { w, ...others } = snapshot.params;
  const [heads, tokens] = w!.shape as [number, number];
  const flat = { shape: [heads * tokens], data: w!.data };
  for (const [name, params, line] of [
    ['without', others, /params\/w is missing; expected shape \[32, 32\]/],
    ['flat', { ...others, w: flat }, /params\/w has shape \[1024\]; expected shape \[32, 32\]/],
  ] as const) {
    const file = `${name}.safetensors`;
    writeFileSync(inFolder(file), encodeSnapshot({ ...snapshot, params }));
    const { code, out, err } = await box.run('snapshots', 'verify', file, end);
    expect(code).toBe(2);
    expect(err).toMatch(line);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(out).toMatch(/1 of 2 snapshots can be used/);
    expect(err.replace(`${box.folder}/`, '')).toBe((await box.run('eval', file)).err);
  }
});

test('rename and remove: of snapshots and of runs, never what stands in the way, and not unasked', async () => {
  cpSync(inFolder('snapshots'), inFolder('moved'), { recursive: true });
  const command = (...words: string[]) => box.run('snapshots', ...words, '--dir', 'moved');
  expect(await command('rename', 'base/step-00000040.safetensors', 'good')).toMatchObject({ code: 0 });
  expect(await command('rename', 'base/step-00000060.safetensors', 'good')).toMatchObject({ code: 2 });
  expect((await command('rename', 'base/step-00000060.safetensors', '../x')).err).toMatch(/cannot be a folder name/);
  expect(await command('rename', 'base', 'renamed')).toMatchObject({ code: 0 });
  const { snapshots } = JSON.parse((await command('list', 'renamed', '--json')).out);
  expect(snapshots.map(({ step }: { step: number }) => step)).toEqual([20, 40, 60]);
  expect(snapshots[1].file).toBe('good.safetensors');
  expect(JSON.parse(readFileSync(inFolder('moved/renamed/run.json'), 'utf8')).run).toBe('renamed');

  const asked = await command('remove', 'renamed');
  expect(asked).toMatchObject({ code: 2 });
  expect(asked.err).toMatch(/would remove run .* with 3 snapshots .*--yes/);
  expect(await command('remove', 'renamed/good.safetensors', '--yes')).toMatchObject({ code: 0 });
  expect(existsSync(inFolder('moved/renamed/good.safetensors'))).toBe(false);
  expect(await command('remove', 'renamed', '--yes')).toMatchObject({ code: 0 });
  expect(existsSync(inFolder('moved/renamed'))).toBe(false);
  expect(await command('remove', '.', '--yes')).toMatchObject({ code: 2 });
  expect(await command('remove', 'nothing', '--yes')).toMatchObject({ code: 2 });
  rmSync(inFolder('moved'), { recursive: true });
});

test('renaming keeps forks under their parent, and the mark with its snapshot', async () => {
  cpSync(inFolder('snapshots'), inFolder('family'), { recursive: true });
  const command = (...words: string[]) => box.run('snapshots', ...words, '--dir', 'family');
  const parent = () => JSON.parse(readFileSync(inFolder('family/fork/run.json'), 'utf8')).parent;
  expect(parent()).toEqual({ run: 'base', file: '../base/step-00000040.safetensors', step: 40 });
  const journal = inFolder('family/base/journal.jsonl');
  const { seq, step } = JSON.parse(readFileSync(journal, 'utf8').trim().split('\n').at(-1)!);
  const mark = { v: 1, time: '2026-11-03T14:15:02Z', type: 'snapshot_marked', step, marked: true };
  appendFileSync(journal, `${JSON.stringify({ ...mark, seq: seq + 1, file: 'step-00000040.safetensors' })}\n`);

  expect(await command('rename', 'base/step-00000040.safetensors', 'good')).toMatchObject({ code: 0 });
  expect(parent()).toEqual({ run: 'base', file: '../base/good.safetensors', step: 40 });
  const { out } = await command('list');
  expect(out.split('\n').filter((row) => row.includes('★'))).toEqual([expect.stringContaining('★good.safetensors')]);
  expect(await command('rename', 'base/step-00000020.safetensors', 'plain')).toMatchObject({ code: 0 });
  const events = readFileSync(journal, 'utf8').trim().split('\n');
  expect(events.map((line) => JSON.parse(line).seq)).toEqual(events.map((_, i) => i + 1));
  expect(JSON.parse(events.at(-1)!)).toMatchObject({ step: 60, file: 'step-00000040.safetensors', marked: false });

  expect(await command('rename', 'base', 'renamed')).toMatchObject({ code: 0 });
  expect(parent()).toEqual({ run: 'renamed', file: '../renamed/good.safetensors', step: 40 });
  const listed = (await command('list')).out;
  expect(listed).toMatch(/^└─ fork .* from step 40 of renamed$/m);
  expect(listed).toMatch(/★good/);
  expect(await command('rename', 'fork', 'child')).toMatchObject({ code: 0 });
  const forked = await command('list', '--json');
  expect(JSON.parse(forked.out).snapshots[0]).toMatchObject({ run: 'child', parent: { run: 'renamed' } });
  rmSync(inFolder('family'), { recursive: true });
});

describe('in place', () => {
  test('goes on in the same run: the journal says so, later snapshots give way, the tensors are those of one run', async () => {
    cpSync(inFolder('snapshots/base'), inFolder('again/base'), { recursive: true });
    const file = 'again/base/step-00000040.safetensors';
    expect((await box.run('train', '--in-place', 'yang-tiny')).err).toMatch(/--in-place needs --resume/);
    const done = await box.run('train', '--resume', file, '--in-place', '--steps', '80', '--set', 'snapshot.every=0');
    expect(done).toMatchObject({ code: 0 });
    expect(files('../again/base')).toContain('step-00000080.safetensors');
    const lines = readFileSync(inFolder('again/base/journal.jsonl'), 'utf8').trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as RunEvent);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.filter(({ type }) => type === 'run_started').map(({ step }) => step)).toEqual([0, 40]);
    const state = events.reduce(reduceRun, emptyRun);
    expect(state).toMatchObject({ run: 'base', start: 0, step: 80, phase: 'finished' });
    const steps = Array.from({ length: 80 }, (_, i) => state.curves.get('train_loss')!.view().at(i)!.step);
    expect(steps).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
    expect(state.snapshots.map(({ step }) => step)).toEqual([20, 40, 80]);
    const listed = JSON.parse((await box.run('snapshots', 'list', 'again/base', '--json')).out).snapshots;
    expect(listed.map((one: Record<string, unknown>) => [one['step'], one['superseded']])).toEqual([
      [20, undefined],
      [40, undefined],
      [60, true],
      [80, undefined],
    ]);
    expect((await box.run('snapshots', 'list', 'again/base')).out).toMatch(/step-00000060.* superseded$/m);
    const [run] = await catalogue(inFolder('again'));
    expect(run!.snapshots.map(({ step }) => step)).toEqual([20, 40, 80]);
  });
});

test('in place, what a person marked is not written over by another course of the run', async () => {
  cpSync(inFolder('snapshots/base'), inFolder('kept/base'), { recursive: true });
  const journal = inFolder('kept/base/journal.jsonl');
  const { seq } = JSON.parse(readFileSync(journal, 'utf8').trim().split('\n').at(-1)!);
  const mark = { v: 1, seq: seq + 1, time: '2026-11-03T14:15:02Z', type: 'snapshot_marked', step: 60 };
  appendFileSync(journal, `${JSON.stringify({ ...mark, file: 'step-00000060.safetensors', marked: true })}\n`);
  const before = readFileSync(inFolder(end));
  const settings = ['--set', 'train.learning_rate=0.02', '--set', 'snapshot.occasions=false'];
  const resumed = await box.run('train', '--resume', 'kept/base/step-00000040.safetensors', '--in-place', ...settings);
  expect(resumed).toMatchObject({ code: 0 });
  expect(readFileSync(inFolder('kept/base/step-00000060.safetensors')).equals(before)).toBe(true);
  const { snapshots } = JSON.parse((await box.run('snapshots', 'list', 'kept/base', '--json')).out);
  expect(snapshots.map(({ file }: { file: string }) => file)).toEqual([
    'step-00000020.safetensors',
    'step-00000040.safetensors',
    'step-00000060.safetensors',
    'step-00000060-2.safetensors',
  ]);
  expect(snapshots[2]).toMatchObject({ marked: true, superseded: true });
  const [run] = await catalogue(inFolder('kept'));
  expect(run!.snapshots.at(-1)).toEqual({ file: 'step-00000060-2.safetensors', step: 60 });
});

describe('export', () => {
  async function exported(to: string): Promise<string> {
    const out = `out.${to}`;
    const { code, err } = await box.run('snapshots', 'export', end, '--to', to, '--out', out);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return inFolder(out);
  }

  test('into a folder that is not there, or over a folder: one line', async () => {
    for (const [out, line] of [
      ['none/out.npz', /^incline: .*none\/out\.npz: its folder is not there; make the folder or name another file\n$/],
      ['snapshots', /^incline: .*snapshots: is a folder; name a file\n$/],
    ] as const) {
      const { code, err } = await box.run('snapshots', 'export', end, '--to', 'npz', '--out', out);
      expect(code).toBe(2);
      expect(err).toMatch(line);
    }
  });

  test.skipIf(process.platform === 'win32')(
    'for whoever may read new files, while a run is its owner’s alone',
    async () => {
      const usual = 0o666 & ~process.umask();
      expect(statSync(await exported('csv')).mode & 0o777).toBe(usual);
      expect(statSync(inFolder(end)).mode & 0o777).toBe(0o600);
    },
  );

  test('csv: every column of every curve', async () => {
    const [head, ...rows] = readFileSync(await exported('csv'), 'utf8')
      .trim()
      .split('\n');
    expect(head).toBe('metric,step,min,max,last');
    const cells = rows.map((row) => row.split(','));
    for (const [metric, { step, last }] of Object.entries(snapshot.history)) {
      const own = cells.filter(([name]) => name === metric);
      expect(own.map((row) => Number(row[1]))).toEqual([...step]);
      expect(own.map((row) => (row[4] === '' ? Number.NaN : Number(row[4])))).toEqual([...last]);
    }
  });

  test('json: header and tensors', async () => {
    const written = JSON.parse(readFileSync(await exported('json'), 'utf8'));
    expect(written).toMatchObject({ v: 1, step: 60, config: snapshot.config });
    const { shape, data } = written.tensors['params/w'];
    expect(shape).toEqual(snapshot.params['w']!.shape);
    expect(Float32Array.from(data)).toEqual(snapshot.params['w']!.data);
  });

  test.skipIf(!python)('npz: numpy reads the same bytes of every tensor', async () => {
    const script = `import json, numpy, sys, zlib
z = numpy.load(sys.argv[1], allow_pickle=False)
print(json.dumps({k: [str(z[k].dtype), list(z[k].shape), zlib.crc32(z[k].tobytes())] for k in z.files}))`;
    const result = spawnSync('python3', ['-c', script, await exported('npz')], { encoding: 'utf8' });
    expect(result.stderr).toBe('');
    const { tensors } = await peekSnapshot(inFolder(end), () => true);
    const kinds: Record<string, string> = { Float32Array: 'float32', Float64Array: 'float64', BigInt64Array: 'int64' };
    const expected = [...tensors].map(([name, { shape, data }]) => {
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      return [name, [kinds[data.constructor.name], shape, crc32(bytes)]] as const;
    });
    expect(JSON.parse(result.stdout)).toEqual(Object.fromEntries(expected));
  });

  test.skipIf(!python)("csv and json: Python's own readers find the same numbers", async () => {
    const script = `import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], newline='')))
whole = json.load(open(sys.argv[2]))
curve = [float(r['last']) for r in rows if r['metric'] == 'train_loss']
print(json.dumps([curve, whole['tensors']['history/train_loss/last']['data'], whole['tensors']['params/w']['data']]))`;
    const result = spawnSync('python3', ['-c', script, await exported('csv'), await exported('json')], {
      encoding: 'utf8',
    });
    expect(result.stderr).toBe('');
    const [curve, last, w] = JSON.parse(result.stdout).map((numbers: number[]) => Float32Array.from(numbers));
    expect(curve).toEqual(snapshot.history['train_loss']!.last);
    expect(last).toEqual(curve);
    expect(w).toEqual(snapshot.params['w']!.data);
  });

  test('onnx: a plain ONNX Runtime predicts what the snapshot holds', async () => {
    const session = await InferenceSession.create(await exported('onnx'));
    expect(session.inputNames).toEqual(['input.labels']);
    const target = snapshot.probe['target']!;
    const prompt = Float32Array.from(target.data.slice(0, 8));
    const results = await session.run({ 'input.labels': new Tensor('float32', prompt, [1, 8]) });
    const prediction = results['output.prediction']!.data as Float32Array;
    const expected = snapshot.probe['prediction']!;
    expect(prediction).toHaveLength(expected.data.length);
    for (const [i, value] of prediction.entries()) expect(Math.abs(value - expected.data[i]!)).toBeLessThan(1e-5);
    const attention = results['output.attention']!.data as Float32Array;
    for (const [i, value] of attention.entries()) {
      expect(Math.abs(value - snapshot.probe['attention']!.data[i]!)).toBeLessThan(1e-5);
    }
    // All the held-out prompts of an evaluation at once.
    const evaluated = JSON.parse((await box.run('eval', end, '--predictions', '--json')).out).predictions;
    const { shape, data } = evaluated.in_domain_labels;
    const all = await session.run({ 'input.labels': new Tensor('float32', Float32Array.from(data), shape) });
    const found = all['output.prediction']!.data as Float32Array;
    expect(found).toHaveLength(evaluated.in_domain_prediction.data.length);
    for (const [i, value] of found.entries()) {
      expect(Math.abs(value - evaluated.in_domain_prediction.data[i])).toBeLessThan(1e-5);
    }
  });
});

test.skipIf(!python)(
  'a file whose parameters another program replaced evaluates and is gone on from',
  async () => {
    const script = fileURLToPath(new URL('./replace_params.py', import.meta.url));
    const edited = 'edited.safetensors';
    const result = spawnSync('python3', [script, inFolder(end), inFolder(edited), 'w', '0.5'], { encoding: 'utf8' });
    expect(result.stderr).toBe('');
    const before = JSON.parse((await box.run('eval', end, '--predictions', '--json')).out);
    const evaluated = await box.run('eval', edited, '--predictions', '--json');
    expect(evaluated.err).toMatch(/no checksum/);
    const after = JSON.parse(evaluated.out);
    // Predictions are linear in w.
    for (const [i, value] of (after.predictions.in_domain_prediction.data as number[]).entries()) {
      expect(value).toBeCloseTo(0.5 * before.predictions.in_domain_prediction.data[i], 5);
    }
    const replay = await replayFile(inFolder(edited));
    expect([replay.from, replay.to, replay.stops.map(({ step }) => step)]).toEqual([0, 60, [60]]);
    replay.close();
    const compared = JSON.parse((await box.run('compare', edited, 'base', '--json')).out);
    expect(compared.runs.map(({ name, step }: { name: string; step: number }) => [name, step])).toEqual([
      ['edited', 60],
      ['base', 60],
    ]);
    const resumed = await box.run('train', '--resume', edited, '--name', 'imported', '--steps', '80', '--json');
    expect(resumed.code).toBe(0);
    const events = resumed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    expect(events[0]).toMatchObject({ type: 'run_started', step: 60 });
    const notices = events.flatMap((event) => (event.type === 'alert' ? [event.message] : []));
    expect(notices.join('; ')).toMatch(/no optimizer state/);
  },
  60_000,
);

describe('a run stands for its last snapshot', () => {
  test('in eval and prune, by its name or its folder', async () => {
    for (const words of [
      ['eval', '--no-baselines'],
      ['prune', '--heads', 'L0H0'],
    ]) {
      const [command, ...flags] = words as [string, ...string[]];
      const expected = await box.run(command, end, '--json', ...flags);
      expect(JSON.parse(expected.out)).toMatchObject({ file: end, step: 60 });
      const named = [['base'], ['snapshots/base'], ['base', '--dir', 'snapshots']];
      for (const run of named) {
        const { code, out } = await box.run(command, ...run, '--json', ...flags);
        expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, file: end, step: 60 });
      }
    }
  });

  test('in train --resume', async () => {
    const { code, err } = await box.run('train', '--resume', 'base', '--steps', '65', '--name', 'further');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { parent } = JSON.parse(readFileSync(inFolder('snapshots/further/run.json'), 'utf8'));
    expect(parent).toEqual({ run: 'base', step: 60, file: '../base/step-00000060.safetensors' });
    rmSync(inFolder('snapshots/further'), { recursive: true });
  });

  test.each<[string, (path: string) => void]>([
    ['cut off', (path) => truncateSync(path, 1000)],
    ['empty', (path) => truncateSync(path, 0)],
    [
      'changed in the middle',
      (path) => {
        const bytes = readFileSync(path);
        bytes[bytes.length >> 1]! ^= 1;
        writeFileSync(path, bytes);
      },
    ],
  ])('passing over one that is damaged, and saying so: %s', async (_, damage) => {
    cpSync(inFolder('snapshots/base'), inFolder('torn/base'), { recursive: true });
    damage(inFolder('torn/base/step-00000060.safetensors'));
    const said = /^note: .*step-00000060\.safetensors: .*; step-00000040\.safetensors is taken\n/;
    const { out, err } = await box.run('eval', 'base', '--dir', 'torn', '--json', '--no-baselines');
    expect(JSON.parse(out)).toMatchObject({ file: 'torn/base/step-00000040.safetensors', step: 40 });
    expect(err).toMatch(said);
    const on = await box.run(
      ...['train', '--name', 'base', '--resume-or-start', '--headless', '--steps', '62', '--dir', 'torn'],
    );
    expect(on).toMatchObject({ code: 0, err: expect.stringMatching(said) });
    rmSync(inFolder('torn/base'), { recursive: true });
  });

  test('that still counts, as the journal tells where the record is lost', async () => {
    cpSync(inFolder('snapshots/base'), inFolder('torn/base'), { recursive: true });
    const rewound = ['--resume', 'torn/base/step-00000040.safetensors', '--in-place', '--steps', '45'];
    expect(await box.run('train', ...rewound, '--headless')).toMatchObject({ code: 0, err: '' });
    rmSync(inFolder('torn/base/run.json'));
    const { out } = await box.run('eval', 'base', '--dir', 'torn', '--json', '--no-baselines');
    expect(JSON.parse(out)).toMatchObject({ step: 45 });
  });

  test('with a word where its journal is not to be read', async () => {
    const journal = inFolder('torn/base/journal.jsonl');
    rmSync(journal);
    symlinkSync('/etc/hostname', journal);
    const { code, err } = await box.run('eval', 'base', '--dir', 'torn', '--json', '--no-baselines');
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(/^note: .*journal\.jsonl: a link, not a plain/),
    });
    const checked = await box.run('snapshots', 'verify', 'base', '--dir', 'torn');
    expect(checked).toMatchObject({ code: 2, err: expect.stringMatching(/^incline: .*journal\.jsonl: a link/) });
    rmSync(inFolder('torn/base'), { recursive: true });
  });

  test('in one line, status 2, where it has none, or there is no such run', async () => {
    const none = await box.run('eval', 'torn');
    expect(none).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^incline: torn: there is no snapshot to read .*\n$/),
    });
    const wrong = await box.run('train', '--resume', 'bse');
    expect(wrong).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^incline: bse: no such run .*base\?\n$/),
    });
  });
});

test('verify says of a table that it is no snapshot', async () => {
  writeFileSync(inFolder('table.csv'), 'step,train_loss\n1,0.5\n2,0.25\n');
  const { code, err } = await box.run('snapshots', 'verify', 'table.csv');
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringMatching(/^incline: .*table\.csv: is not a snapshot \(no safetensors header\); [^\n]*\n$/),
  });
});

test('show counts one thread as one', async () => {
  expect((await box.run('snapshots', 'show', end)).out).toMatch(/ · 1 thread · unroll/);
});
