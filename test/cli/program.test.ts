import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { runName } from '../../src/store/run_folder.ts';
import { finished, sandbox, until } from './program.ts';

const box = sandbox();
beforeAll(() => expect(existsSync(box.folder)).toBe(true));
afterAll(() => box.remove());

const runFolder = (name: string) => join(box.folder, 'snapshots', name);
const snapshots = (name: string) => readdirSync(runFolder(name)).filter((file) => file.endsWith('.safetensors'));

test('without a terminal: plain progress, a chart, a summary that says how to go on, exit 0', async () => {
  const { code, out, err } = await box.run('train', 'yang-tiny', '--name', 'plain');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^incline · plain · seed 0$/m);
  expect(out).toMatch(/^ +1 500( +[\d.e-]+){4}$/m);
  expect(out).toContain('┤');
  expect(out).toContain('npx incline train --resume snapshots/plain/step-00001500.safetensors --steps 3000');
  expect(out).not.toContain('\u001b');
  expect(snapshots('plain').at(-1)).toBe('step-00001500.safetensors');
  expect(statSync(runFolder('plain')).mode & 0o777).toBe(0o700);
  for (const file of readdirSync(runFolder('plain')))
    expect(statSync(join(runFolder('plain'), file)).mode & 0o077).toBe(0);
});

const python = spawnSync('python3', ['--version']).status === 0;
if (!python) console.log('skipped: no python3 to read a snapshot independently');

test.skipIf(!python)('a reader that is not ours finds the documented names, shapes and numbers in a snapshot', () => {
  const reader = fileURLToPath(new URL('../snapshots/independent_reader.py', import.meta.url));
  const file = join(runFolder('plain'), 'step-00001500.safetensors');
  const { stdout, stderr } = spawnSync('python3', [reader, file], { encoding: 'utf8', maxBuffer: 1 << 28 });
  expect(stderr).toBe('');
  const { metadata, tensors, sha256 } = JSON.parse(stdout.replace(/\b(NaN|Infinity)\b/g, '"$1"'));
  const state = {
    'params/Q': [32, 16, 16],
    'params/w': [32, 32],
    'optimizer/m/Q': [32, 16, 16],
    'optimizer/m/w': [32, 32],
    'optimizer/v/Q': [32, 16, 16],
    'optimizer/v/w': [32, 32],
    'optimizer/m_weight': [],
    'optimizer/v_weight': [],
    'task/tokens': [32, 16],
    'task/features': [32, 4],
    'mask/heads': [1, 32],
    'mask/neurons': [1, 0],
    'probe/attention': [1, 1, 32, 32, 8],
    'probe/mixing': [8, 32],
    'probe/optimal_mixing': [8, 32],
    'probe/head_weights': [32, 32],
    'probe/head_magnitude': [1, 32],
    'probe/prediction': [1, 32],
    'probe/target': [1, 32],
    'probe/ridge_limit': [1, 32],
    'probe/ridge_best': [1, 32],
  };
  const found = Object.entries(tensors as Record<string, { dtype: string; shape: number[] }>);
  const history = found.filter(([name]) => name.startsWith('history/'));
  expect(
    Object.fromEntries(
      found.filter(([name]) => !name.startsWith('history/')).map(([name, { shape }]) => [name, shape]),
    ),
  ).toEqual(state);
  for (const [name, { dtype }] of found)
    expect([name, dtype]).toEqual([name, /^history\/.*\/step$/.test(name) ? 'I64' : 'F32']);
  const curves = new Set(history.map(([name]) => name.split('/').slice(1, -1).join('/')));
  for (const metric of ['train_loss', 'gap', 'in_domain_inference_loss', 'out_of_domain_inference_loss'])
    expect(curves).toContain(metric);
  expect(tensors['history/train_loss/step'].data).toEqual(Array.from({ length: 1500 }, (_, i) => i + 1));
  for (const part of ['min', 'max', 'last']) expect(tensors[`history/train_loss/${part}`].shape).toEqual([1500]);
  expect(metadata).toMatchObject({ format: 'incline/1', step: '1500', seed: '0', mask_revision: '0', sha256 });
  expect(JSON.parse(metadata.config).task.name).toBe('representation_regression');
  expect(JSON.parse(metadata.rng)).toHaveProperty('train');
  // Every row of every pattern is a distribution over the prompt.
  const { data } = tensors['probe/attention'];
  for (let row = 0; row < 32 * 32; row++) {
    expect(data.slice(8 * row, 8 * row + 8).reduce((sum: number, value: number) => sum + value)).toBeCloseTo(1, 5);
  }
});

test('--json prints the journal, event for event', async () => {
  const { code, out } = await box.run('train', 'yang-tiny', '--json', '--steps', '30', '--name', 'json');
  expect(code).toBe(0);
  expect(out).toBe(readFileSync(join(runFolder('json'), 'journal.jsonl'), 'utf8'));
  const events = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(
    events.every((event, i) => event.v === 1 && event.seq === i + 1 && !Number.isNaN(Date.parse(event.time))),
  ).toBe(true);
  expect(events.filter((event) => event.type === 'metrics').map((event) => event.step)).toEqual(
    Array.from({ length: 30 }, (_, i) => i + 1),
  );
  expect(events.at(-1)).toMatchObject({ type: 'run_finished', step: 30, reason: 'completed' });
});

test('--resume goes on in a new run with the same bytes as an undisturbed one', async () => {
  await box.run('train', 'yang-tiny', '--steps', '60', '--set', 'snapshot.every=40', '--name', 'whole');
  const resumed = await box.run(
    'train',
    '--resume',
    join(runFolder('whole'), 'step-00000040.safetensors'),
    '--name',
    'rest',
  );
  expect(resumed).toMatchObject({ code: 0, err: '' });
  const [whole, rest] = await Promise.all(
    ['whole', 'rest'].map((name) => readSnapshot(join(runFolder(name), 'step-00000060.safetensors'))),
  );
  for (const name of ['Q', 'w']) expect(rest!.snapshot.params[name]!.data).toEqual(whole!.snapshot.params[name]!.data);
  expect(JSON.parse(readFileSync(join(runFolder('rest'), 'run.json'), 'utf8')).parent).toMatchObject({
    run: 'whole',
    step: 40,
  });
  // The curves before the parent's snapshot come along.
  expect(rest!.snapshot.history['train_loss']!.step[0]).toBe(1);
});

test('runs that would share a name are numbered', async () => {
  const directory = join(box.folder, 'crowded');
  const now = Date.now();
  for (let second = 0; second < 60; second++) {
    mkdirSync(join(directory, runName('yang-tiny', new Date(now + 1000 * second))), { recursive: true });
  }
  const { code, err } = await box.run('train', 'yang-tiny', '--steps', '2', '--dir', directory);
  expect([code, err]).toEqual([0, '']);
  const made = readdirSync(directory).filter((name) => existsSync(join(directory, name, 'run.json')));
  expect(made).toEqual([expect.stringMatching(/^yang-tiny-\d{8}-\d{6}-2$/)]);
});

describe('ending early', () => {
  const settings = ['--set', 'train.schedule=constant', '--set', 'snapshot.occasions=false'];
  const long = ['train', 'yang-tiny', '--steps', '10000000', ...settings, '--json', '--name'];

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 130],
    ['SIGHUP', 130],
  ] as const)('%s finishes the step, saves and exits', async (signal, code) => {
    const child = box.start(...long, signal);
    const end = finished(child);
    await until(
      () =>
        existsSync(join(runFolder(signal), 'journal.jsonl')) &&
        statSync(join(runFolder(signal), 'journal.jsonl')).size > 5000,
    );
    child.kill(signal);
    const { code: found, err } = await end;
    expect(found).toBe(code);
    expect(err).toMatch(new RegExp(`^incline: ${signal}: stopped at step .*\\n$`));
    expect(snapshots(signal)).toHaveLength(1);
    const last = JSON.parse(
      readFileSync(join(runFolder(signal), 'journal.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .at(-1)!,
    );
    expect(last).toMatchObject({ type: 'run_finished', reason: 'stopped' });
  });

  test('a closed stdout saves and exits', async () => {
    const child = box.start(...long, 'pipe');
    await until(() => existsSync(join(runFolder('pipe'), 'journal.jsonl')));
    const end = new Promise<number | null>((resolve) => child.on('exit', resolve));
    child.stdout!.destroy();
    expect(await end).toBe(130);
    expect(snapshots('pipe')).toHaveLength(1);
  });
});

describe('bad input: one clear line, exit 2, nothing written', () => {
  const broken = (content: string) => {
    writeFileSync(join(box.folder, 'broken.json'), content);
    return 'broken.json';
  };
  const cases: [string, () => string[], RegExp][] = [
    ['unknown preset', () => ['train', 'yang-quik'], /no preset "yang-quik".*did you mean yang-quick\?/],
    ['unknown command', () => ['trian'], /"trian".*did you mean train\?/],
    ['unknown flag', () => ['train', '--sed', '3'], /[Uu]nknown.*sed/],
    [
      'unknown key',
      () => ['train', '--set', 'train.learning_rat=1'],
      /train\.learning_rat.*did you mean learning_rate\?/,
    ],
    ['wrong type', () => ['train', '--set', 'train.steps="many"'], /--set: train\.steps is "many"; expected a number/],
    ['out of range', () => ['train', '--set', 'model.heads=0'], /model\.heads is 0; expected a number ≥ 1/],
    ['no value', () => ['train', '--set', 'seed'], /expected path=value/],
    [
      'impossible sizes',
      () => ['train', '--set', 'task.tokens=8'],
      /task\.prompt_examples is 8.*lower task\.prompt_examples or raise task\.tokens/,
    ],
    ['not JSON', () => ['train', broken('{')], /broken\.json: not valid JSON/],
    ['not an object', () => ['presets', 'validate', broken('[]')], /broken\.json: not a JSON object/],
    ['unknown task', () => ['train', broken('{"task":{"name":"x"},"model":{"name":"y"}}')], /unknown task "x"/],
    ['no model', () => ['train', broken('{"task":{"name":"representation_regression"}}')], /model is missing/],
    ['no such file', () => ['train', 'nowhere/x.json'], /no such file/],
    ['no such snapshot', () => ['train', '--resume', 'nowhere.safetensors'], /nowhere\.safetensors/],
    ['not a snapshot', () => ['train', '--resume', broken('hello')], /broken\.json/],
    ['unknown engine', () => ['train', '--device', 'abacus'], /abacus|device/],
    ['engine not here', () => ['train', 'yang-tiny', '--device', 'cuda', '--headless'], /cuda/],
    [
      'sizes beyond any engine',
      () => ['train', 'yang-tiny', '--set', 'task.token_dim=100000'],
      /tensor of \d+ numbers; expected at most/,
    ],
    ['no folder', () => ['train', '--dir', ''], /^incline: --dir needs a value; e\.g\. --dir snapshots$/m],
    [
      'a file for a folder',
      () => ['train', 'yang-tiny', '--dir', broken('x')],
      /broken\.json: cannot make this folder/,
    ],
    ['a folder that cannot be', () => ['train', 'yang-tiny', '--dir', '/proc/nowhere'], /cannot make this folder/],
    ['a flag of the wrong type', () => ['train', '--seed', 'x'], /--seed is "x"; expected a number/],
    ['a word joined to a flag for numbers', () => ['train', '--steps=12q'], /--steps is "12q"; expected a number/],
    ['a name with a slash', () => ['train', '--name', 'a/b'], /--name: "a\/b"/],
    ['no terminal to attach', () => ['attach'], /needs a terminal/],
    ['presets of nothing', () => ['presets'], /list, show, validate/],
  ];

  test.each(cases)('%s', async (_name, words, message) => {
    const before = existsSync(join(box.folder, 'snapshots')) ? readdirSync(join(box.folder, 'snapshots')) : [];
    const { code, out, err } = await box.run(...words());
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(existsSync(join(box.folder, 'snapshots')) ? readdirSync(join(box.folder, 'snapshots')) : []).toEqual(before);
  });

  test('an existing run is not overwritten', async () => {
    await box.run('train', 'yang-tiny', '--steps', '5', '--name', 'twice');
    const before = readFileSync(join(runFolder('twice'), 'journal.jsonl'), 'utf8');
    const { code, err } = await box.run('train', 'yang-tiny', '--steps', '5', '--name', 'twice');
    expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
    expect(readFileSync(join(runFolder('twice'), 'journal.jsonl'), 'utf8')).toBe(before);
    expect(await box.run('train', 'twice', '--steps', '9')).toEqual({
      code: 2,
      out: '',
      err: 'incline: twice is a run, and no preset; go on with it by: npx incline train --resume twice\n',
    });
  });
});

test('presets list, show and validate', async () => {
  const list = JSON.parse((await box.run('presets', 'list', '--json')).out);
  expect(list.v).toBe(1);
  expect(list.presets.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['yang-fig2a', 'yang-quick', 'yang-tiny']),
  );
  expect(list.presets).toContainEqual({ name: 'yang-quick', title: expect.any(String), seconds: 20 });
  const lines = (await box.run('presets', 'list')).out.split('\n');
  // At its pace of 100 steps a second.
  expect(lines.find((line) => line.startsWith('yang-quick '))).toMatch(
    /^yang-quick +20 s {2}Multi-head softmax learns/,
  );
  const show = JSON.parse((await box.run('presets', 'show', 'yang-tiny', '--set', 'seed=4', '--json')).out);
  expect(show.config.seed).toBe(4);
  expect(show.origins).toMatchObject({ seed: 'flag', 'train.steps': 'preset', 'train.beta1': 'default' });
  expect((await box.run('presets', 'validate')).out).toMatch(/yang-quick\.json: ok/);
});

test('preferences are kept, checked and used', async () => {
  const set = async (...words: string[]) => (await box.run('config', 'set', ...words)).code;
  expect(await set('directory', 'elsewhere')).toBe(0);
  expect((await box.run('config', 'get', 'directory')).out).toBe('elsewhere\n');
  expect(JSON.parse((await box.run('config', 'list', '--json')).out)).toMatchObject({
    v: 1,
    preferences: { directory: 'elsewhere' },
  });
  await box.run('train', 'yang-tiny', '--steps', '3', '--name', 'there');
  expect(existsSync(join(box.folder, 'elsewhere', 'there', 'run.json'))).toBe(true);
  expect(await set('directory')).toBe(0);
  expect((await box.run('config', 'get', 'directory')).out).toBe('\n');
  for (const words of [
    ['theme', 'purple'],
    ['them', 'dark'],
    ['fps', 'many'],
  ]) {
    const { code, err } = await box.run('config', 'set', ...words);
    expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
  }
});

test('preferences are unset in either way, and listed with what holds without them and what can be chosen', async () => {
  const config = async (...words: string[]) => (await box.run('config', ...words)).out;
  const row = async (name: string) => (await config('list')).split('\n').find((line) => line.startsWith(`${name} `));
  for (const unset of [
    ['set', 'theme', 'default'],
    ['unset', 'theme'],
  ]) {
    expect(await config('set', 'theme', 'light')).toBe('theme is light\n');
    expect(await row('theme')).toMatch(/^theme +light +colours .*: dark, light$/);
    expect(await config(...unset)).toBe('theme is not set: dark\n');
    expect(await row('theme')).toMatch(/^theme +\(dark\) +colours .*: dark, light$/);
  }
  expect(await row('device')).toMatch(/^device +\(auto\) .*: auto, cpu, /);
  expect(await row('adapter')).toMatch(/^adapter +– /);
  const { code, err } = await box.run('config', 'set', 'theme', 'drak');
  expect({ code, err }).toEqual({
    code: 2,
    err: 'incline: theme cannot be "drak"; expected one of dark, light, default; did you mean dark?\n',
  });
}, 30_000);

test('without a terminal and a command: help, exit 0', async () => {
  const { code, out } = await box.run();
  expect(code).toBe(0);
  expect(out).toContain('incline train');
});
