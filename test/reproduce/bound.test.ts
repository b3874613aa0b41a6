import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { rateBound } from '../../src/models/multi_head_softmax/convergence.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { closedForms } from '../../src/reproduce/verify/closed_forms.ts';
import { theoryOf } from '../../src/trainer/measure/theory.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';

test("Theorem 1's bound by elimination is that by singular values", async () => {
  const { raw, where } = loadPreset('yang-tiny');
  const settings = {
    'task.token_norm': 'unit',
    'task.noise': 1,
    'model.heads': 64,
    'model.init_std': 10,
    'train.learning_rate': 0.001,
  };
  const { config } = resolveConfig(
    raw,
    where,
    Object.entries(settings).map(([path, value]) => ({ path, value })),
  );
  const experiment = createExperiment(config, where);
  const { values } = await theoryOf(experiment);
  const start = () => experiment.model.initial(RandomStream.named(config.seed, 'init'));
  const excess = values['initial_loss']! - values['loss_floor']!;
  const rate = rateBound(values['zeta0']!, 0.001, 32);
  expect(values['zeta0']).toBeGreaterThan(1);
  const found = closedForms['gap_bound']!(config, experiment.task.fixed, { at: 1000, start });
  expect(found / (excess * rate ** 1000)).toBeCloseTo(1, 9);
});

test.each([3, 4, 5, 8])('the least loss of %i heads with Q frozen is the same by Gram and Schmidt', async (heads) => {
  const { raw, where } = loadPreset('yang-tiny');
  const settings = { 'task.prompt_examples': 5, 'task.token_norm': 'unit', 'model.heads': heads };
  const given = Object.entries(settings).map(([path, value]) => ({ path, value }));
  const { config } = resolveConfig(raw, where, given);
  const experiment = createExperiment(config, where);
  const { values } = await theoryOf(experiment);
  const start = () => experiment.model.initial(RandomStream.named(config.seed, 'init'));
  const of = (name: string): number => closedForms[name]!(config, experiment.task.fixed, { at: 'first', start });
  expect(of('rank_deficient_tokens')).toBe(heads < 5 ? 32 : 0);
  expect(of('rank_deficient_tokens')).toBe(values['rank_deficient_tokens']);
  expect(of('frozen_loss_floor') / values['frozen_loss_floor']!).toBeCloseTo(1, 12);
  expect(of('frozen_loss_floor') - values['loss_floor']! > 1e-3).toBe(heads < 5);
});
