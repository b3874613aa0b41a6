import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/random.ts';
import { hostTensor } from '../../../src/core/tensor.ts';
import { loadEngine } from '../../../src/engine/registry.ts';
import { lengths } from '../../../src/graph/types.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import type { RunConfig } from '../../../src/protocol/config.ts';
import { type MaskValues, openMasks } from '../../../src/protocol/mask_values.ts';
import type { Experiment } from '../../../src/trainer/contract/session.ts';
import { requireFit } from '../../../src/trainer/measure/fit.ts';
import { compactSnapshot } from '../../../src/trainer/pruning/compact.ts';
import { compaction } from '../../../src/trainer/pruning/compaction.ts';
import { ForwardPass } from '../../../src/trainer/pruning/forward_pass.ts';
import { compareSpeed } from '../../../src/trainer/pruning/saving.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { experiments, trained } from './trained.ts';

/** Masks that prune some heads and neurons, more of them in later layers where there are several. */
function someMasks({ model: { facts } }: Experiment): MaskValues {
  const { heads, neurons } = openMasks(facts);
  const random = RandomStream.named(0, 'masks');
  for (const { shape, data } of [heads, neurons]) {
    const [layers, parts] = shape as [number, number];
    for (let layer = 0; layer < layers; layer++) {
      const gone = random.permutation(parts).slice(0, Math.floor(parts / (layer === 0 ? 4 : 2)));
      for (const part of gone) data[layer * parts + part] = 0;
    }
  }
  return { heads, neurons };
}

const kept = ({ shape, data }: MaskValues['heads']) => {
  const [layers, parts] = shape as [number, number];
  return Array.from({ length: layers }, (_, layer) =>
    Array.from(data.subarray(layer * parts, (layer + 1) * parts)).reduce((sum, value) => sum + value, 0),
  );
};

async function compared(experiment: Experiment, masks: MaskValues, engineName = 'cpu') {
  const engine = await loadEngine(engineName);
  const snapshot = trained(experiment);
  const compact = compactSnapshot(snapshot, experiment.model, masks);
  const { config } = resolveConfig(compact.config, 'compact');
  const smaller = createExperiment(config, 'compact', compact.task);
  requireFit(compact, smaller, 'compact');
  const before = await ForwardPass.open(engine, experiment, { snapshot, masks, threads: 1 });
  const after = await ForwardPass.open(engine, smaller, { snapshot: compact, masks: compact.mask!, threads: 1 });
  const whole = await ForwardPass.open(engine, experiment, {
    snapshot,
    masks: openMasks(experiment.model.facts),
    threads: 1,
  });
  const saving = await compareSpeed(before, after, 0);
  const { predictions } = await whole.run();
  const masked = (await before.run()).predictions;
  for (const pass of [before, after, whole]) await pass.dispose();
  return {
    snapshot,
    compact,
    smaller,
    saving,
    changed: masked.some((one, i) => !same(one.data, predictions[i]!.data)),
  };
}

const same = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).every((value, i) => value === b[i]);

describe.each(
  experiments.map(
    (experiment) => [experiment.model.definition.name, experiment.task.definition.name, experiment] as const,
  ),
)('a smaller %s for %s', (_, __, experiment) => {
  it('predicts what the masked one does, with fewer parameters and operations', async () => {
    const masks = someMasks(experiment);
    const { compact, smaller, saving, changed } = await compared(experiment, masks);
    expect(changed).toBe(true);
    expect(saving.difference).toBeLessThan(1e-6);
    expect(saving.flops_after).toBeLessThan(saving.flops_before);
    const { facts } = experiment.model;
    expect(smaller.model.facts.parameters).toBeLessThan(facts.parameters);
    expect(smaller.model.facts.heads).toBe(Math.max(...kept(masks.heads)));
    expect(smaller.model.facts.neurons).toBe(Math.max(0, ...kept(masks.neurons)));
    // A layer that keeps fewer parts than another keeps the rest masked.
    expect(kept(compact.mask!.heads)).toEqual(kept(masks.heads));
    expect(kept(compact.mask!.neurons)).toEqual(kept(masks.neurons));
  });

  it('brings the optimizer along in the shapes of its parameters', () => {
    const snapshot = trained(experiment);
    const { optimizer, params, events, config } = compactSnapshot(snapshot, experiment.model, someMasks(experiment));
    expect(Object.keys(optimizer)).toEqual(Object.keys(snapshot.optimizer));
    for (const [name, { shape }] of Object.entries(optimizer)) {
      const parameter = name.slice(name.indexOf('/') + 1);
      expect(shape, name).toEqual(name.includes('/') ? params[parameter]!.shape : []);
    }
    expect(events.map((event) => (event.type === 'control_changed' ? event.path : event.type))).toEqual(
      Object.keys(config.model)
        .filter((key) => config.model[key] !== snapshot.config.model[key])
        .map((key) => `model.${key}`),
    );
  });

  it('is the same when nothing is pruned', () => {
    const snapshot = trained(experiment);
    const same = compactSnapshot(snapshot, experiment.model, openMasks(experiment.model.facts));
    expect(same.params).toEqual(snapshot.params);
    expect(same.optimizer).toEqual(snapshot.optimizer);
    expect(same.mask).toEqual(openMasks(experiment.model.facts));
  });

  it('keeps one part of each kind when all are pruned', async () => {
    const { heads, neurons } = openMasks(experiment.model.facts);
    const none = {
      heads: hostTensor(
        heads.shape,
        heads.data.map(() => 0),
      ),
      neurons: hostTensor(
        neurons.shape,
        neurons.data.map(() => 0),
      ),
    };
    const { smaller, saving } = await compared(experiment, none);
    expect(smaller.model.facts).toMatchObject({ heads: 1, neurons: Math.min(1, experiment.model.facts.neurons) });
    expect(saving.difference).toBe(0);
  });
});

it('computes the very same in float64', async () => {
  const raw = {
    task: { name: 'representation_regression', prompt_examples: 4, tokens: 7, token_dim: 5, training_set: 'fresh' },
    model: { name: 'encoder', layers: 2, heads: 4, width: 12, mlp_width: 9 },
    evaluate: { prompts: 2 },
  };
  const experiment = createExperiment(resolveConfig(raw, 'test').config, 'test');
  const { saving, smaller, changed } = await compared(experiment, someMasks(experiment), 'reference');
  expect(changed).toBe(true);
  expect(saving.difference).toBeLessThan(1e-13);
  expect(smaller.model.facts).toMatchObject({ heads: 3, neurons: 7 });
});

it('takes the very entries of the parts that stay', () => {
  const experiment = experiments.find(({ model }) => model.definition.name === 'multi_head_softmax')!;
  const snapshot = trained(experiment);
  const { heads, neurons } = openMasks(experiment.model.facts);
  heads.data[0] = 0;
  heads.data[3] = 0;
  const { params } = compactSnapshot(snapshot, experiment.model, { heads, neurons });
  const [, tokens] = lengths(experiment.model.parameters.find(({ name }) => name === 'w')!.shape) as [number, number];
  const rows = Array.from({ length: experiment.model.facts.heads }, (_, h) => h).filter((h) => heads.data[h] === 1);
  expect([...params['w']!.data]).toEqual(
    rows.flatMap((h) => [...snapshot.params['w']!.data.slice(h * tokens, (h + 1) * tokens)]),
  );
});

it('has the pictures that the screen of its run would have', async () => {
  const experiment = experiments.find(({ task }) => task.picture)!;
  const masks = someMasks(experiment);
  const made = {
    snapshot: trained(experiment),
    where: 'here',
    masks,
    measured: ({ config }: { config: RunConfig }) => config,
  };
  const { snapshot } = await compaction(made);
  expect(Object.keys(snapshot.probe)).toEqual(expect.arrayContaining(['attention', 'neuron_feature', 'target']));
  expect(snapshot.probe).not.toHaveProperty('neuron_embedding');
});

it('of layers that are applied again keeps what one of their times keeps, and leaves out what none does', async () => {
  const raw = {
    task: { name: 'markov_chain', length: 8 },
    model: {
      name: 'decoder',
      layers: 2,
      loops: 2,
      heads: 4,
      width: 8,
      mlp_width: 6,
      norm: 'rms',
      tied_embeddings: true,
    },
    evaluate: { prompts: 2 },
  };
  const experiment = createExperiment(resolveConfig(raw, 'test').config, 'test');
  const { heads, neurons } = openMasks(experiment.model.facts);
  // Layers 0, 1, 0 and 1 again; of the first, head 1 stays the second time.
  heads.data.set([1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]);
  neurons.data.fill(0, 0, 2).fill(0, 12, 13);
  const { saving, smaller, changed, compact } = await compared(experiment, { heads, neurons }, 'reference');
  expect(changed).toBe(true);
  expect(saving.difference).toBeLessThan(1e-13);
  expect(smaller.model.facts).toMatchObject({ layers: 4, loops: 2, heads: 3, neurons: 6 });
  expect(Array.from(compact.mask!.heads.data)).toEqual([1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1]);
});

it('of state spaces leaves out whole heads with their convolutions, steps and decays', async () => {
  const raw = {
    task: { name: 'markov_chain', length: 8 },
    model: { name: 'decoder', layers: 2, heads: 4, width: 8, mlp_width: 6, mixer: 'state_space' },
    evaluate: { prompts: 2 },
  };
  const experiment = createExperiment(resolveConfig(raw, 'test').config, 'test');
  const { saving, smaller, changed } = await compared(experiment, someMasks(experiment), 'reference');
  expect(changed).toBe(true);
  expect(saving.difference).toBeLessThan(1e-13);
  expect(smaller.model.parameters.find(({ name }) => name === 'layers.0.ssm.A_log')!.shape[0]!.size).toBe(3);
});
