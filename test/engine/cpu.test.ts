import { describe, expect, test } from 'vitest';
import type { HostTensor } from '../../src/core/tensor.ts';
import type { Value } from '../../src/engine/contract.ts';
import { cpuEngine } from '../../src/engine/cpu.ts';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { engineNames, loadEngine } from '../../src/engine/registry.ts';
import { optimizers } from '../../src/graph/optimizers/registry.ts';
import { Recorder, type SymbolicTensor } from '../../src/graph/symbolic.ts';
import { recordTraining } from '../../src/graph/training.ts';
import { axes, evaluate, gaussian, given } from './conformance/numbers.ts';
import { conformance } from './conformance/suite.ts';
import { plainTraining, scalar } from './conformance/training.ts';

conformance(cpuEngine, { value: 1e-5, gradient: 1e-3, training: 1e-5 });

const [heads, rows, columns, width] = [32, 24, 96, 48];
const sizes = { Q: axes(heads, width, width), w: axes(heads, columns) };
const parameterCount = heads * (width * width + columns);

/** One layer of attention along an axis that is not the last, large enough that ONNX Runtime divides it among threads. */
function recordAttention(unroll: number) {
  const recorder = new Recorder();
  const tokens = recorder.constant(axes(columns, width), gaussian(1, columns, width).data);
  const target = recorder.constant(axes(rows, columns), gaussian(2, rows, columns).data);
  const objective = ({ Q, w }: Readonly<Record<string, SymbolicTensor>>) => {
    const scores = tokens.slice(0, 0, rows).matmul(Q!).matmul(tokens.transposed());
    const pattern = scores.softmax(-2);
    const mixing = pattern.mul(w!.reshape(axes(heads, 1, columns))).sum(0);
    const loss = mixing.sub(target).square().sum();
    return { loss, scalars: { loss } };
  };
  const parameters = Object.entries(sizes).map(([name, shape]) => ({ name, shape }));
  return recordTraining(recorder, { ...plainTraining, parameters, optimizer: optimizers.adam, unroll, objective });
}

/** What the first update is fed. */
function startValues(fed: readonly string[]): Record<string, Value> {
  const vector = (data: Float64Array): HostTensor => given([parameterCount], data);
  const feeds: Readonly<Record<string, HostTensor>> = {
    theta: vector(Float64Array.from(gaussian(3, parameterCount).data, (x) => 0.1 * x)),
    'slot/m': vector(new Float64Array(parameterCount)),
    'slot/v': vector(new Float64Array(parameterCount)),
    ...Object.fromEntries(['slot/m_weight', 'slot/v_weight', 'step', 'weight_decay'].map((name) => [name, scalar(0)])),
    learning_rate: scalar(0.01),
  };
  return Object.fromEntries(fed.map((name) => [name, cpuEngine.upload(feeds[name]!)]));
}

/** Bytes of every output that is fed back, after eight updates. */
async function eightUpdates(unroll: number, threads: number): Promise<Record<string, Buffer>> {
  const graph = recordAttention(unroll);
  const program = await cpuEngine.compile(graph, { threads });
  const fed = Object.keys(graph.inputs);
  let values = startValues(fed);
  for (let update = 0; update < 8; update += unroll) values = { ...values, ...(await program.run(pick(values, fed))) };
  await program.dispose();
  const state = fed.filter((name) => Object.hasOwn(graph.outputs, name));
  const read = state.map(async (name) => [name, bytesOf((await cpuEngine.read(values[name]!)).data)] as const);
  return Object.fromEntries(await Promise.all(read));
}

test('memory of numbers that a run gave is given back when they are released, unless they were read', async () => {
  const graph = recordAttention(1);
  const program = await cpuEngine.compile(graph, {});
  const outputs = await program.run(startValues(Object.keys(graph.inputs)));
  await program.dispose();
  const bytes = 4 * parameterCount;
  const { data } = await cpuEngine.read(outputs['theta']!);
  const { content } = outputs['slot/m'] as unknown as { readonly content: Float32Array };
  expect([data.byteLength, content.byteLength]).toEqual([bytes, bytes]);
  for (const value of Object.values(outputs)) cpuEngine.release(value);
  expect([data.byteLength, content.byteLength]).toEqual([bytes, 0]);
});

const pick = <T>(values: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, values[name]!]));

const bytesOf = ({ buffer, byteOffset, byteLength }: HostTensor['data']) => Buffer.from(buffer, byteOffset, byteLength);

describe('the cpu engine', () => {
  test.each([1, 2])('gives the same bits however updates are unrolled, and again, with %d threads', async (threads) => {
    const single = await eightUpdates(1, threads);
    expect(single['theta']!.equals((await eightUpdates(1, threads))['theta']!)).toBe(true);
    const unrolled = await eightUpdates(8, threads);
    expect(Object.keys(single)).toEqual(expect.arrayContaining(['theta', 'slot/m', 'slot/v', 'step']));
    for (const [name, bytes] of Object.entries(single)) expect(unrolled[name]!.equals(bytes), name).toBe(true);
  });

  test('numbers too small for full precision are 0, because they are slow', async () => {
    const build = (recorder: Recorder) => ({ y: recorder.input('x', axes(1)).mul(1e-30) });
    const { y } = await evaluate(cpuEngine, build, { x: given([1], [1e-10]) });
    expect(y!.data[0]).toBe(0);
  });

  test('says which ONNX Runtime it is', async () => {
    expect(await cpuEngine.availability()).toEqual({
      usable: true,
      version: expect.stringMatching(/^ONNX Runtime \d+\.\d+\.\d+$/),
    });
  });

  test('names the node that it cannot run', async () => {
    const recorder = new Recorder();
    const graph = recorder.finish({ y: recorder.input('x', axes(2, 3)).exp() });
    // A graph that no recorder makes: the product of matrices that do not fit.
    const [x] = graph.nodes;
    const broken = {
      ...graph,
      nodes: [x!, { op: 'matmul', inputs: [0, 0], attributes: {}, shape: axes(2, 3) } as const],
    };
    await expect(cpuEngine.compile(broken)).rejects.toThrow(/engine cpu cannot run this graph.*output\.y/s);
  });

  test('refuses a value of another engine', async () => {
    const foreign = referenceEngine.upload(given([1], [1]));
    await expect(cpuEngine.read(foreign)).rejects.toThrow('did not make');
  });
});

describe('loadEngine', () => {
  test.each(engineNames)('%s loads under its own name', async (name) => {
    expect((await loadEngine(name)).name).toBe(name);
  });

  test('an engine that does not exist is refused with those that do', async () => {
    await expect(loadEngine('abacus')).rejects.toThrow(/"abacus" is not part of this version; expected one of cpu/);
  });
});
