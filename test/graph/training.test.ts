import { describe, expect, test } from 'vitest';
import { hostTensor } from '../../src/core/tensor.ts';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { clipByNorm } from '../../src/graph/optimizers/clip.ts';
import { optimizers } from '../../src/graph/optimizers/registry.ts';
import { Recorder, type SymbolicTensor } from '../../src/graph/symbolic.ts';
import { recordTraining, type TrainingOptions } from '../../src/graph/training.ts';
import { axes, evaluate, type Numbers } from '../engine/conformance/numbers.ts';
import { plainTraining, scalar, train } from '../engine/conformance/training.ts';

const vector = (...numbers: readonly number[]) => hostTensor([numbers.length], Float64Array.from(numbers));
const column = (history: readonly Numbers[], name: string) => history.flatMap((outputs) => [...outputs[name]!.data]);

/** The loss is g · x, so that the gradient is the batch. */
const followGradient: TrainingOptions = {
  ...plainTraining,
  optimizer: optimizers.sgd,
  parameters: [{ name: 'x', shape: axes(2) }],
  batch: { g: axes(2) },
  objective: ({ x }, { g }) => {
    const loss = x!.mul(g!).sum();
    return { loss, scalars: { loss } };
  },
};

describe('clipping', () => {
  const clip = async (gradient: readonly number[], bound: number) => {
    const { clipped, norm } = await evaluate(
      referenceEngine,
      (recorder) => {
        const result = clipByNorm([recorder.input('g', axes(gradient.length))], bound);
        return { clipped: result.gradient[0]!, norm: result.norm };
      },
      { g: vector(...gradient) },
    );
    return [...clipped!.data, norm!.data[0]];
  };

  test('shortens a long gradient, keeps a short one and zero', async () => {
    expect(await clip([3, 4], 1)).toEqual([3 * 0.2, 4 * 0.2, 5]);
    expect(await clip([3, 4], 5)).toEqual([3, 4, 5]);
    expect(await clip([3, 4], 6)).toEqual([3, 4, 5]);
    expect(await clip([0, 0], 1)).toEqual([0, 0, 0]);
  });

  test('inside training, the reported norm is the one before', async () => {
    const feeds = { theta: vector(0, 0), learning_rate: scalar(1), clip_norm: scalar(2) };
    const batches = { g: hostTensor([2, 2], Float64Array.of(6, 8, 0, 1)) };
    const history = await train(referenceEngine, { ...followGradient, clip: true }, 2, feeds, batches);
    expect(column(history, 'scalars/gradient_norm')).toEqual([10, 1]);
    expect(column(history, 'theta').map((x) => Math.round(x * 1e12) / 1e12)).toEqual([-1.2, -1.6, -1.2, -2.6]);
  });
});

describe('a training graph', () => {
  test('counts steps, follows the schedule and reports scalars before each update', async () => {
    const feeds = { theta: vector(1, 2), learning_rate: scalar(0.5), total_steps: scalar(4) };
    const batches = { g: hostTensor([4, 2], Float64Array.of(1, 0, 0, 1, 1, 1, 2, 0)) };
    const schedule = { kind: 'linear', warmupSteps: 0, finalFraction: 0 } as const;
    const history = await train(referenceEngine, { ...followGradient, schedule, unroll: 2 }, 2, feeds, batches);
    expect(column(history, 'step')).toEqual([2, 4]);
    expect(column(history, 'scalars/learning_rate')).toEqual([0.375, 0.25, 0.125, 0]);
    expect(column(history, 'scalars/loss')).toEqual([1, 2, 0.625 + 1.75, 1]);
    expect(column(history, 'theta')).toEqual([0.625, 1.75, 0.5, 1.625]);
  });

  test('continues in the schedule where `step` says', async () => {
    const feeds = { theta: vector(0, 0), learning_rate: scalar(1), total_steps: scalar(4), step: scalar(3) };
    const schedule = { kind: 'linear', warmupSteps: 0, finalFraction: 0.25 } as const;
    const batches = { g: hostTensor([1, 2], Float64Array.of(1, 1)) };
    const history = await train(referenceEngine, { ...followGradient, schedule }, 1, feeds, batches);
    expect(column(history, 'scalars/learning_rate')).toEqual([0.25]);
  });

  test('trains parameters that the objective reshapes', async () => {
    const { objective } = followGradient;
    const turned: TrainingOptions = {
      ...followGradient,
      parameters: [{ name: 'x', shape: axes(1, 2) }],
      objective: ({ x }, batch) => objective({ x: x!.reshape(axes(2)) }, batch),
    };
    const feeds = { theta: vector(0, 0), learning_rate: scalar(1) };
    const history = await train(referenceEngine, turned, 1, feeds, { g: hostTensor([1, 2], Float64Array.of(1, 2)) });
    expect(column(history, 'theta')).toEqual([-1, -2]);
  });

  test.each(['sgd', 'momentum', 'adam', 'adamw'] as const)('leaves fixed parameters as they are: %s', async (name) => {
    const fixed: TrainingOptions = {
      ...followGradient,
      optimizer: optimizers[name],
      decay: true,
      parameters: [
        { name: 'y', shape: axes(1), fixed: true },
        { name: 'x', shape: axes(2) },
      ],
      objective: ({ x, y }, { g }) => ({ loss: x!.mul(g!).sum().mul(y!.sum()), scalars: {} }),
    };
    const feeds = { theta: vector(3, 1, 2), learning_rate: scalar(0.1), weight_decay: scalar(0.5) };
    const batches = { g: hostTensor([3, 2], Float64Array.of(1, 0, 0, 1, 1, 1)) };
    const history = await train(referenceEngine, fixed, 3, feeds, batches);
    for (const outputs of history) {
      expect(outputs['theta']!.data[0]).toBe(3);
      for (const slot of Object.keys(outputs).filter((output) => output.startsWith('slot/'))) {
        if (outputs[slot]!.shape.length > 0) expect(outputs[slot]!.data[0], slot).toBe(0);
      }
    }
    expect(history.at(-1)!['theta']!.data[1]).toBeLessThan(1);
    // The gradient of y is not counted: 3 · |(1, 0)|.
    expect(column(history, 'scalars/gradient_norm')[0]).toBe(3);
  });

  test('takes only the inputs that its settings use', () => {
    const inputsOf = (options: Partial<TrainingOptions>) =>
      Object.keys(recordTraining(new Recorder(), { ...followGradient, ...options }).inputs).sort();
    const always = ['batch/g', 'learning_rate', 'step', 'theta'];
    expect(inputsOf({})).toEqual(always);
    expect(inputsOf({ decay: true })).toEqual([...always, 'weight_decay'].sort());
    expect(inputsOf({ clip: true })).toEqual([...always, 'clip_norm'].sort());
    expect(inputsOf({ schedule: { kind: 'cosine', warmupSteps: 3, finalFraction: 0 } })).toEqual(
      [...always, 'total_steps'].sort(),
    );
    expect(inputsOf({ optimizer: optimizers.adam })).toEqual(
      [...always, 'slot/m', 'slot/m_weight', 'slot/v', 'slot/v_weight'].sort(),
    );
  });

  test('shares inputs that the objective declared', async () => {
    const recorder = new Recorder();
    const mask = recorder.input('mask', axes(2));
    const graph = recordTraining(recorder, {
      ...followGradient,
      unroll: 2,
      objective: ({ x }, { g }) => ({ loss: x!.mul(g!).mul(mask).sum(), scalars: {} }),
    });
    const program = await referenceEngine.compile(graph);
    const feeds = {
      theta: vector(1, 1),
      learning_rate: scalar(1),
      step: scalar(0),
      'batch/g': hostTensor([2, 2], Float64Array.of(1, 2, 3, 4)),
      mask: vector(0, 1),
    };
    const uploaded = Object.entries(feeds).map(([name, numbers]) => [name, referenceEngine.upload(numbers)] as const);
    const { theta } = await program.run(Object.fromEntries(uploaded));
    expect([...(await referenceEngine.read(theta!)).data]).toEqual([1, -5]);
  });

  test('refuses a reported value that is not a scalar', () => {
    const objective = ({ x }: Readonly<Record<string, SymbolicTensor>>) => ({ loss: x!.sum(), scalars: { x: x! } });
    expect(() => recordTraining(new Recorder(), { ...followGradient, batch: {}, objective })).toThrow(
      'the reported scalar "x" is [a=2]',
    );
  });
});
