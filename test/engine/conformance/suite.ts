import { describe, expect, test } from 'vitest';
import { type HostTensor, hostTensor } from '../../../src/core/tensor.ts';
import type { Engine } from '../../../src/engine/contract.ts';
import { referenceEngine } from '../../../src/engine/reference/engine.ts';
import { optimizers } from '../../../src/graph/optimizers/registry.ts';
import { primitives } from '../../../src/graph/primitives/registry.ts';
import { Recorder, type SymbolicTensor } from '../../../src/graph/symbolic.ts';
import type { Operation } from '../../../src/graph/tensor.ts';
import { primitiveCases } from './cases/registry.ts';
import { differenceQuotients, recordedGradients } from './gradients.ts';
import { networkBatch, networkNumbers, networkObjective, networkParameters } from './network.ts';
import { axes, evaluate, gaussian, given, relativeError } from './numbers.ts';
import { type OptimizerRun, optimizerOracle } from './oracles.ts';
import { plainTraining, scalar, train, trainNetwork } from './training.ts';

/** Largest relative errors, as max |difference| / max |expected|. */
export interface Tolerance {
  /** Of one primitive. */
  readonly value: number;
  /** Of gradients, against difference quotients. */
  readonly gradient: number;
  /** Of losses and parameters while training. */
  readonly training: number;
}

/**
 * What every engine must pass: each primitive and its gradient, whole models, training, and the engine contract.
 * @param gradients most cases of a primitive whose gradient is computed; what a gradient is of is no matter of the engine
 */
export function conformance(engine: Engine, tolerance: Tolerance, gradients = Number.POSITIVE_INFINITY): void {
  describe(`${engine.name}: primitives`, () => primitiveTests(engine, tolerance, gradients));
  describe(`${engine.name}: models`, () => modelTests(engine, tolerance));
  describe(`${engine.name}: optimizers`, () => optimizerTests(engine, tolerance));
  describe(`${engine.name}: contract`, () => contractTests(engine));
}

function primitiveTests(engine: Engine, tolerance: Tolerance, gradients: number): void {
  test('every primitive has a case', () => {
    const covered = Object.entries(primitiveCases).filter(([, cases]) => cases.length > 0);
    expect(covered.map(([op]) => op).sort()).toEqual(Object.keys(primitives).sort());
  });

  describe.each(Object.keys(primitiveCases) as Operation[])('%s', (op) => {
    test.each(primitiveCases[op])('value $title', async ({ inputs, build, expected }) => {
      const named = Object.fromEntries(inputs.map((input, i) => [`x${i}`, input]));
      const { y } = await evaluate(
        engine,
        (recorder) => ({ y: build(inputs.map(({ shape }, i) => recorder.input(`x${i}`, axes(...shape)))) }),
        named,
      );
      expect(y!.shape).toEqual(expected.shape);
      expect(relativeError(y!.data, expected.data)).toBeLessThanOrEqual(tolerance.value);
    });

    test.each(primitiveCases[op].slice(0, gradients))('gradient $title', async ({ inputs, build, expected }) => {
      const weights = gaussian(99, ...expected.shape);
      const loss = (symbols: readonly SymbolicTensor[]) => {
        const y = build(symbols);
        return y.mul(y.recorder.constant(y.shape, weights.data)).sum();
      };
      await compareGradients(engine, inputs, loss, tolerance.gradient);
    });
  });
}

async function compareGradients(
  engine: Engine,
  inputs: readonly HostTensor[],
  loss: (inputs: readonly SymbolicTensor[]) => SymbolicTensor,
  tolerance: number,
): Promise<void> {
  const recorded = await recordedGradients(engine, inputs, loss);
  const expected = await differenceQuotients(inputs, loss);
  const largest = Math.max(...expected.flatMap((slopes) => Array.from(slopes, Math.abs)));
  for (const [i, { shape, data }] of recorded.entries()) {
    expect(shape).toEqual(inputs[i]!.shape);
    // Gradients that vanish are rounding noise; measure them by the others.
    expect(relativeError(data, expected[i]!, Math.max(1e-3, 1e-3 * largest))).toBeLessThanOrEqual(tolerance);
  }
}

function modelTests(engine: Engine, tolerance: Tolerance): void {
  test('gradients of a transformer block agree with difference quotients', async () => {
    const { parameters, x, y } = networkNumbers(1);
    const inputs = networkParameters.map(({ name }) => parameters[name]!);
    const loss = (symbols: readonly SymbolicTensor[]) => {
      const named = Object.fromEntries(
        networkParameters.map(({ name, shape }, i) => [name, symbols[i]!.reshape(shape)]),
      );
      const { recorder } = symbols[0]!;
      const batch = {
        x: recorder.constant(networkBatch['x']!, x.data),
        y: recorder.constant(networkBatch['y']!, y.data),
      };
      return networkObjective(named, batch).loss;
    };
    await compareGradients(engine, inputs, loss, tolerance.gradient);
  });

  test('five Adam steps of a transformer block agree with float64', async () => {
    const trained = await trainNetwork(engine, 5, 1);
    const expected = await trainNetwork(referenceEngine, 5, 1);
    for (const [call, outputs] of trained.entries()) {
      for (const [name, { data }] of Object.entries(outputs)) {
        expect(relativeError(data, expected[call]![name]!.data), name).toBeLessThanOrEqual(tolerance.training);
      }
    }
    const losses = trained.map((outputs) => outputs['scalars/train_loss']!.data[0]!);
    expect(new Set(losses).size).toBe(5);
  });

  test('updates unrolled in one graph give the same bits as one at a time', async () => {
    const [single, unrolled] = [await trainNetwork(engine, 8, 1), await trainNetwork(engine, 1, 8)];
    for (const [name, numbers] of Object.entries(unrolled[0]!)) {
      const expected = name.startsWith('scalars/')
        ? single.flatMap((outputs) => [...outputs[name]!.data])
        : [...single[7]![name]!.data];
      expect([...numbers.data], name).toEqual(expected);
    }
  });
}

function optimizerTests(engine: Engine, tolerance: Tolerance): void {
  const { sizes, inputs, runs } = optimizerOracle;
  const { n, steps } = sizes;
  const parameters = [{ name: 'x', shape: axes(n) }];

  describe.each(Object.entries(runs))('%s', (_, run) => {
    const options = { ...plainTraining, ...ruleOf(run), parameters, decay: run.options.weight_decay !== undefined };
    const feeds = {
      theta: hostTensor([n], Float64Array.from(inputs.start.data)),
      learning_rate: scalar(run.options.lr),
      weight_decay: scalar(run.options.weight_decay ?? 0),
    };
    const positions = (history: readonly Readonly<Record<string, HostTensor>>[]) =>
      history.flatMap((outputs) => [...outputs['theta']!.data]);

    test('on a quadratic', async () => {
      const objective = ({ x }: Readonly<Record<string, SymbolicTensor>>) => {
        const row = x!.reshape(axes(1, n));
        const curvature = row
          .matmul(x!.recorder.constant(axes(n, n), inputs.M.data))
          .mul(row)
          .sum();
        const loss = curvature.mul(0.5).sub(x!.mul(x!.recorder.constant(axes(n), inputs.b.data)).sum());
        return { loss, scalars: { loss } };
      };
      const history = await train(engine, { ...options, objective }, steps, feeds);
      const losses = history.map((outputs) => outputs['scalars/loss']!.data[0]!);
      expect(relativeError(positions(history), run.quadratic.x.data.slice(n))).toBeLessThanOrEqual(tolerance.training);
      expect(relativeError(losses, run.quadratic.losses.data.slice(0, -1))).toBeLessThanOrEqual(tolerance.training);
    });

    test('under given gradients, some of them 0', async () => {
      const objective = (
        { x }: Readonly<Record<string, SymbolicTensor>>,
        { g }: Readonly<Record<string, SymbolicTensor>>,
      ) => ({ loss: x!.mul(g!).sum(), scalars: {} });
      const batches = { g: hostTensor([steps, n], Float64Array.from(inputs.given_gradients.data)) };
      const history = await train(engine, { ...options, batch: { g: axes(n) }, objective }, steps, feeds, batches);
      expect(relativeError(positions(history), run.given.x.data.slice(n))).toBeLessThanOrEqual(tolerance.training);
      // The second parameter never has a gradient.
      if (!run.options.weight_decay) expect(history.at(-1)!['theta']!.data[1]).toBe(inputs.start.data[1]);
    });
  });
}

/** The oracle's names for rules and settings in the graph's. */
function ruleOf({ rule, options }: OptimizerRun) {
  const [beta1, beta2] = options.betas ?? [0, 0];
  return {
    optimizer: optimizers[rule === 'sgd' && options.momentum ? 'momentum' : rule],
    settings: {
      momentum: options.momentum ?? 0,
      nesterov: options.nesterov ?? false,
      beta1,
      beta2,
      epsilon: options.eps ?? 0,
    },
  };
}

function contractTests(engine: Engine): void {
  const x = gaussian(50, 2, 3);
  const double = () => {
    const recorder = new Recorder();
    const input = recorder.input('x', [
      { name: 'token', size: 2 },
      { name: 'dim', size: 3 },
    ]);
    return recorder.finish({ y: input.mul(2), again: input.mul(2), x: input, two: recorder.scalar(2) });
  };

  test('is usable here', async () => {
    expect(await engine.availability()).toMatchObject({ usable: true });
  });

  test('reads back what was uploaded, in its own precision', async () => {
    const read = await engine.read(engine.upload(hostTensor([2], Float64Array.of(0.1, -3))));
    expect(read.shape).toEqual([2]);
    expect([...read.data]).toEqual([engine.precision === 'float32' ? Math.fround(0.1) : 0.1, -3]);
  });

  test('an uploaded value does not follow later writes', async () => {
    const numbers = Float32Array.of(1, 2);
    const value = engine.upload(hostTensor([2], numbers));
    numbers[0] = 9;
    expect([...(await engine.read(value)).data]).toEqual([1, 2]);
  });

  test('numbers that were given away feed programs', async () => {
    const value = engine.upload(hostTensor([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)), true);
    expect([...(await engine.read(value)).data]).toEqual([1, 2, 3, 4, 5, 6]);
    const program = await engine.compile(double());
    const { y } = await program.run({ x: value });
    expect([...(await engine.read(y!)).data]).toEqual([2, 4, 6, 8, 10, 12]);
  });

  test('outputs may be inputs, constants, scalars, and the same node twice', async () => {
    const program = await engine.compile(double());
    const outputs = await program.run({ x: engine.upload(x) });
    const numbers = async (name: string) => [...(await engine.read(outputs[name]!)).data];
    expect(Object.keys(outputs).sort()).toEqual(['again', 'two', 'x', 'y']);
    expect(await numbers('y')).toEqual([...x.data].map((value) => 2 * value));
    expect(await numbers('again')).toEqual(await numbers('y'));
    expect(await numbers('x')).toEqual([...x.data]);
    expect(await numbers('two')).toEqual([2]);
    expect(outputs['two']!.shape).toEqual([]);
    await program.dispose();
  });

  test('outputs can be fed back, and earlier values stay as they were', async () => {
    const program = await engine.compile(double());
    const first = await program.run({ x: engine.upload(x) });
    const second = await program.run({ x: first['y']! });
    expect([...(await engine.read(second['y']!)).data]).toEqual([...x.data].map((value) => 4 * value));
    expect([...(await engine.read(first['y']!)).data]).toEqual([...x.data].map((value) => 2 * value));
    engine.release(first['y']!);
    engine.release(first['y']!);
    await program.dispose();
  });

  test('names an input that is missing, unknown or of the wrong shape', async () => {
    const program = await engine.compile(double());
    const value = engine.upload(x);
    await expect(program.run({})).rejects.toThrow('input "x" [token=2, dim=3] is missing');
    await expect(program.run({ x: value, z: value })).rejects.toThrow('unknown input "z"');
    const turned = engine.upload(given([3, 2], x.data));
    await expect(program.run({ x: turned })).rejects.toThrow('input "x" has shape [3, 2], expected [token=2, dim=3]');
    await program.dispose();
  });

  test('runs again with the same bits', async () => {
    const [first, second] = [await trainNetwork(engine, 2, 2), await trainNetwork(engine, 2, 2)];
    expect(second.map((outputs) => [...outputs['theta']!.data])).toEqual(
      first.map((outputs) => [...outputs['theta']!.data]),
    );
  });
}
