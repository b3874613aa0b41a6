import { expect, test, vi } from 'vitest';
import { evaluateSnapshot } from '../../src/trainer/measure/evaluate.ts';
import { learnsFromMatchingContexts, oneLayerRun } from './li_one_layer.ts';

// Training takes a while where other jobs share the cores.
vi.setConfig({ testTimeout: 240_000 });

// The slow test tries others.
learnsFromMatchingContexts([0, 1]);

test.each(['li-context', 'li-context-hard'])(
  '%s: from 10 contexts on no learner is better than the layer',
  async (name) => {
    const { snapshot } = await oneLayerRun(name, { 'evaluate.prompts': 1000, 'task.lengths': [10, 14, 20] });
    const options = { snapshot, config: snapshot.config, where: name, mask: [], attention: false, predictions: false };
    const { metrics } = await evaluateSnapshot({ ...options, baselines: true });
    for (const l of [10, 14, 20]) {
      const { mean, stderr } = metrics[`unseen_error_at/${l}`]!;
      for (const learner of ['logistic', 'linear_svm', 'rbf_svm', 'nearest_1', 'nearest_3']) {
        const other = metrics[`baseline/${learner}/unseen_error_at/${l}`]!;
        expect(other, `${learner} at ${l}`).not.toHaveProperty('left_out');
        expect(mean! - other.mean!, `${learner} at ${l}`).toBeLessThanOrEqual(Math.hypot(stderr!, other.stderr!));
        if (l === 10) console.log(`${name} at 10: layer ${mean}, ${learner} ${other.mean}`);
      }
    }
  },
);
