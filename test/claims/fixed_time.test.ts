import { expect, test, vi } from 'vitest';
import { trainForItsBudget } from './budgeted.ts';

// Training takes a while where other jobs share the cores.
vi.setConfig({ testTimeout: 240_000 });

test('yang-fig5-small in the same time: 32 heads do fewer steps than 2 and come less far, in the same steps as far', async () => {
  const budget = 4;
  const few = await trainForItsBudget({ 'model.heads': 2, 'train.budget_s': budget });
  const many = await trainForItsBudget({ 'model.heads': 32, 'train.budget_s': budget });
  for (const run of [few, many]) {
    console.log(`${run.steps} steps in ${run.seconds.toFixed(2)} s: ${run.stepsPerSecond.toFixed(1)} steps/s`);
    expect(run.ending).toBe('budget');
    expect(run.seconds).toBeGreaterThanOrEqual(budget);
  }
  expect(many.stepsPerSecond).toBeLessThan(few.stepsPerSecond / 1.5);
  // The learning rate does not look ahead, so a run up to this step is the run that was planned to end there.
  const [inTime, inSteps] = [few.steps, many.steps].map((step) => few.lossesAt(step).inDomain) as [number, number];
  const ofMany = many.lossesAt(many.steps).inDomain;
  console.log(
    `in-domain, 32 heads over 2: ${(ofMany / inTime).toFixed(2)} in time, ${(ofMany / inSteps).toFixed(2)} in steps`,
  );
  expect(ofMany).toBeGreaterThan(1.2 * inTime);
  expect(ofMany).toBeLessThan(1.5 * inSteps);
});
