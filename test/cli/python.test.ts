import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { modules, pythonWith, runPython } from '../python.ts';
import { sandbox } from './program.ts';

const python = pythonWith('numpy');
const withTorch = pythonWith('numpy', 'torch');
const withPandas = pythonWith('numpy', 'pandas');
const withOnnx = pythonWith('numpy', 'onnx');
const checks = fileURLToPath(new URL('../snapshots/python/checks.py', import.meta.url));
const box = sandbox();
const inFolder = (name: string): string => join(box.folder, name);
const base = 'snapshots/base/step-00000030.safetensors';
beforeAll(async () => {
  const sizes = ['layers=1', 'width=8', 'mlp_width=8'].flatMap((size) => ['--set', `model.${size}`]);
  const rest = [
    '--set',
    'task.points=5',
    '--set',
    'task.dim=3',
    '--set',
    'snapshot.every=10',
    '--set',
    'evaluate.every=10',
  ];
  const { code } = await box.run('train', 'garg-linear-small', '--steps', '30', '--name', 'base', ...sizes, ...rest);
  expect(code).toBe(0);
}, 60_000);
afterAll(() => box.remove());

interface Printed {
  readonly metrics: Record<string, { mean: number }>;
  readonly predictions: Record<'tokens' | 'target', { shape: number[]; data: number[] }>;
}

async function evaluated(file: string): Promise<Printed> {
  const { code, out, err } = await box.run(
    'eval',
    file,
    '--json',
    '--predictions',
    '--prompts',
    '40',
    '--no-baselines',
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

function nested([count, ...rest]: readonly number[], data: readonly number[]): unknown {
  if (count === undefined) return data[0];
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => nested(rest, data.slice(i * size, (i + 1) * size)));
}

describe.each([
  ['numpy', python],
  ['torch', withTorch],
] as const)('a step of training in %s', (library, interpreter) => {
  test.skipIf(!interpreter)('counts here: the loss that it ended with is what eval measures', async () => {
    const { metrics, predictions } = await evaluated(base);
    const { tokens, target } = predictions;
    const given = { tokens: nested(tokens.shape, tokens.data), target: nested(target.shape, target.data) };
    const out = inFolder(`${library}.safetensors`);
    const losses = runPython(interpreter!, checks, [`${library}_step`, inFolder(base), out], given) as [number, number];
    expect(losses[1]).toBeLessThan(0.999 * losses[0]);
    expect(Math.abs(metrics['eval_loss']!.mean - losses[0])).toBeLessThan(1e-5);
    expect(Math.abs((await evaluated(out)).metrics['eval_loss']!.mean - losses[1])).toBeLessThan(1e-5);
    const [before, after] = [await readSnapshot(inFolder(base)), await readSnapshot(out)];
    expect(after.notices).toEqual([]);
    const { params, probe, ...kept } = before.snapshot;
    expect(after.snapshot).toMatchObject(kept);
    expect(after.snapshot.probe).toEqual({});
    const resumed = await box.run('train', '--resume', out, '--steps', '35', '--name', `on-${library}`);
    expect(resumed).toMatchObject({ code: 0, err: '' });
  });
});

interface Columns {
  readonly metric: string[];
  readonly step: number[];
  readonly last: number[];
}

function steps({ metric, step }: Columns, name: string): number[] {
  return step.filter((_, i) => metric[i] === name);
}

test.skipIf(!python)(
  'curves of a run and of its snapshot are the same numbers, also after it went on from before',
  async () => {
    const read = (path: string) => runPython(python!, checks, ['curves', inFolder(path)]) as Columns;
    const { history } = (await readSnapshot(inFolder(base))).snapshot;
    for (const columns of [read('snapshots/base'), read(base)]) {
      // What is compared with is told beside training, whenever it is known.
      const measured = new Set(columns.metric.filter((name) => !name.startsWith('baseline/')));
      expect([...measured].sort()).toEqual(
        Object.keys(history)
          .filter((name) => !name.startsWith('baseline/'))
          .sort(),
      );
      for (const name of measured) {
        const { step, last } = history[name]!;
        expect(steps(columns, name)).toEqual([...step]);
        const values = columns.last.filter((_, i) => columns.metric[i] === name);
        expect(Float32Array.from(values)).toEqual(last);
      }
    }
    const words = ['--in-place', '--steps', '24', '--set', 'train.learning_rate=0.01'];
    const again = await box.run('train', '--resume', 'snapshots/base/step-00000020.safetensors', ...words);
    expect(again.code).toBe(0);
    expect(steps(read('snapshots/base'), 'train_loss').at(-1)).toBe(24);
    expect(steps(read('snapshots/base'), 'train_loss')).toHaveLength(24);
  },
);

test.skipIf(!withPandas)('a data frame has a row a step of a metric', async () => {
  const { columns, losses } = runPython(withPandas!, checks, ['frame', inFolder('snapshots/base')]) as {
    columns: string[];
    losses: number[];
  };
  expect(columns).toEqual(['metric', 'step', 'min', 'max', 'last']);
  expect(losses.length).toBeGreaterThan(20);
});

test.skipIf(!withOnnx)("ONNX's own checker takes a model, whose axes, weights and operations have names", async () => {
  await box.run('snapshots', 'export', base, '--to', 'onnx', '--out', 'checked.onnx');
  const { shapes, metadata, weights, operations } = runPython(withOnnx!, checks, [
    'onnx',
    inFolder('checked.onnx'),
  ]) as {
    shapes: object;
    metadata: object;
    weights: string[];
    operations: string[];
  };
  expect(shapes).toEqual({
    'input.tokens': ['prompts', 'tokens', 3],
    'output.prediction': ['prompts', '(tokens + 1) / 2'],
    'output.attention': ['prompts', 1, 4, 'tokens', 'tokens'],
  });
  expect(metadata).toMatchObject({ step: '30', task: 'linear_regression', model: 'decoder', seed: '0' });
  expect(weights).toEqual(expect.arrayContaining(['params/in.W', 'params/layers.0.attn.W_Q', 'params/out.b']));
  expect(operations).toContainEqual(expect.stringMatching(/^layers\.0\.attn\/softmax_\d+$/));
  expect(operations.filter((name) => name.startsWith('temporary_'))).toEqual([]);
});

test('help says where the modules lie, and they lie there', async () => {
  const { out } = await box.run('help', 'python');
  const [, folder] = /PYTHONPATH=(\S+)/.exec(out)!;
  for (const name of ['incline_snapshots.py', 'incline_transformers.py'])
    expect(existsSync(join(folder!, name))).toBe(true);
  if (!python) return;
  const env = { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' };
  const script = 'import incline_snapshots as incline; print(incline.load("snapshots/base").config["task"]["points"])';
  expect(spawnSync(python, ['-c', script], { env, cwd: box.folder, encoding: 'utf8' })).toMatchObject({
    stdout: '5\n',
    stderr: '',
  });
});

describe('the recipes of .docs/python.md', () => {
  const text = readFileSync(new URL('../../.docs/python.md', import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/```python\n(.*?)```/gs)].map(([, block]) => block!);
  const env = { ...process.env, PYTHONPATH: modules, PYTHONDONTWRITEBYTECODE: '1' };
  beforeAll(async () => {
    await box.run('snapshots', 'rename', 'base', 'my-run');
    const { out } = await box.run('eval', 'my-run', '--json', '--predictions', '--prompts', '40');
    writeFileSync(inFolder('prompts.json'), out);
    await box.run('snapshots', 'export', 'my-run', '--to', 'transformerlens', '--out', 'lens.safetensors');
    await box.run('snapshots', 'export', 'my-run', '--to', 'onnx', '--out', 'model.onnx');
  });

  test.each(blocks.map((block) => [block.split('\n').at(-2)!, block]))('run as they stand: … %s', (_last, block) => {
    const imported = [...block.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name]) => name!);
    const needs = [
      'numpy',
      ...imported.filter((name) => name !== 'incline_snapshots'),
      ...(/frame\(/.test(block) ? ['pandas'] : []),
    ];
    const interpreter = pythonWith(...needs);
    if (!interpreter) return;
    const done = spawnSync(interpreter, ['-c', block], { env, cwd: box.folder, encoding: 'utf8' });
    expect(done).toMatchObject({ status: 0, stderr: '' });
    const written = [...block.matchAll(/save\("(.*?)"/g)].map(([, file]) => file!);
    for (const file of written) expect(existsSync(inFolder(file))).toBe(true);
    expect(done.stdout.length + written.length).toBeGreaterThan(0);
  });
});
