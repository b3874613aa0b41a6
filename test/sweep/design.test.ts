import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkName, folderName } from '../../src/cli/options/names.ts';
import { wantedSweep } from '../../src/cli/sweep/design.ts';
import { stepsNotes } from '../../src/cli/sweep/progress.ts';
import { UserError } from '../../src/core/errors.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { cellsOf } from '../../src/sweep/cells.ts';
import { type Asked, extended, waiting } from '../../src/sweep/extend.ts';
import type { Cell, SweepRecord } from '../../src/sweep/record.ts';
import { parseSeeds } from '../../src/sweep/seeds.ts';

describe('seeds', () => {
  it.each([
    ['3', [0, 1, 2]],
    ['0-3', [0, 1, 2, 3]],
    ['7', [0, 1, 2, 3, 4, 5, 6]],
    ['9,1,4-5', [1, 4, 5, 9]],
    ['2,2', [2]],
  ])('%s', (word, seeds) => expect(parseSeeds(word, '--seeds')).toEqual(seeds));

  it.each([
    ['1000000', '1 000 000 seeds, more than 10 000'],
    ['5-1000000', '"5-1000000" has 999 996 seeds, more than 10 000'],
    ['4294967296-4294967297', '4294967297 is no seed: the largest is 2147483647'],
    ['0', 'no seeds'],
  ])('%s is too many, and said so', (word, what) => {
    expect(() => parseSeeds(word, '--seeds')).toThrow(`--seeds: ${what}; expected`);
  });

  it.each(['0', 'x', '3-1', '1,,2', '-1', '99999999999', '0-2147483648'])('%s is refused in a line', (word) => {
    expect(() => parseSeeds(word, '--seeds')).toThrow(UserError);
    expect(() => parseSeeds(word, '--seeds')).toThrow(/^--seeds: .*expected a number of seeds/);
  });
});

describe('cells', () => {
  it('are every combination of the grid with every row of the zip and every seed', () => {
    const grid = { 'model.heads': [4, 8], 'task.noise': [0.01, 0.1] };
    const zip = { 'train.batch': [32, 64], 'train.learning_rate': [0.1, 0.2] };
    const cells = cellsOf({ grid, zip, seeds: [0, 7] });
    expect(cells).toHaveLength(16);
    expect(new Set(cells.map(({ run }) => run)).size).toBe(16);
    expect(cells[0]).toEqual({
      run: 'heads-4_noise-0.01_batch-32_learning_rate-0.1_seed-0',
      settings: { 'model.heads': 4, 'task.noise': 0.01, 'train.batch': 32, 'train.learning_rate': 0.1 },
      seed: 0,
    });
    const pairs = cells.map(({ settings }) => [settings['train.batch'], settings['train.learning_rate']].join());
    expect(new Set(pairs)).toEqual(new Set(['32,0.1', '64,0.2']));
  });

  it('have names that folders can have, and that tell them apart, whatever the values', () => {
    const values = [[2, 20], [2, 2, 0], 'a/../b', 'a-..-b', '', null, true, 1e-12, -3, 'x'.repeat(300)];
    const cells = cellsOf({ grid: { 'task.context': values, 'model.context': ['y', 'z'] }, zip: {}, seeds: [0] });
    expect(new Set(cells.map(({ run }) => run)).size).toBe(2 * values.length);
    for (const { run } of cells) expect(run).toMatch(/^[\w.-]{1,100}$/);
  });
});

const settings = { threads: 1 };
const config = { task: { name: 't', noise: 0 }, train: { steps: 10, batch: 4 } };

function asked(heads: number[], seeds: number[], steps = 10, hash = 'a'): Asked {
  const grid = { 'model.heads': heads };
  const cells = cellsOf({ grid, zip: {}, seeds }).map((cell) => ({ ...cell, config_sha256: hash }));
  return { v: 1, name: 's', preset: 'p', grid, zip: {}, seeds, settings, steps, config, cells, raw: {} };
}

function sweepOf({ cells, ...rest }: Asked, state: Cell['state']): SweepRecord {
  const made = cells.map((cell): Cell => ({ ...waiting({ ...cell, id: cell.run }), state, step: rest.steps }));
  return { ...rest, created: '', versions: {}, cells: made };
}

const statesOf = (sweep: SweepRecord) => Object.fromEntries(sweep.cells.map(({ run, state }) => [run, state]));

it('of more runs than its record can hold is refused in a line, before any is looked at', () => {
  const flags = {
    source: 'yang-tiny',
    grid: ['model.heads=1:1000:1', 'task.noise=1:1000:1'],
    zip: [],
    set: [],
    seeds: '1000',
  };
  expect(() => wantedSweep(flags as unknown as Parameters<typeof wantedSweep>[0])).toThrow(
    /1 000 000 000 runs, and a sweep has at most 10 000/,
  );
});

it('has each of its runs once, and rows of values that go together may repeat some', () => {
  const wanted = (grid: string[], zip: string[] = []) =>
    wantedSweep({ source: 'yang-tiny', grid, zip, set: [] } as unknown as Parameters<typeof wantedSweep>[0]);
  expect(() => wanted(['model.heads=4,4'])).toThrow(/has 4 twice/);
  const rows = ['model.heads=2,4,4', 'train.learning_rate=1e-3,1e-3,1e-2'];
  expect(wanted([], rows).zip).toEqual({ 'model.heads': [2, 4, 4], 'train.learning_rate': [1e-3, 1e-3, 1e-2] });
  expect(() => wanted([], ['model.heads=4,4', 'train.learning_rate=1e-3,1e-3'])).toThrow(
    /heads 4 · learning_rate 0\.001 comes twice/,
  );
});

it('of a name that no folder can have is refused for what is wrong with it', () => {
  expect(() => checkName('a'.repeat(300), '--name')).toThrow(
    /^--name: "a{20}…" has 300 characters; expected at most 100$/,
  );
  expect(() => checkName('a/b', '--name')).toThrow(/cannot be a folder name; expected letters/);
});

it('of a file whose name no folder can have is called by its words', () => {
  const names = ['my sweep', ' ünder (2) ', '日本', 'yang-tiny', '.kept-', 'a b'.repeat(90)].map(folderName);
  expect(names.slice(0, 5)).toEqual(['my-sweep', 'nder-2', 'run', 'yang-tiny', '.kept-']);
  for (const name of names) expect(checkName(name, '--name')).toBe(name);
  const folder = mkdtempSync(join(tmpdir(), 'incline my '));
  try {
    const source = join(folder, 'my preset.json');
    writeFileSync(source, '{}');
    const flags = { source, grid: ['model.heads=2,4'], zip: [], set: [] } as unknown as Parameters<
      typeof wantedSweep
    >[0];
    expect(wantedSweep(flags).name).toBe('my-preset-heads');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('a sweep that is gone on with', () => {
  it('keeps what is done and adds what is new', () => {
    const next = extended(sweepOf(asked([4], [0]), 'done'), asked([8], [0, 1]), { retry: false });
    expect(next.grid).toEqual({ 'model.heads': [4, 8] });
    expect(next.seeds).toEqual([0, 1]);
    expect(statesOf(next)).toEqual({
      'heads-4_seed-0': 'done',
      'heads-8_seed-0': 'waiting',
      'heads-8_seed-1': 'waiting',
    });
  });

  it('knows its runs by what they are made of, in whatever order that is given', () => {
    const of = (grid: Record<string, number[]>): Asked => {
      const cells = cellsOf({ grid, zip: {}, seeds: [0] }).map((cell) => ({ ...cell, config_sha256: 'a' }));
      return { ...asked([4], [0]), grid, cells };
    };
    const before = sweepOf(of({ 'model.heads': [4], 'task.noise': [1] }), 'done');
    const next = extended(before, of({ 'task.noise': [1, 2], 'model.heads': [4] }), { retry: false });
    expect(statesOf(next)).toEqual({ 'heads-4_noise-1_seed-0': 'done', 'noise-2_heads-4_seed-0': 'waiting' });
  });

  it('goes on to more steps, and never to fewer', () => {
    const done = sweepOf(asked([4], [0]), 'done');
    expect(statesOf(extended(done, asked([4], [0], 20), { retry: false }))).toEqual({ 'heads-4_seed-0': 'waiting' });
    const fewer = extended(done, asked([4], [0], 5), { retry: false });
    expect([fewer.steps, statesOf(fewer)]).toEqual([10, { 'heads-4_seed-0': 'done' }]);
    expect(fewer.config['train']).toMatchObject({ steps: 10 });
    expect(stepsNotes(done, asked([4], [0], 5))).toEqual([
      expect.stringMatching(/^5 steps are fewer than this sweep has: its runs go to 10; .*--name$/),
    ]);
    expect(stepsNotes(done, asked([4], [0]))).toEqual([]);
  });

  it('leaves what is done alone though its budget ended it before its last step, until more is asked for', () => {
    const within = (budget_s: number, steps = 10): Asked => {
      const one = asked([4], [0], steps);
      return { ...one, config: { ...config, train: { ...config.train, steps, budget_s } } };
    };
    const made = sweepOf(within(60), 'done');
    const spent = { ...made, cells: made.cells.map((cell) => ({ ...cell, step: 7 })) };
    const state = (more: Asked) => extended(spent, more, { retry: false }).cells[0]!.state;
    expect([within(60), within(30)].map(state)).toEqual(['done', 'done']);
    expect([within(60, 20), within(90), within(0)].map(state)).toEqual(['waiting', 'waiting', 'waiting']);
  });

  it('takes up what was stopped or killed, and what failed only when told', () => {
    const state = (before: Cell['state'], retry: boolean) =>
      extended(sweepOf(asked([4], [0]), before), asked([4], [0]), { retry }).cells[0]!.state;
    expect(['stopped', 'running', 'failed'].map((one) => state(one as Cell['state'], false))).toEqual([
      'waiting',
      'waiting',
      'failed',
    ]);
    expect(state('failed', true)).toBe('waiting');
  });

  it('is refused under other settings, paths or configurations, saying which', () => {
    const before = sweepOf(asked([4], [0]), 'done');
    const other = { ...asked([4], [0]), config: { ...config, train: { steps: 10, batch: 8 } } };
    expect(() => extended(before, other, { retry: false })).toThrow(/train\.batch 4 → 8.*choose another --name/);
    const paths = { ...asked([4], [0]), grid: { 'task.noise': [1] } };
    expect(() => extended(before, paths, { retry: false })).toThrow(
      /varies model\.heads, and this command task\.noise/,
    );
    const taken = { ...asked([4], [0]), cells: [{ ...asked([8], [0]).cells[0]!, run: 'heads-4_seed-0' }] };
    expect(() => extended(before, taken, { retry: false })).toThrow(/heads-4_seed-0 has other settings/);
  });

  it('is the same sweep to a program that has a setting more', () => {
    const { raw, where } = loadPreset('yang-tiny');
    const whole = resolveConfig(raw, where).config;
    const { fixed_q: _, ...model } = whole.model as unknown as Record<string, unknown>;
    const now = { ...asked([4, 8], [0], 10, 'of the new settings'), config: { ...whole } };
    const before = { ...sweepOf(asked([4], [0]), 'done'), config: { ...whole, model } };
    expect(statesOf(extended(before, now, { retry: false }))).toEqual({
      'heads-4_seed-0': 'done',
      'heads-8_seed-0': 'waiting',
    });
  });

  it('unites values that go together row by row', () => {
    const zip = (heads: number[], noise: number[]) => ({
      ...asked([4], [0]),
      grid: {},
      zip: { heads, noise },
      cells: [],
    });
    const next = extended(sweepOf(zip([1, 2], [1, 1]), 'done'), zip([2, 2], [1, 2]), { retry: false });
    expect(next.zip).toEqual({ heads: [1, 2, 2], noise: [1, 1, 2] });
    // Each with each is another sweep, though the same settings vary.
    const each = { ...asked([4], [0]), grid: { heads: [1, 2], noise: [1, 2] }, cells: [] };
    expect(() => extended(sweepOf(zip([1, 2], [1, 2]), 'done'), each, { retry: false })).toThrow(
      /it varies heads with noise, and this command heads, noise; /,
    );
  });
});
