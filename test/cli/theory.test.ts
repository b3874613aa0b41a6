import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSweep, parseValues } from '../../src/cli/options/sweep_values.ts';
import { matrixOf } from '../../src/core/linalg.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { population, ridgeGap } from '../../src/tasks/representation/population.ts';
import { theoryOf } from '../../src/trainer/measure/theory.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { sandbox } from './program.ts';

const box = sandbox();
const file = 'snapshots/trained/step-00000010.safetensors';
beforeAll(async () => {
  await box.run('train', 'yang-tiny', '--steps', '10', '--seed', '5', '--name', 'trained');
}, 60_000);
afterAll(() => box.remove());

/** What yang-tiny of a seed says at N shown tokens and noise τ. */
function closedForms(seed: number, promptExamples: number, noise: number) {
  const { raw, where } = loadPreset('yang-tiny');
  const { task } = createExperiment(resolveConfig(raw, where, [{ path: 'seed', value: seed }]).config, where);
  const problem = { features: matrixOf(task.fixed['features']!), promptExamples, noise, noisyTargets: true };
  return { ridge_gap: ridgeGap(problem), loss_floor: population(problem).floor };
}

async function printed(...words: string[]): Promise<string> {
  const { code, out, err } = await box.run('theory', ...words);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

describe('closed forms as functions of a setting', () => {
  it('are curves over N and over τ, in JSON', async () => {
    const over = ['--over', 'task.prompt_examples=2:8:2', '--over', 'task.noise=.01:1:x10'];
    const found = JSON.parse(await printed('yang-tiny', '--json', ...over));
    expect(found.v).toBe(1);
    const [counts, noises] = found.over;
    expect(counts.path).toBe('task.prompt_examples');
    expect(counts.points.map(({ value }: { value: number }) => value)).toEqual([2, 4, 6, 8]);
    expect(noises.points.map(({ value }: { value: number }) => value)).toEqual([0.01, 0.1, 1]);
    for (const { value, theory } of counts.points) {
      const expected = closedForms(0, value, 0.01);
      expect(theory.ridge_gap.mean).toBeCloseTo(expected.ridge_gap, 14);
      expect(theory.loss_floor.mean).toBeCloseTo(expected.loss_floor, 14);
      // yang-tiny has four features.
      expect(theory.ridge_gap.mean === 0).toBe(value === 4);
    }
    for (const { value, theory } of noises.points) {
      expect(theory.ridge_gap.mean).toBeCloseTo(closedForms(0, 8, value).ridge_gap, 14);
    }
  });

  it('are averaged over draws, as comma-separated values', async () => {
    const [head, ...rows] = (await printed('yang-tiny', '--csv', '--draws', '3', '--over', 'task.noise=0.1,1'))
      .trim()
      .split('\n')
      .map((row) => row.split(','));
    expect(head!.slice(0, 2)).toEqual(['path', 'value']);
    expect(rows.map(([path, value]) => [path, value])).toEqual([
      ['task.noise', '0.1'],
      ['task.noise', '1'],
    ]);
    const gaps = [0, 1, 2].map((seed) => closedForms(seed, 8, 1).ridge_gap);
    const mean = (gaps[0]! + gaps[1]! + gaps[2]!) / 3;
    const spread = gaps.reduce((sum, gap) => sum + (gap - mean) * (gap - mean), 0);
    expect(Number(rows[1]![head!.indexOf('ridge_gap')])).toBeCloseTo(mean, 12);
    expect(Number(rows[1]![head!.indexOf('ridge_gap_stderr')])).toBeCloseTo(Math.sqrt(spread / 6), 12);
  });

  it('are a chart with its least value marked, and a table', async () => {
    const text = await printed('yang-tiny', '--over', 'task.prompt_examples=2:6:1');
    expect(text).toContain('Expected distance, ridge mτ to ridge Nτ, against task.prompt_examples');
    expect(text).toContain('least, 0, at 4');
    expect(text).toMatch(/^ +2 +3 +4 +5 +6$/m);
    expect(text).toMatch(/^ +4 .* 0$/m);
    expect(text).not.toContain('\x1b');
  });

  it('hold what the start of the model says when its heads change', async () => {
    const text = await printed('yang-tiny', '--over', 'model.heads=4,8', '--json');
    const [{ points }] = JSON.parse(text).over;
    const { raw, where } = loadPreset('yang-tiny');
    for (const { value, theory } of points) {
      const { config } = resolveConfig(raw, where, [{ path: 'model.heads', value }]);
      const { values: expected } = await theoryOf(createExperiment(config, where));
      expect(theory.frozen_loss_floor.mean).toBe(expected['frozen_loss_floor']);
      expect(theory.rank_deficient_tokens.mean).toBe(expected['rank_deficient_tokens']);
    }
  });

  it('are those of the dictionary of a snapshot', async () => {
    const found = JSON.parse(await printed(file, '--json', '--over', 'task.prompt_examples=3,8'));
    expect(found.over[0].points[0].theory.ridge_gap.mean).toBeCloseTo(closedForms(5, 3, 0.01).ridge_gap, 14);
  });
});

it('prints everything that theory says of a preset without training', async () => {
  const text = await printed('yang-tiny');
  for (const words of [
    'Least possible loss',
    'ζ0',
    'Tokens that fail Assumption 2',
    'Q frozen',
    'bound of Theorem 1',
  ]) {
    expect(text).toContain(words);
  }
  const { theory } = JSON.parse(await printed('yang-tiny', '--json'));
  expect(theory.zeta0.mean).toBeGreaterThan(0);
});

it.each([
  [['yang-tiny', '--over', 'task.nose=1,2'], /unknown key task\.nose.*did you mean noise/],
  [['yang-tiny', '--over', 'task.prompt_examples=30:40:5'], /leaves no query/],
  [['yang-tiny', '--over', 'task.noise=1,2', '--metric', 'gab'], /no "gab"; expected one of loss_floor/],
  [['yang-tiny', '--csv'], /add --over/],
  [[file, '--draws', '2', '--over', 'task.noise=1,2'], /a snapshot has one dictionary/],
] as const)('refuses %j in one line', async (words, expected) => {
  const { code, err } = await box.run('theory', ...words);
  expect(code).toBe(2);
  expect(err).toMatch(expected);
  expect(err.trim().split('\n')).toHaveLength(1);
});

it('has ranges that end where they say, without rounding in their values', () => {
  expect(parseSweep('a=0:.3:.1', '--over').values).toEqual([0, 0.1, 0.2, 0.3]);
  expect(parseSweep('a=1e-4:1:x10', '--over')).toEqual({
    path: 'a',
    values: [0.0001, 0.001, 0.01, 0.1, 1],
    logarithmic: true,
  });
  expect(parseSweep('a=50:59:4', '--over').values).toEqual([50, 54, 58]);
  expect(parseSweep('a=7', '--over').values).toEqual([7]);
});

it('has values of any JSON, whose own commas and colons part nothing', () => {
  const values = (text: string) => parseValues(`a=${text}`, '--grid').values;
  expect(values('[2,20],[4,8]')).toEqual([
    [2, 20],
    [4, 8],
  ]);
  expect(values('[[1,2],[3]],[[4]]')).toEqual([[[1, 2], [3]], [[4]]]);
  expect(values('{"b":[1,2],"c":3},null')).toEqual([{ b: [1, 2], c: 3 }, null]);
  expect(values('"x,y:z","]"')).toEqual(['x,y:z', ']']);
  expect(values('1],2')).toEqual(['1]', 2]);
});

it.each([
  ['a', /"a" has no values/],
  ['a=1:2', /no range/],
  ['a=1:2:3:4', /no range/],
  ['a=0:2:x10', /does not rise/],
  ['a=5:1:1', /does not rise/],
  ['a=1,b', /"b" is not a number/],
  ['a=2,1', /must rise/],
  ['a=0:1:1e-9', /more than 1000/],
])('refuses the range %s', (text, expected) => {
  expect(() => parseSweep(text, '--over')).toThrow(expected);
});
