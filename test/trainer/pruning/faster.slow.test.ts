import { expect, it } from 'vitest';
import { loadEngine } from '../../../src/engine/registry.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import { editMasks, openMasks } from '../../../src/protocol/mask_values.ts';
import { compactSnapshot } from '../../../src/trainer/pruning/compact.ts';
import { ForwardPass } from '../../../src/trainer/pruning/forward_pass.ts';
import { compareSpeed } from '../../../src/trainer/pruning/saving.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { trained } from './trained.ts';

it('a decoder without half of its heads and neurons takes less time', async () => {
  const raw = {
    task: { name: 'pattern_classification' },
    model: { name: 'decoder', layers: 3, heads: 4, width: 64, mlp_width: 256 },
    evaluate: { prompts: 200 },
  };
  const experiment = createExperiment(resolveConfig(raw, 'test').config, 'test');
  const snapshot = trained(experiment);
  const half = [0, 1, 2].flatMap((layer) => [
    { kept: false, from: { layer, head: 1 }, last: 2 },
    { kept: false, from: { layer, neuron: 64 }, last: 191 },
  ]);
  const masks = editMasks(openMasks(experiment.model.facts), half);
  const compact = compactSnapshot(snapshot, experiment.model, masks);
  const smaller = createExperiment(resolveConfig(compact.config, 'compact').config, 'compact', compact.task);
  const engine = await loadEngine('cpu');
  const before = await ForwardPass.open(engine, experiment, { snapshot, masks, threads: 1 });
  const after = await ForwardPass.open(engine, smaller, { snapshot: compact, masks: compact.mask!, threads: 1 });
  const saving = await compareSpeed(before, after, 10_000);
  console.log(JSON.stringify(saving));
  await before.dispose();
  await after.dispose();
  expect(saving.difference).toBeLessThan(1e-6);
  expect(saving.ms_after).toBeLessThan(0.9 * saving.ms_before);
}, 120_000);
