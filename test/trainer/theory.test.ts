import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { parseSetting, resolveConfig } from '../../src/presets/resolve.ts';
import { theoryAtStart, theoryOf } from '../../src/trainer/measure/theory.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';

function experimentOf(preset: string, ...settings: string[]) {
  const { raw, where } = loadPreset(preset);
  return createExperiment(resolveConfig(raw, where, settings.map(parseSetting)).config, where);
}

describe('the theory of a run', () => {
  it('joins closed forms of the task with those of the start of its model, all known to the catalogue', async () => {
    const experiment = experimentOf('yang-quick');
    const { values: theory } = await theoryOf(experiment);
    expect(theory).toMatchObject(experiment.task.theory);
    for (const [name, value] of Object.entries(theory)) {
      expect(experiment.metrics.info(name)?.role, name).toBe('theory');
      expect(Number.isFinite(value), name).toBe(true);
    }
    expect(theory['zeta0']).toBeGreaterThan(0);
    expect(theory['rate_bound']).toBeGreaterThan(0.99);
    expect(theory['rate_bound']).toBeLessThan(1);
    expect(theory['frozen_loss_floor']).toBeCloseTo(theory['loss_floor']!, 10);
    expect(await theoryAtStart(experiment, systemClock, () => false)).toEqual({ values: theory, reasons: {} });
  });

  it('says that too few heads fail Assumption 2, and what training w alone could reach', async () => {
    const { values: theory } = await theoryOf(experimentOf('yang-tiny', 'model.heads=4'));
    expect(theory).toMatchObject({ zeta0: 0, rank_deficient_tokens: 32 });
    expect(theory['frozen_loss_floor']).toBeGreaterThan(2 * theory['loss_floor']!);
    expect(theory['frozen_loss_floor']).toBeLessThan(theory['initial_loss']!);
  });

  it('depends on the seed of the start', async () => {
    const [one, other] = await Promise.all(
      ['seed=0', 'seed=1'].map((seed) => theoryOf(experimentOf('yang-tiny', seed))),
    );
    expect(one!.values['zeta0']).not.toBe(other!.values['zeta0']);
  });

  it('of a large model comes later, in parts, so that its run starts at once', async () => {
    const experiment = experimentOf('yang-fig2a', 'task.tokens=40', 'task.token_dim=40');
    const { values, later } = await theoryAtStart(experiment, systemClock, () => false);
    expect(values).toEqual({ ...experiment.task.theory, zeta0: null });
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    expect({ ...values, ...(await later!()) }).toEqual((await theoryOf(experiment)).values);
    clearInterval(others);
    expect(turns).toBeGreaterThan(10);
  });

  it('is given up when the run is over before', async () => {
    const { later } = await theoryAtStart(experimentOf('yang-fig2a', 'task.tokens=40'), systemClock, () => true);
    expect(await later!()).toBeUndefined();
  });

  it('of a model without one is that of its task', async () => {
    const experiment = experimentOf('yang-fig2b-small');
    expect(await theoryOf(experiment)).toEqual({ values: experiment.task.theory, reasons: {} });
  });
});
