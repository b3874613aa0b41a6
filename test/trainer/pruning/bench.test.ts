import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors.ts';
import { hostTensor } from '../../../src/core/tensor.ts';
import { cpuEngine } from '../../../src/engine/cpu.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import { editMasks } from '../../../src/protocol/mask_values.ts';
import { gradientNames, orders } from '../../../src/pruning/names.ts';
import { scoresOfActivations } from '../../../src/pruning/scores.ts';
import type { Snapshot } from '../../../src/snapshots/format.ts';
import { parametersOf } from '../../../src/trainer/measure/evaluate.ts';
import { PruningBench } from '../../../src/trainer/pruning/bench.ts';
import { pruningCurve } from '../../../src/trainer/pruning/curve.ts';
import { MaskGradients } from '../../../src/trainer/pruning/mask_gradients.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { trained } from './trained.ts';

const raw = {
  task: { name: 'representation_regression', prompt_examples: 6, tokens: 16, token_dim: 8, features: 3 },
  model: { name: 'multi_head_softmax', heads: 10 },
  evaluate: { prompts: 20 },
};
const { config } = resolveConfig(raw, 'test');
const snapshot: Snapshot = trained(createExperiment(config, 'test'), 0.2);
let bench: PruningBench;
beforeAll(async () => {
  bench = await PruningBench.open({ snapshot, config, where: 'test' });
});
afterAll(() => bench.dispose());

describe('scores of a snapshot', () => {
  it('are the gradients of the training loss with respect to the mask', async () => {
    const { values } = await bench.scores('heads', 'gradient', bench.masks);
    // The gap is the training loss above a constant.
    const gap = async (head: number, kept: number) => {
      const data = bench.masks.heads.data.slice();
      data[head] = kept;
      return (await bench.measure({ ...bench.masks, heads: hostTensor([1, 10], data) }))['gap']!.mean!;
    };
    for (let head = 0; head < 10; head++) {
      const gradient = ((await gap(head, 1.05)) - (await gap(head, 0.95))) / 0.1;
      expect(values.data[head], `head ${head}`).toBeCloseTo(Math.abs(gradient), 3);
      expect(Math.abs(gradient)).toBeGreaterThan(1e-3);
    }
  });

  it.each([
    ['one with heads', raw],
    ['one with neurons', { task: { name: 'pattern_classification' }, model: { name: 'attention_relu', neurons: 12 } }],
  ])('by gradient are those of the run that saved it, while it goes on: %s', async (_, settings) => {
    const experiment = createExperiment(resolveConfig({ device: 'cpu', ...settings }, 'test').config, 'test');
    const saved = trained(experiment, 0.2);
    const live = new MaskGradients(cpuEngine, 1, {
      experiment,
      theta: cpuEngine.upload(parametersOf(saved, experiment)),
    });
    const other = await PruningBench.open({ snapshot: saved, config: experiment.config, where: 'test' });
    const pruned = editMasks(other.masks, [{ kept: false, from: { layer: 0, head: 0 }, last: 0 }]);
    for (const masks of [other.masks, pruned]) {
      const gradients = await live.measure(masks);
      expect(Object.keys(gradients).length).toBeGreaterThan(0);
      for (const kind of ['heads', 'neurons'] as const) {
        if (!gradients[gradientNames[kind]]) continue;
        const scores = await other.scores(kind, 'gradient', masks);
        expect(scoresOfActivations.gradient(kind, gradients)).toEqual(scores);
      }
    }
    await live.dispose();
    await other.dispose();
  });

  it('are the norms of the heads’ weights', async () => {
    const { values } = await bench.scores('heads', 'magnitude', bench.masks);
    const w = snapshot.params['w']!;
    for (let head = 0; head < 10; head++) {
      const row = w.data.slice(head * 16, (head + 1) * 16);
      expect(values.data[head]).toBeCloseTo(Math.hypot(...row), 5);
    }
  });

  it('are refused for parts that the model does not have, and attention for neurons', async () => {
    await expect(bench.scores('neurons', 'magnitude', bench.masks)).rejects.toThrow(UserError);
    await expect(bench.scores('neurons', 'attention', bench.masks)).rejects.toThrow(/heads only/);
  });
});

describe('a pruning curve', () => {
  const fractions = [0, 0.1, 0.3, 0.5, 1];
  const curve = async (order: (typeof orders)[number], masks = bench.masks, repeats = 4) => {
    const scores = await bench.scores('heads', 'magnitude', masks);
    return pruningCurve(bench, { scores, order, fractions, repeats, seed: 0, masks });
  };

  it.each(orders)('%s first: every point is what its masks measure, nested from point to point', async (order) => {
    const points = await curve(order, bench.masks, 1);
    expect(points.map(({ removed }) => removed)).toEqual([0, 1, 3, 5, 10]);
    let earlier = new Set<number>();
    for (const { metrics, edits } of points) {
      const masks = editMasks(bench.masks, edits);
      expect(metrics).toEqual(await bench.measure(masks));
      const gone = new Set([...masks.heads.data.keys()].filter((head) => masks.heads.data[head] === 0));
      expect([...earlier].every((head) => gone.has(head))).toBe(true);
      earlier = gone;
    }
  });

  it('averages random orders, with the standard error over them', async () => {
    const four = await curve('random');
    expect(four[0]!.metrics['gap']).toMatchObject({ stderr: 0, n: 4 });
    const { mean, stderr, n } = four[2]!.metrics['gap']!;
    expect(n).toBe(4);
    expect(stderr).toBeGreaterThan(0);
    expect(mean).not.toBe((await curve('random', bench.masks, 1))[2]!.metrics['gap']!.mean);
    expect(await curve('random')).toEqual(four);
  });

  it('counts parts that were pruned before, and takes them first', async () => {
    const masks = editMasks(bench.masks, [{ kept: false, from: { layer: 0, head: 7 }, last: 8 }]);
    for (const order of orders) {
      const points = await curve(order, masks, 1);
      expect(points.map(({ removed }) => removed)).toEqual([2, 2, 3, 5, 10]);
      expect(points[0]!.metrics).toEqual(await bench.measure(masks));
    }
  });
});
