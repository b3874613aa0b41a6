import { expect, test } from 'vitest';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import { knownMeasures } from '../../src/models/known/measures.ts';
import { SaveTriggers } from '../../src/trainer/loop/save_triggers.ts';
import { ManualClock } from './fake_session.ts';

test('a best value is saved once: one that is as good does not take its place, though it be 0', () => {
  const occasions = new SaveTriggers(new MetricCatalogue(knownMeasures()), new ManualClock(), new Map(), {
    step: 0,
    spaced: false,
  });
  const saved = [0.5, 0, 0, 0.2, 0].map((mean, i) => {
    occasions.evaluated(10 * i, { unseen_error: { mean, stderr: null, n: 5 } });
    return occasions.take().join();
  });
  expect(saved).toEqual(['', 'best', '', '', '']);
});
