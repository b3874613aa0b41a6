import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Reader } from '../../src/reproduce/measure/leaf.ts';
import { Runs } from '../../src/reproduce/measure/runs.ts';
import { planOf } from '../../src/reproduce/plan.ts';
import type { Recipe } from '../../src/reproduce/recipe/schema.ts';
import { sandbox } from '../cli/program.ts';

const place = sandbox();
afterAll(() => place.remove());

test('a predictor without training is measured on prompts from elsewhere, not told by its closed form, at every step alike', async () => {
  const { code, err } = await place.run(
    ...['train', 'garg-linear-small', '--headless', '--steps', '1', '--set', 'snapshot.every=1'],
    ...['--dir', place.folder, '--name', 'one'],
  );
  expect(code, err).toBe(0);
  const set = { 'snapshot.every': 1 };
  const sweeps: Recipe['sweeps'] = {
    run: { preset: 'garg-linear-small', grid: {}, zip: {}, set, seeds: 1, steps: 1, trained: true },
  };
  const plan = planOf({ name: 'x', sweeps });
  const [run] = plan.get('run')!.runs;
  const reader = new Reader(new Runs(plan, new Map([[run!.key, join(place.folder, 'one')]])));
  const zero = (at: 'first' | 'last', factor: number) =>
    reader.read(
      {
        eval: 'baseline/zero/error_last',
        at,
        set: { 'task.shift': 'scale_x', 'task.shift_factor': factor, 'evaluate.prompts': 400 },
      },
      0,
    );
  const [usual, larger] = [(await zero('last', 1))!, (await zero('last', 3))!];
  // E (wᵀx)² = d as in training; of the same prompts with inputs three times as large, nine times as much.
  expect(Math.abs(usual / 3 - 1)).toBeLessThan(0.3);
  expect(larger / usual).toBeCloseTo(9, 4);
  expect(await zero('first', 3)).toBe(larger);
  await reader.dispose();
}, 60_000);
