import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/snapshots/format.ts';
import { readSnapshot, saveSnapshot } from '../../src/snapshots/store.ts';
import { sandbox } from './program.ts';

const box = sandbox();
const file = 'snapshots/trained/step-00000300.safetensors';
/** Heads of yang-tiny. */
const H = 32;

beforeAll(async () => {
  await box.run('train', 'yang-tiny', '--steps', '300', '--name', 'trained');
}, 60_000);
afterAll(() => box.remove());

interface Metrics {
  readonly metrics: Record<string, { mean: number; stderr: number | null; n: number }>;
}
interface Point extends Metrics {
  readonly fraction: number;
  readonly removed: number;
  readonly mask: string[];
}
interface Printed {
  readonly v: number;
  readonly file: string;
  readonly step: number;
  readonly order: string;
  readonly score: string;
  readonly parts: string;
  readonly baseline: Metrics;
  readonly points: Point[];
  readonly curves?: { readonly order: string; readonly points: Point[] }[];
  readonly scores?: { readonly shape: number[]; readonly data: number[] };
  readonly compact?: Readonly<
    Record<
      'params_before' | 'params_after' | 'flops_before' | 'flops_after' | 'ms_before' | 'ms_after' | 'difference',
      number
    >
  > & { readonly file: string };
}

async function prune(...words: string[]): Promise<Printed> {
  const { code, out, err } = await box.run('prune', file, '--json', ...words);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.trim().split('\n')).toHaveLength(1);
  return JSON.parse(out);
}

async function evaluated(path: string, ...words: string[]): Promise<Metrics['metrics']> {
  return JSON.parse((await box.run('eval', path, '--json', ...words)).out).metrics;
}

describe('a curve', () => {
  test('of every order, unless one is asked for', async () => {
    const { curves, points, baseline, ...head } = await prune('--curve', '0:0.5:0.25', '--repeats', '3');
    expect(head).toMatchObject({ v: 1, file, step: 300, order: 'smallest', score: 'magnitude', parts: 'heads' });
    expect(curves!.map(({ order }) => order)).toEqual(['smallest', 'random', 'largest']);
    expect(points).toEqual(curves![0]!.points);
    for (const { order, points: own } of curves!) {
      expect(own.map(({ fraction }) => fraction)).toEqual([0, 0.25, 0.5]);
      expect(own.map(({ removed }) => removed)).toEqual([0, 8, 16]);
      expect(own[0]!.metrics['gap']!.mean).toBeCloseTo(baseline.metrics['gap']!.mean, 12);
      if (order === 'random') expect(own[1]!.metrics['gap']!.n).toBe(3);
    }
    const [smallest, random, largest] = curves!.map(({ points: own }) => own[1]!.metrics['gap']!.mean);
    expect(smallest!).toBeLessThan(random!);
    expect(random!).toBeLessThan(largest!);
  });

  test('whose points are what eval says of their masks, on other prompts, too', async () => {
    const { points, scores } = await prune('--fraction', '0.25', '--by', 'largest', '--set', 'task.noise=0.1');
    expect(points).toHaveLength(1);
    const [{ mask, metrics }] = points as [Point];
    for (const [name, value] of Object.entries(
      await evaluated(file, '--set', 'task.noise=0.1', '--mask', mask.join()),
    )) {
      if (metrics[name]) expect(metrics[name].mean, name).toBeCloseTo(value.mean, 12);
    }
    expect(scores!.shape).toEqual([1, H]);
    const gone = mask.flatMap((edit) => {
      const [, from, to] = /^-L0H(\d+)(?:-(\d+))?$/.exec(edit)!;
      return Array.from({ length: Number(to ?? from) - Number(from) + 1 }, (_, i) => Number(from) + i);
    });
    const ranked = scores!.data.map((_, head) => head).sort((a, b) => scores!.data[b]! - scores!.data[a]!);
    expect(gone).toEqual(ranked.slice(0, 8).sort((a, b) => a - b));
  });

  test.each(['attention', 'gradient'])('ranked by %s goes smallest first', async (by) => {
    const { score, order, scores } = await prune('--by', by, '--fraction', '0.1');
    expect({ score, order }).toEqual({ score: by, order: 'smallest' });
    expect(new Set(scores!.data).size).toBeGreaterThan(H / 2);
  });

  test('as text with a chart, and as CSV with every metric', async () => {
    const text = await box.run('prune', file, '--curve', '0:0.2:0.1', '--repeats', '2', '--metric', 'gap');
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toContain('32 heads × 1 layer · ranked by magnitude');
    expect(text.out).toMatch(/pruned {2}parts +smallest first +random +largest first\n +0 % +0/);
    expect(text.out).toContain('% pruned');
    expect(text.out).toContain('a smallest first   b random   c largest first');
    expect(Math.max(...text.out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(text.out).not.toContain('pruned before');
    const { out } = await box.run('prune', file, '--order', 'smallest', '--curve', '0:0.2:0.1', '--csv');
    const [header, ...rows] = out.trim().split('\n');
    expect(header).toBe('parts,score,order,fraction,removed,metric,mean,stderr,n');
    expect(rows.filter((row) => /^heads,magnitude,smallest,0\.1,3,gap,\d/.test(row))).toHaveLength(1);
    expect(rows.every((row) => row.split(',').length === 9)).toBe(true);
  });
});

test('a curve says what was pruned before it begins', async () => {
  const { out } = await box.run('prune', file, '--heads', 'L0H0-6', '--curve', '0:0.4:0.2', '--order', 'smallest');
  expect(out).toMatch(/\n +0 % +7 .*\n +20 % +7 .*\n +40 % +13 /);
  expect(out).toContain('parts: with 7 heads pruned before, which go first in every order');
});

describe('parts named one by one', () => {
  test('are pruned together', async () => {
    const { points, baseline } = await prune('--heads', 'L0H3, L0H5-7');
    expect(points).toHaveLength(1);
    expect(points[0]).toMatchObject({ removed: 4, fraction: 4 / H, mask: ['-L0H3', '-L0H5-7'] });
    const there = await evaluated(file, '--mask', '-L0H3,-L0H5-7');
    expect(points[0]!.metrics['gap']!.mean).toBe(there['gap']!.mean);
    expect(baseline.metrics['gap']!.mean).toBe((await evaluated(file))['gap']!.mean);
  });
});

describe('a smaller model', () => {
  test('is written, is evaluated like the masked one, and goes on training', async () => {
    const { compact, points } = await prune('--fraction', '0.25', '--compact', 'small.safetensors');
    expect(compact!.file).toBe('small.safetensors');
    expect(compact!.params_after / compact!.params_before).toBe(0.75);
    expect(compact!.flops_after).toBeLessThan(compact!.flops_before);
    expect(compact!.ms_after).toBeGreaterThan(0);
    expect(compact!.difference).toBeLessThan(1e-6);
    const small = await evaluated('small.safetensors');
    for (const [name, { mean }] of Object.entries(points[0]!.metrics)) {
      expect(Math.abs(small[name]!.mean / mean - 1), name).toBeLessThan(1e-4);
    }
    const { snapshot } = await readSnapshot(join(box.folder, 'small.safetensors'));
    // What it says it measured is its own, not what the whole model measured at the same step.
    const compared = JSON.parse((await box.run('compare', 'small.safetensors', file, '--json')).out);
    const [own, whole] = compared.runs as Metrics[];
    for (const name of ['gap', 'in_domain_inference_loss', 'unseen_error']) {
      const { mean } = small[name]!;
      expect(own!.metrics[name]!.mean, name).toBeCloseTo(mean, 12);
      expect(whole!.metrics[name]!.mean, name).toBeLessThan(0.9 * mean);
      expect(snapshot.history[name]!.last.at(-1), name).toBe(Math.fround(mean));
    }
    expect(own!.metrics).not.toHaveProperty('train_loss');
    expect(whole!.metrics).toHaveProperty('train_loss');
    expect(snapshot.config.model['heads']).toBe(24);
    expect(snapshot.params['w']!.shape).toEqual([24, 32]);
    expect(snapshot.optimizer['m/w']!.shape).toEqual([24, 32]);
    expect(snapshot.probe['attention']!.shape).toEqual([1, 1, 24, 32, 8]);
    // What its seed would draw for 24 heads is not where it started.
    const { theory } = JSON.parse((await box.run('eval', 'small.safetensors', '--json')).out);
    expect(theory).toHaveProperty('loss_floor');
    expect(theory).not.toHaveProperty('zeta0');
    const more = await box.run('train', '--resume', 'small.safetensors', '--steps', '310', '--name', 'more');
    expect(more).toMatchObject({ code: 0, err: '' });
    const { snapshot: later } = await readSnapshot(join(box.folder, 'snapshots/more/step-00000310.safetensors'));
    expect(later.params['w']!.shape).toEqual([24, 32]);
  });

  test('of a snapshot with parts pruned needs no flag, and nothing is written over', async () => {
    const { snapshot } = await readSnapshot(join(box.folder, file));
    const heads = { shape: [1, H], data: new Float32Array(H).fill(1).fill(0, 4, 10) };
    const masked: Snapshot = { ...snapshot, step: 301, mask: { heads, neurons: snapshot.mask!.neurons } };
    await saveSnapshot(box.folder, masked);
    const words = ['prune', 'step-00000301.safetensors', '--compact', 'own.safetensors', '--json'];
    const { compact } = JSON.parse((await box.run(...words)).out) as Printed;
    expect(compact!.params_after / compact!.params_before).toBe(26 / 32);
    // What was pruned when it was saved is said, with the words that restore it: the points are then those of the whole.
    const curve = ['--fraction', '0.5', '--json'];
    const partly = await box.run('prune', 'step-00000301.safetensors', ...curve);
    expect(partly.err).toMatch(
      /measured with what was done to it when it was saved, -L0H4-9; --mask "\+L0H4-9" restores it/,
    );
    const restored = await box.run('prune', 'step-00000301.safetensors', '--mask', '+L0H4-9', ...curve);
    const whole = await box.run('prune', file, ...curve);
    expect(restored.err).toBe('');
    const pointsOf = ({ out }: { out: string }) => (JSON.parse(out) as Printed).points;
    expect(pointsOf(restored)).toEqual(pointsOf(whole));
    expect(pointsOf(partly)).not.toEqual(pointsOf(whole));
    const again = await box.run(...words);
    expect(again.code).toBe(2);
    expect(again.err).toMatch(/own\.safetensors: is there already; name a new file\n$/);
  });
});

describe('bad input is refused in one line, with nothing written', () => {
  test.each([
    ['--heads L0H40', /--heads, --neurons: -L0H40 is not in the model; expected L0 to L0, heads 0 to 31/],
    ['--fraction 1.5', /--fraction: 1\.5 is not a fraction; expected a number from 0 to 1/],
    ['--metric gapp', /prune\.metric: "gapp" is not measured here; .*did you mean "?gap"?/],
    ['--json --csv', /--json and --csv do not go together/],
    ['--compact nothing.safetensors', /--compact: nothing is pruned in/],
    ['--fraction 0.5 --compact none/small.safetensors', /none\/small\.safetensors: its folder is not there; make/],
  ])('%s', async (words, message) => {
    const { code, out, err } = await box.run('prune', file, ...words.split(' '));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toMatch(message);
    expect(existsSync(join(box.folder, 'nothing.safetensors'))).toBe(false);
  });

  test('a file that is no snapshot', async () => {
    writeFileSync(join(box.folder, 'text.safetensors'), 'not a snapshot');
    const { code, err } = await box.run('prune', 'text.safetensors');
    expect(code).toBe(2);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});
