import { describe, expect, test } from 'vitest';
import { cpuEngine } from '../../../src/engine/cpu.ts';
import { lower } from '../../../src/engine/onnx/lower.ts';
import { referenceEngine } from '../../../src/engine/reference/engine.ts';
import { Recorder, type SymbolicTensor } from '../../../src/graph/symbolic.ts';
import { axes, evaluate, gaussian, given, relativeError } from '../conformance/numbers.ts';
import { parts } from './message.ts';

/** Operator types of a model's nodes, in order, and its number of constants. */
function contents(build: (x: SymbolicTensor) => Readonly<Record<string, SymbolicTensor>>) {
  const recorder = new Recorder();
  const [graph] = parts(lower(recorder.finish(build(recorder.input('x', axes(2, 3, 4))))), 7);
  return {
    operators: parts(graph!, 1).map((node) => Buffer.from(parts(node, 4)[0]!).toString()),
    constants: parts(graph!, 5).length,
  };
}

describe('lower', () => {
  test('an output needs no copy', () => {
    expect(contents((x) => ({ y: x.exp() })).operators).toEqual(['Exp']);
  });

  test('a second name for an output, and an input as output, are copies', () => {
    const { operators } = contents((x) => ({ y: x.exp(), again: x.exp(), x }));
    expect(operators).toEqual(['Exp', 'Identity', 'Identity']);
  });

  test('equal constants are stored once', () => {
    const long = (x: SymbolicTensor) => x.recorder.constant(axes(100), new Float64Array(100).fill(2));
    const { constants } = contents((x) => ({ y: long(x).exp(), z: long(x).log(), s: x.mul(2), t: x.sub(2) }));
    expect(constants).toBe(2);
  });

  test('a layer norm and the deviation of its input share one operator', () => {
    const { operators } = contents((x) => ({ y: x.inverseDeviation().mul(x.layerNorm()) }));
    expect(operators).toEqual(['LayerNormalization', 'Mul']);
  });

  test('layer norms of different epsilons stay apart', () => {
    const { operators } = contents((x) => ({ y: x.layerNorm(1e-5), z: x.layerNorm(1e-3) }));
    expect(operators.filter((operator) => operator === 'LayerNormalization')).toHaveLength(2);
  });

  test('a softmax along an axis that is not the last moves nothing', () => {
    const { operators } = contents((x) => ({ y: x.softmax(-2) }));
    expect(operators).toEqual(['ReduceMax', 'Sub', 'Exp', 'ReduceSum', 'Div']);
  });
});

test.each([1, 1000])('a softmax along an earlier axis agrees with float64, scores times %d', async (scale) => {
  const x = gaussian(7, 2, 3, 4);
  const feeds = {
    x: given(
      x.shape,
      x.data.map((value) => value * scale),
    ),
  };
  const build = (recorder: Recorder) => {
    const input = recorder.input('x', axes(2, 3, 4));
    return {
      middle: input.softmax(1),
      first: input.softmax(0),
    };
  };
  const values = await evaluate(cpuEngine, build, feeds);
  const expected = await evaluate(referenceEngine, build, feeds);
  for (const name of ['middle', 'first']) {
    expect(values[name]!.shape).toEqual(expected[name]!.shape);
    expect(relativeError(values[name]!.data, expected[name]!.data)).toBeLessThan(1e-4);
  }
});
