import { describe, expect, it } from 'vitest';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import type { Estimate } from '../../src/protocol/events.ts';
import type { Evaluation } from '../../src/tasks/contract.ts';
import { compareBeside } from '../../src/trainer/measure/comparisons.ts';
import { ManualClock } from './fake_session.ts';

const estimate = (mean: number): Estimate => ({ mean, stderr: null, n: 1 });

/** An evaluation whose predictors take `cost` milliseconds of this clock for each of `parts` parts of their work. */
function slowly(clock: ManualClock, cost: number, parts: number, asked: number[] = []): Evaluation {
  const evaluation: Pick<Evaluation, 'baselines'> = {
    *baselines(most = 0) {
      asked.push(most);
      for (let i = 0; i < parts; i++) {
        clock.time += cost;
        yield {
          [`baseline/logistic/unseen_error_at/${i}`]: estimate(i),
          'baseline/logistic/unseen_error': estimate(0),
        };
      }
    },
  };
  return evaluation as Evaluation;
}

describe('a comparison beside a run', () => {
  it('reports every numbered metric once, and no other, on a bounded number of prompts', async () => {
    const clock = new ManualClock();
    const reports: Record<string, Estimate>[] = [];
    const asked: number[] = [];
    await compareBeside(
      slowly(clock, 2, 400, asked),
      new MetricCatalogue(),
      clock,
      () => false,
      async (values) => void reports.push(values),
    );
    const names = reports.flatMap((values) => Object.keys(values));
    expect(names).toEqual(Array.from({ length: 400 }, (_, i) => `baseline/logistic/unseen_error_at/${i}`));
    expect(reports.length).toBeGreaterThan(1);
    expect(reports.length).toBeLessThan(20);
    expect(asked).toEqual([200]);
  });

  it('leaves most of the time to others, a few milliseconds at a time', async () => {
    const clock = new ManualClock();
    await compareBeside(
      slowly(clock, 2, 300),
      new MetricCatalogue(),
      clock,
      () => false,
      async () => {},
    );
    expect(clock.slept / clock.time).toBeGreaterThan(0.75);
  });

  it('stops when the run is over, and reports nothing more', async () => {
    const clock = new ManualClock();
    const reports: object[] = [];
    const evaluation = slowly(clock, 2, 10_000);
    await compareBeside(
      evaluation,
      new MetricCatalogue(),
      clock,
      () => clock.time > 900,
      async (values) => void reports.push(values),
    );
    expect(clock.time).toBeLessThan(950);
    expect(reports.length).toBe(1);
  });
});
