import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/snapshots/format.ts';
import { readSnapshot, saveSnapshot } from '../../src/snapshots/store.ts';
import { sandbox } from './program.ts';

const box = sandbox();
const file = 'snapshots/trained/step-00000300.safetensors';
/** Sizes of yang-tiny. */
const [N, K, H] = [8, 32, 32];
let snapshot: Snapshot;

beforeAll(async () => {
  await box.run('train', 'yang-tiny', '--steps', '300', '--name', 'trained');
  ({ snapshot } = await readSnapshot(join(box.folder, file)));
}, 60_000);
afterAll(() => box.remove());

interface Tensor {
  readonly shape: number[];
  readonly data: number[];
}

interface Printed {
  readonly v: number;
  readonly file: string;
  readonly step: number;
  readonly mask: string[];
  readonly metrics: Record<string, { mean: number; stderr: number | null; n: number; unit: string; better: string }>;
  readonly theory: Record<string, number>;
  readonly attention?: Tensor;
  readonly predictions?: Record<string, Tensor>;
}

async function evaluate(...words: string[]): Promise<Printed> {
  const { code, out, err } = await box.run('eval', file, '--json', ...words);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.trim().split('\n')).toHaveLength(1);
  return JSON.parse(out);
}

/** Mean and standard error over rows of the mean square of a − b in columns from ≤ k < to. */
function meanSquares(a: Tensor, b: Tensor, from: number, to: number) {
  const [rows, columns] = a.shape as [number, number];
  const each = Array.from({ length: rows }, (_, p) => {
    let sum = 0;
    for (let k = from; k < to; k++) sum += (a.data[p * columns + k]! - b.data[p * columns + k]!) ** 2;
    return sum / (to - from);
  });
  const mean = each.reduce((sum, value) => sum + value, 0) / rows;
  const variance = each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (rows - 1);
  return { mean, stderr: Math.sqrt(variance / rows), n: rows };
}

function expectEstimate(found: Printed['metrics'][string], expected: ReturnType<typeof meanSquares>, factor = 1) {
  expect(found.n).toBe(expected.n);
  expect(found.mean / (factor * expected.mean)).toBeCloseTo(1, 10);
  expect(found.stderr! / (factor * expected.stderr)).toBeCloseTo(1, 10);
}

/** Â [N, K] from the patterns of the snapshot's probe and w, leaving out heads. */
function mixingWithout(pruned: readonly number[]): number[] {
  const pattern = snapshot.probe['attention']!.data; // [head, token, example]
  const w = snapshot.params['w']!.data; // [head, token]
  return Array.from({ length: N * K }, (_, i) => {
    const [n, k] = [Math.floor(i / K), i % K];
    let sum = 0;
    for (let h = 0; h < H; h++) if (!pruned.includes(h)) sum += w[h * K + k]! * pattern[(h * K + k) * N + n]!;
    return sum;
  });
}

function expectClose(found: readonly number[], expected: readonly number[], tolerance: number) {
  const largest = Math.max(...expected.map(Math.abs));
  expect(found).toHaveLength(expected.length);
  found.forEach((value, i) => {
    if (!(Math.abs(value - expected[i]!) <= tolerance * largest)) expect(value, `entry ${i}`).toBe(expected[i]);
  });
}

describe('eval --json', () => {
  test('prints the documented object; theory apart from what was measured', async () => {
    const { v, file: named, step, mask, metrics, theory, ...more } = await evaluate();
    expect({ v, named, step, mask, more }).toEqual({ v: 1, named: file, step: 300, mask: [], more: {} });
    expect(Object.keys(metrics)).toEqual(
      expect.arrayContaining([
        'eval_loss',
        'gap',
        'seen_error',
        'unseen_error',
        'in_domain_inference_loss',
        'out_of_domain_inference_loss',
        'gap_to_best_ridge',
        'baseline/zero/unseen_error',
        'baseline/ridge/unseen_error',
        'baseline/best_ridge/unseen_error',
      ]),
    );
    for (const metric of Object.values(metrics)) {
      expect(Object.keys(metric).sort()).toEqual(['better', 'mean', 'n', 'stderr', 'unit']);
    }
    for (const name of ['loss_floor', 'initial_loss', 'ridge_gap', 'zeta0', 'rate_bound', 'rate_fitted']) {
      expect(Number.isFinite(theory[name]), name).toBe(true);
    }
    expect(theory['expected_in_domain_inference_loss']).toBeCloseTo(2 * metrics['gap']!.mean, 12);
    expect(metrics).not.toHaveProperty('expected_in_domain_inference_loss');
  });

  test('repeats what the run measured at its last step', async () => {
    const { metrics } = await evaluate();
    for (const name of ['gap', 'in_domain_inference_loss', 'out_of_domain_inference_loss', 'unseen_error']) {
      const { step, last } = snapshot.history[name]!;
      expect(step.at(-1)).toBe(300);
      if (name !== 'gap') expect(Math.fround(metrics[name]!.mean)).toBe(last.at(-1));
    }
    const gaps = snapshot.history['train_gap']!;
    const late = [...gaps.step].flatMap((step, i) => (step >= 150 ? [{ step, log: Math.log(gaps.last[i]!) }] : []));
    const mean = (of: (point: { step: number; log: number }) => number) =>
      late.reduce((sum, point) => sum + of(point), 0) / late.length;
    const [x, y] = [mean(({ step }) => step), mean(({ log }) => log)];
    const gradient = mean((p) => (p.step - x) * (p.log - y)) / mean((p) => (p.step - x) ** 2);
    expect((await evaluate()).theory['rate_fitted']).toBeCloseTo(Math.exp(gradient), 10);
  });

  test('the metrics follow from the predictions it prints', async () => {
    const { metrics, predictions } = await evaluate('--predictions', '--prompts', '30', '--seed', '5');
    const p = predictions!;
    expect(p['in_domain_prediction']!.shape).toEqual([30, K]);
    expectEstimate(
      metrics['in_domain_inference_loss']!,
      meanSquares(p['in_domain_prediction']!, p['in_domain_ridge']!, 0, K),
    );
    expectEstimate(
      metrics['gap_to_best_ridge']!,
      meanSquares(p['in_domain_prediction']!, p['in_domain_best_ridge']!, 0, K),
    );
    expectEstimate(
      metrics['out_of_domain_inference_loss']!,
      meanSquares(p['out_of_domain_prediction']!, p['out_of_domain_ridge']!, 0, K),
    );
    expectEstimate(metrics['eval_loss']!, meanSquares(p['in_domain_prediction']!, p['in_domain_target']!, 0, K), 0.5);
    expectEstimate(metrics['seen_error']!, meanSquares(p['in_domain_prediction']!, p['in_domain_target']!, 0, N));
    expectEstimate(metrics['unseen_error']!, meanSquares(p['in_domain_prediction']!, p['in_domain_target']!, N, K));
    expectEstimate(
      metrics['baseline/ridge/unseen_error']!,
      meanSquares(p['in_domain_ridge']!, p['in_domain_target']!, N, K),
    );
  });

  test('the predictions follow from the parameters in the file', async () => {
    const { predictions, attention } = await evaluate('--predictions', '--attention', '--prompts', '6');
    expect(attention!.shape).toEqual([1, 1, H, K, N]);
    expectClose(attention!.data, [...snapshot.probe['attention']!.data], 0);
    const mixing = mixingWithout([]);
    expectClose(predictions!['mixing']!.data, mixing, 1e-5);
    const labels = predictions!['in_domain_labels']!;
    const expected = Array.from({ length: 6 * K }, (_, i) => {
      const [prompt, k] = [Math.floor(i / K), i % K];
      let sum = 0;
      for (let n = 0; n < N; n++) sum += labels.data[prompt * N + n]! * mixing[n * K + k]!;
      return sum;
    });
    expectClose(predictions!['in_domain_prediction']!.data, expected, 1e-5);
  });

  test('--no-baselines leaves them out, and nothing else', async () => {
    const [all, some] = [await evaluate(), await evaluate('--no-baselines')];
    const own = Object.entries(all.metrics).filter(([name]) => !name.startsWith('baseline/'));
    expect(some.metrics).toEqual(Object.fromEntries(own));
    expect(some.theory).toEqual(all.theory);
  });

  test('a masked head leaves out its contribution and nothing else', async () => {
    const pruned = [3, 10, 11, 12];
    for (const words of [['--mask', '-L0H3,-L0H10-12'], ['--mask=-L0H0-31,+L0H0-2,+L0H4-9,+L0H13-31']]) {
      const { predictions, metrics } = await evaluate('--predictions', '--prompts', '4', ...words);
      expectClose(predictions!['mixing']!.data, mixingWithout(pruned), 1e-5);
      expect(metrics['gap']!.mean).toBeGreaterThan(0.05);
    }
    expect((await evaluate('--mask', '-L0H3')).mask).toEqual(['-L0H3']);
  });

  test('starts from the masks of the snapshot', async () => {
    const heads = { ...snapshot.mask!.heads, data: Float32Array.from(snapshot.mask!.heads.data) };
    heads.data[7] = 0;
    await saveSnapshot(box.folder, { ...snapshot, mask: { ...snapshot.mask!, heads } });
    const measured = async (...words: string[]) => {
      const given = ['step-00000300.safetensors', '--json', '--predictions', '--prompts', '2', ...words];
      const { mask, predictions } = JSON.parse((await box.run('eval', ...given)).out) as Printed;
      return { mask, mixing: predictions!['mixing']!.data };
    };
    const cases: [string[], number[], string[]][] = [
      [[], [7], ['-L0H7']],
      [['--mask', '+L0H7'], [], []],
      [['--mask', '-L0H8'], [7, 8], ['-L0H7-8']],
    ];
    for (const [words, pruned, mask] of cases) {
      const found = await measured(...words);
      expectClose(found.mixing, mixingWithout(pruned), 1e-5);
      expect(found.mask).toEqual(mask);
    }
  });

  test('--seed draws other prompts of the same task; --prompts says how many; --set changes how it is measured', async () => {
    const [one, other, few, noisy] = await Promise.all([
      evaluate('--seed', '1'),
      evaluate('--seed', '2'),
      evaluate('--prompts', '17'),
      evaluate('--set', 'task.noise=0.5'),
    ]);
    expect(other!.metrics['unseen_error']!.mean).not.toBe(one!.metrics['unseen_error']!.mean);
    expect(other!.metrics['gap']).toEqual(one!.metrics['gap']);
    expect(other!.theory).toEqual(one!.theory);
    expect(few!.metrics['unseen_error']!.n).toBe(17);
    expect(noisy!.theory['loss_floor']).toBeGreaterThan(10 * one!.theory['loss_floor']!);
  });
});

describe('eval --over', () => {
  const over = async (...words: string[]) => {
    const { code, out, err } = await box.run('eval', file, '--over', 'task.noise=0.5,0.02', ...words);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out;
  };

  test('measures with each value as with --set, in JSON and as comma-separated values', async () => {
    const { over: paths, points } = JSON.parse(await over('--json')) as {
      over: string[];
      points: (Printed & { values: Record<string, number> })[];
    };
    expect(paths).toEqual(['task.noise']);
    expect(points.map(({ values }) => values)).toEqual([{ 'task.noise': 0.5 }, { 'task.noise': 0.02 }]);
    for (const { values, metrics, theory } of points) {
      const alone = await evaluate('--set', `task.noise=${values['task.noise']}`);
      expect({ metrics, theory }).toEqual({ metrics: alone.metrics, theory: alone.theory });
    }
    const [header, ...rows] = (await over('--csv')).trim().split('\n');
    expect(header).toBe('task.noise,metric,mean,stderr,n');
    const { mean, stderr, n } = points[1]!.metrics['unseen_error']!;
    expect(rows).toContain(`0.02,unseen_error,${mean},${stderr},${n}`);
    expect(rows).toHaveLength(2 * Object.keys(points[0]!.metrics).length);
    const [head, ...lines] = (await box.run('eval', file, '--csv')).out.trim().split('\n');
    expect(head).toBe('metric,mean,stderr,n');
    expect(lines.map((line) => line.split(',')[0])).toEqual(Object.keys(points[0]!.metrics));
  });

  test('takes all combinations of several settings', async () => {
    const [header, ...rows] = (await over('--over', 'evaluate.prompts=3,5', '--csv')).trim().split('\n');
    expect(header).toBe('task.noise,evaluate.prompts,metric,mean,stderr,n');
    const found = rows.filter((row) => row.split(',')[2] === 'unseen_error').map((row) => row.split(','));
    expect(found.map(([noise, prompts]) => `${noise} ${prompts}`)).toEqual(['0.5 3', '0.5 5', '0.02 3', '0.02 5']);
    expect(found.map((cells) => cells.at(-1))).toEqual(['3', '5', '3', '5']);
  });

  test('otherwise shows the metrics that the setting moves', async () => {
    const out = await over();
    expect(out).toMatch(
      /^Error on unseen tokens or tasks +zero +ridge +best ridge\n +task\.noise = 0\.5 +[\d.e-]+ +± +[\d.e-]+ +200( +[\d.e-]+){3}$/m,
    );
    expect(out).toMatch(/^ +task\.noise = 0\.02 +[\d.e-]+ +± +[\d.e-]+ +200( +[\d.e-]+){3}$/m);
    const { out: unmoved } = await box.run('eval', file, '--over', 'train.steps=1,2');
    expect(unmoved).toMatch(/no metric depends on this/);
  });
});

test('without --json: a table', async () => {
  const { code, out, err } = await box.run('eval', file);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/step-00000300\.safetensors · step 300$/m);
  expect(out).toMatch(/^In-domain distance from the ridge limit +[\d.e-]+ +± +[\d.e-]+ +200$/m);
  expect(out).toMatch(/^Factor on L − L\* per step, bound of Theorem 1 +1 − [\d.e-]+$/m);
  expect(out.split('\n').every((line) => line.length <= 100)).toBe(true);
});

describe('bad input: one clear line, exit 2', () => {
  const junk = () => {
    writeFileSync(join(box.folder, 'junk'), 'hello');
    return 'junk';
  };
  test.each<[string, () => string[], RegExp]>([
    ['no file', () => ['eval'], /file|argument/],
    [
      'a file that is not there',
      () => ['eval', 'nowhere.safetensors'],
      /nowhere\.safetensors: no such run or snapshot/,
    ],
    ['a file that is no snapshot', () => ['eval', junk()], /junk/],
    [
      'a head that is not there',
      () => ['eval', file, '--mask', '-L0H32'],
      /--mask: -L0H32 is not in the model; expected .*heads 0 to 31/,
    ],
    ['a layer that is not there', () => ['eval', file, '--mask', '-L1H0'], /-L1H0 is not in the model/],
    [
      'neurons in a model without',
      () => ['eval', file, '--mask', '-L0N1-3'],
      /-L0N1-3 is not in the model; .*no neurons/,
    ],
    ['a mask that cannot be read', () => ['eval', file, '--mask', 'H3'], /--mask: "H3".*-L0H3/],
    [
      'sizes of another model',
      () => ['eval', file, '--set', 'model.heads=4'],
      /has shape \[.*32.*\]; expected shape \[.*4.*\]/,
    ],
    [
      'sizes of another task',
      () => ['eval', file, '--set', 'task.tokens=40'],
      /task\/tokens has shape \[32, 16\]; expected shape \[40, 16\]/,
    ],
    ['an unknown key', () => ['eval', file, '--set', 'task.nose=1'], /task\.nose.*did you mean noise\?/],
    ['no prompts', () => ['eval', file, '--prompts', '0'], /evaluate\.prompts is 0/],
    ['--attention without --json', () => ['eval', file, '--attention'], /add --json/],
    ['a value that cannot be', () => ['eval', file, '--over', 'task.noise=1,-1'], /--over: task\.noise is -1/],
    ['nothing to vary', () => ['eval', file, '--over', 'task.noise'], /--over: "task\.noise" has no values/],
    ['a missing value', () => ['eval', file, '--over', 'task.noise=1,,2'], /--over: .* has no value in one place/],
    ['a value twice', () => ['eval', file, '--over', 'task.noise=1,2,1.0'], /--over: .* has 1 twice/],
    ['--csv with --json', () => ['eval', file, '--csv', '--json'], /leave one out/],
    ['an unknown flag', () => ['eval', file, '--sed', '3'], /[Uu]nknown.*sed/],
  ])('%s', async (_, words, message) => {
    const { code, out, err } = await box.run(...words());
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  test('a snapshot cannot be resumed into another shape, and no folder is made', async () => {
    const { code, out, err } = await box.run(
      'train',
      '--resume',
      file,
      '--steps',
      '400',
      '--set',
      'task.token_dim=8',
      '--name',
      'other',
    );
    expect(err).toMatch(/task\/tokens has shape \[32, 16\]; expected shape \[32, 8\]/);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect((await box.run('eval', 'snapshots/other')).err).toMatch(/no such run/);
  });
});
