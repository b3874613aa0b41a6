import { beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import type { Engine } from '../../src/engine/contract.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { gradients } from '../../src/graph/gradient.ts';
import { estimate } from '../../src/metrics/estimate.ts';
import { multiHeadSoftmax } from '../../src/models/multi_head_softmax.ts';
import type { Task } from '../../src/tasks/contract.ts';
import { type Numbers, relativeError, yang, yangTask } from '../fixtures/yang.ts';
import { compute, feedsOf, recordNetwork } from './network.ts';

const { N, K, m, H, tau } = yang.sizes;
const reference = { Q: yang.inputs.Q.data, w: yang.inputs.w.data };
const modelFor = (task: Task) => multiHeadSoftmax.create({ heads: H, init_std: 1, fixed_q: false }, task);

/** Loss, scalars and gradients (`d_Q`, `d_w`) of the task's own training objective. */
async function trainingValues(
  engine: Engine,
  task: Task,
  parameters: Readonly<Record<string, ArrayLike<number>>>,
  data: Readonly<Record<string, HostTensor>> = {},
) {
  const model = modelFor(task);
  const { recorder, parameters: symbols, forward } = recordNetwork(model);
  const batch = data['weights']?.shape[0] ?? 0;
  const inputs = Object.fromEntries(
    Object.entries(task.training.inputs(batch)).map(([name, shape]) => [name, recorder.input(name, shape)]),
  );
  const { loss, scalars } = task.training.loss(forward, inputs);
  const [dQ, dw] = gradients(loss, [symbols['Q']!, symbols['w']!]);
  const outputs = { ...scalars, d_Q: dQ!, d_w: dw! };
  return compute(engine, recorder, outputs, { ...feedsOf(model, parameters), ...data });
}

/** Weights and noise that give the label vectors of the fixture: λ is the first unit vector, the rest is noise. */
function promptsWithLabels(labels: Numbers): Record<string, HostTensor> {
  const batch = labels.shape[0]!;
  const weights = Float64Array.from({ length: batch * m }, (_, i) => (i % m === 0 ? 1 : 0));
  const noise = labels.data.map((label, i) => (label - yang.inputs.features.data[(i % K) * m]!) / Math.sqrt(tau));
  return { weights: hostTensor([batch, m], weights), noise: hostTensor([batch, K], Float64Array.from(noise)) };
}

function expectGradients(
  values: Readonly<Record<string, HostTensor>>,
  expected: { readonly Q: Numbers; readonly w: Numbers },
  tolerance: number,
) {
  const floor = 1e-3 * Math.max(...expected.Q.data.map(Math.abs), ...expected.w.data.map(Math.abs));
  expect(relativeError(values['d_Q']!.data, expected.Q.data, floor)).toBeLessThan(tolerance);
  expect(relativeError(values['d_w']!.data, expected.w.data, floor)).toBeLessThan(tolerance);
}

describe.each([
  ['reference', { value: 1e-9, gradient: 1e-9, sharp: 1e-9 }],
  ['cpu', { value: 1e-4, gradient: 1e-3, sharp: 1e-3 }],
] as const)('multi-head softmax on %s', (name, tolerance) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine(name);
  });
  const expectValue = (value: HostTensor | undefined, expected: number) =>
    expect(relativeError(value!.data, [expected])).toBeLessThan(tolerance.value);

  it.each([
    [true, yang.at_parameters.loss_noisy_targets, yang.theory.loss_floor_noisy_targets],
    [false, yang.at_parameters.loss_clean_query_targets, yang.theory.loss_floor_clean_query_targets],
  ])('has the population loss, its gap and its gradients (noisy targets: %s)', async (noisy, loss, floor) => {
    const task = yangTask({ noisy_targets: noisy });
    const values = await trainingValues(engine, task, reference);
    expectValue(values['train_loss'], loss);
    expectValue(values['train_gap'], loss - floor);
    expectGradients(values, yang.at_parameters.gradients, tolerance.gradient);
    expect(relativeError([task.theory['loss_floor']!], [floor])).toBeLessThan(1e-12);
  });

  it('starts from the loss of the zero predictor, where Q has no gradient', async () => {
    const task = yangTask();
    const values = await trainingValues(engine, task, { Q: reference.Q, w: new Float64Array(H * K) });
    expectValue(values['train_loss'], yang.theory.loss_at_zero_w);
    expect(task.theory['initial_loss']).toBeCloseTo(yang.theory.loss_at_zero_w, 12);
    expect(values['d_Q']!.data.every((entry) => entry === 0)).toBe(true);
    expect(values['d_w']!.data.some((entry) => entry !== 0)).toBe(true);
  });

  it('has the loss and gradients of a minibatch', async () => {
    const task = yangTask({ training_set: 'fresh' });
    const values = await trainingValues(engine, task, reference, promptsWithLabels(yang.batch.labels));
    expectValue(values['train_loss'], yang.batch.loss);
    expectValue(values['train_gap'], yang.at_parameters.loss_noisy_targets - yang.theory.loss_floor_noisy_targets);
    expectGradients(values, yang.batch.gradients, tolerance.gradient);
  });

  it('scores query tokens against clean labels in a minibatch when the task says so', async () => {
    const task = yangTask({ training_set: 'fresh', noisy_targets: false });
    const batch = 3;
    const weights = Float64Array.from({ length: batch * m }, (_, i) => Math.sin(i + 1));
    const noise = Float64Array.from({ length: batch * K }, (_, i) => Math.cos(3 * i));
    let expected = 0;
    for (let p = 0; p < batch; p++) {
      const lambda = weights.subarray(p * m, (p + 1) * m);
      const spread = Math.sqrt(tau * lambda.reduce((sum, x) => sum + x * x, 0));
      const clean = Array.from({ length: K }, (_, k) =>
        lambda.reduce((sum, x, i) => sum + x * yang.inputs.features.data[k * m + i]!, 0),
      );
      const labels = clean.map((value, k) => value + spread * noise[p * K + k]!);
      for (let k = 0; k < K; k++) {
        let prediction = 0;
        for (let n = 0; n < N; n++) prediction += labels[n]! * yang.at_parameters.mixing.data[n * K + k]!;
        const error = prediction - (k < N ? labels[k]! : clean[k]!);
        expected += (error * error) / (2 * batch * K);
      }
    }
    const values = await trainingValues(engine, task, reference, {
      weights: hostTensor([batch, m], weights),
      noise: hostTensor([batch, K], noise),
    });
    expectValue(values['train_loss'], expected);
  });

  it('has the population loss and gradients on the balanced batch', async () => {
    const task = yangTask({ training_set: 'fresh' });
    const values = await trainingValues(engine, task, reference, promptsWithLabels(yang.balanced_batch.labels));
    expectValue(values['train_loss'], yang.balanced_batch.loss);
    expectGradients(values, yang.at_parameters.gradients, tolerance.gradient);
  });

  it('has the pattern, mixing and predictions, and the exact inference losses', async () => {
    const task = yangTask();
    const model = modelFor(task);
    const { recorder, forward } = recordNetwork(model);
    const labels = recorder.constant(
      [
        { name: 'prompt', size: 1 },
        { name: 'example', size: N },
      ],
      yang.prompt.y.data,
    );
    const { in_domain_labels, out_of_domain_labels } = task.evaluation.inputs;
    const evaluated = task.evaluation.outputs(forward, {
      in_domain_labels: recorder.input('in_domain_labels', axesOf(in_domain_labels!)),
      out_of_domain_labels: recorder.input('out_of_domain_labels', axesOf(out_of_domain_labels!)),
    });
    const outputs = {
      ...evaluated,
      prediction: forward.predict({ labels }),
      ...Object.fromEntries(
        Object.entries(forward.activations({ labels })).map(([name, inside]) => [`inside/${name}`, inside]),
      ),
    };
    const values = await compute(engine, recorder, outputs, {
      ...feedsOf(model, reference),
      ...task.evaluation.inputs,
    });
    const { pattern, mixing, in_domain, out_of_domain } = yang.at_parameters;
    expect(values['inside/attention']!.shape).toEqual([1, 1, H, K, N]);
    expect(relativeError(values['inside/attention']!.data, pattern.data)).toBeLessThan(tolerance.value);
    expect(values['inside/mixing']!.data).toEqual(values['mixing']!.data);
    expect(values['inside/prediction']!.data).toEqual(values['prediction']!.data);
    expect(values['inside/head_weights']!.shape).toEqual([H, K]);
    expect(relativeError(values['inside/head_weights']!.data, reference.w)).toBeLessThan(tolerance.value);
    expect(values['mixing']!.shape).toEqual([N, K]);
    expect(relativeError(values['mixing']!.data, mixing.data)).toBeLessThan(tolerance.value);
    expect(relativeError(values['prediction']!.data, yang.prompt.prediction.data)).toBeLessThan(tolerance.value);

    const metrics = task.evaluation.measure(values);
    for (const [metric, expected] of [
      ['expected_in_domain_inference_loss', in_domain],
      ['expected_out_of_domain_inference_loss', out_of_domain],
      ['gap', yang.at_parameters.loss_noisy_targets - yang.theory.loss_floor_noisy_targets],
    ] as const) {
      expect(metrics[metric]).toMatchObject({ stderr: null, n: 0 });
      expect(relativeError([metrics[metric]!.mean!], [expected])).toBeLessThan(tolerance.value);
    }
  });

  it('keeps its pattern when scores are in the thousands', async () => {
    const task = yangTask();
    const model = modelFor(task);
    const { recorder, forward } = recordNetwork(model);
    const labels = recorder.constant(
      [
        { name: 'prompt', size: 1 },
        { name: 'example', size: N },
      ],
      yang.prompt.y.data,
    );
    // The fixture rounds the sharpened Q to multiples of 2^-12, as it already is.
    const Q = reference.Q.map((value) => value * yang.sharp.factor);
    const feeds = feedsOf(model, { Q, w: reference.w });
    const { attention } = await compute(
      engine,
      recorder,
      { attention: forward.activations({ labels })['attention']! },
      feeds,
    );
    const errors = yang.sharp.pattern.data.map((expected, i) => Math.abs(attention!.data[i]! - expected));
    expect(Math.max(...errors)).toBeLessThan(tolerance.sharp);
  });

  it('without a head predicts as if its w were zero, gradients included', async () => {
    const task = yangTask();
    const model = modelFor(task);
    const pruned = 2;
    const masked = feedsOf(model, reference);
    masked['heads']!.data[pruned] = 0;
    const zeroed = reference.w.map((value, i) => (Math.floor(i / K) === pruned ? 0 : value));
    const { recorder, parameters, forward } = recordNetwork(model);
    const { loss } = task.training.loss(forward, {});
    const [dQ, dw] = gradients(loss, [parameters['Q']!, parameters['w']!]);
    const outputs = { mixing: forward.mixing!, d_Q: dQ!, d_w: dw! };
    const a = await compute(engine, recorder, outputs, masked);
    const b = await compute(engine, recorder, outputs, feedsOf(model, { Q: reference.Q, w: zeroed }));
    expect(a['mixing']!.data).toEqual(b['mixing']!.data);
    expect(a['d_Q']!.data).toEqual(b['d_Q']!.data);
    const ofHead = a['d_w']!.data.subarray(pruned * K, (pruned + 1) * K);
    expect(ofHead.every((entry) => entry === 0)).toBe(true);
    expect(b['d_w']!.data.subarray(pruned * K, (pruned + 1) * K).some((entry) => entry !== 0)).toBe(true);
  });
});

const axesOf = ({ shape }: HostTensor) => shape.map((size, i) => ({ name: i === 0 ? 'prompt' : 'example', size }));

describe('the start of multi-head softmax', () => {
  const start = (init_std: number) =>
    multiHeadSoftmax
      .create({ heads: 100, init_std, fixed_q: false }, yangTask())
      .initial(RandomStream.named(0, 'init'));

  it('is w = 0 and Gaussian Q with the deviation asked for', () => {
    const { Q, w } = start(1);
    expect(w!.every((entry) => entry === 0)).toBe(true);
    const { mean } = estimate(Q!);
    const { mean: square } = estimate(Q!.map((entry) => entry * entry));
    const { mean: fourth } = estimate(Q!.map((entry) => entry * entry * entry * entry));
    const n = Q!.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(square - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(fourth - 3)).toBeLessThan(4 * Math.sqrt(96 / n)); // Var x⁴ = 105 − 9
    expect(start(0.25).Q).toEqual(Q!.map((entry) => entry / 4));
  });
});
