import { beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import type { Engine } from '../../src/engine/contract.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { lengths } from '../../src/graph/types.ts';
import { estimate } from '../../src/metrics/estimate.ts';
import { multiHeadSoftmax } from '../../src/models/multi_head_softmax.ts';
import type { Task } from '../../src/tasks/contract.ts';
import { representationRegression } from '../../src/tasks/representation_regression.ts';
import { compute, feedsOf, recordNetwork } from '../models/network.ts';
import { contextOf } from './context.ts';

const sizes = { prompt_examples: 6, tokens: 15, token_dim: 5, features: 4, noise: 0.1 };
const evaluationPrompts = 4000;

function setUp(seed: number, settings: object) {
  const task = representationRegression.create(
    representationRegression.schema.parse({ ...sizes, ...settings }),
    contextOf(seed, { evaluationPrompts }),
  );
  const model = multiHeadSoftmax.create({ heads: 3, init_std: 0.5, fixed_q: false }, task);
  const w = RandomStream.named(seed, 'w').fillGaussian(new Float64Array(3 * sizes.tokens));
  const feeds = feedsOf(model, { ...model.initial(RandomStream.named(seed, 'init')), w });
  return { task, feeds, ...recordNetwork(model) };
}

/** The metrics of a network with random parameters. */
async function evaluate(engine: Engine, seed: number, settings: object) {
  const { task, recorder, forward, feeds } = setUp(seed, settings);
  const inputs = Object.fromEntries(
    Object.entries(task.evaluation.inputs).map(([name, { shape }]) => [name, recorder.input(name, axes(shape))]),
  );
  const outputs = task.evaluation.outputs(forward, inputs);
  const values = await compute(engine, recorder, outputs, { ...feeds, ...task.evaluation.inputs });
  return { task, metrics: task.evaluation.measure(values) };
}

const axes = (shape: readonly number[]) => shape.map((size, i) => ({ name: `axis ${i}`, size }));

/** Asks for a sampled mean within four standard errors of an exact value, and for a standard error that is small. */
function expectAgreement(sampled: { mean: number | null; stderr: number | null } | undefined, exact: number) {
  expect(Math.abs(sampled!.mean! - exact)).toBeLessThan(4 * sampled!.stderr!);
  expect(sampled!.stderr!).toBeLessThan(0.05 * exact);
}

describe.each([0, 1, 2])('prompts drawn through the network, seed %i', (seed) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine('cpu');
  });

  it.each([true, false])('have the expected losses (noisy targets: %s)', async (noisy_targets) => {
    const { task, metrics } = await evaluate(engine, seed, { noisy_targets });
    const gap = metrics['gap']!.mean!;
    expect(metrics['in_domain_inference_loss']!.n).toBe(evaluationPrompts);
    expectAgreement(metrics['in_domain_inference_loss'], 2 * gap);
    expectAgreement(metrics['out_of_domain_inference_loss'], metrics['expected_out_of_domain_inference_loss']!.mean!);
    expectAgreement(metrics['eval_loss'], gap + task.theory['loss_floor']!);
    const share = sizes.prompt_examples / sizes.tokens;
    const parts = share * metrics['seen_error']!.mean! + (1 - share) * metrics['unseen_error']!.mean!;
    expect(parts).toBeCloseTo(2 * metrics['eval_loss']!.mean!, 10);
  });

  it.each([
    ['fresh', true],
    ['fresh', false],
    ['fixed', true],
  ])(
    'have the population loss on average over minibatches (%s, noisy targets: %s)',
    async (training_set, noisy_targets) => {
      const settings = { training_set, noisy_targets, training_prompts: 6000 };
      const { task, recorder, forward, feeds } = setUp(seed, settings);
      const batch = 200;
      const inputs = Object.fromEntries(
        Object.entries(task.training.inputs(batch)).map(([name, shape]) => [name, recorder.input(name, shape)]),
      );
      const { scalars } = task.training.loss(forward, inputs);
      const stream = RandomStream.named(seed, 'train');
      const losses: number[] = [];
      let gap = Number.NaN;
      for (let step = 0; step < 30; step++) {
        const drawn = batchTensors(task, batch, task.training.draw(stream, batch, step));
        const values = await compute(engine, recorder, scalars, { ...feeds, ...drawn });
        losses.push(values['train_loss']!.data[0]!);
        gap = values['train_gap']!.data[0]!;
      }
      expectAgreement(estimate(losses), gap + task.theory['loss_floor']!);
    },
  );
});

function batchTensors(
  task: Task,
  batch: number,
  drawn: Readonly<Record<string, Float32Array>>,
): Record<string, HostTensor> {
  const shapes = Object.entries(task.training.inputs(batch));
  return Object.fromEntries(shapes.map(([name, shape]) => [name, hostTensor(lengths(shape), drawn[name]!)]));
}
