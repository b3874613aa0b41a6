import { expect, test, vi } from 'vitest';
import { trainForItsBudget } from './budgeted.ts';

// Training takes a while where other jobs share the cores.
vi.setConfig({ testTimeout: 240_000 });

test('yang-fig5-small ends when its training time is spent, after fewer steps with 32 heads than with 2', async () => {
  const budget = 4;
  const few = await trainForItsBudget({ 'model.heads': 2, 'train.budget_s': budget });
  const many = await trainForItsBudget({ 'model.heads': 32, 'train.budget_s': budget });
  for (const run of [few, many]) {
    console.log(`${run.steps} steps in ${run.seconds.toFixed(2)} s: ${run.stepsPerSecond.toFixed(1)} steps/s`);
    expect(run.ending).toBe('budget');
    expect(run.seconds).toBeGreaterThanOrEqual(budget);
  }
  expect(many.stepsPerSecond).toBeLessThan(few.stepsPerSecond);
});
