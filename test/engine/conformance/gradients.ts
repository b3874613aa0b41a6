import { type HostTensor, hostTensor } from '../../../src/core/tensor.ts';
import type { Engine } from '../../../src/engine/contract.ts';
import { referenceEngine } from '../../../src/engine/reference/engine.ts';
import { gradients } from '../../../src/graph/gradient.ts';
import { Recorder, type SymbolicTensor } from '../../../src/graph/symbolic.ts';
import { axes, evaluate, runOn } from './numbers.ts';

type Loss = (inputs: readonly SymbolicTensor[]) => SymbolicTensor;

const declare = (recorder: Recorder, inputs: readonly HostTensor[]) =>
  inputs.map(({ shape }, i) => recorder.input(`x${i}`, axes(...shape)));

const feedsOf = (inputs: readonly HostTensor[]) => Object.fromEntries(inputs.map((input, i) => [`x${i}`, input]));

/** Gradients of a scalar as `gradients` records them, computed by the engine; one tensor per input. */
export async function recordedGradients(engine: Engine, inputs: readonly HostTensor[], loss: Loss) {
  const results = await evaluate(
    engine,
    (recorder) => {
      const symbols = declare(recorder, inputs);
      return Object.fromEntries(gradients(loss(symbols), symbols).map((slope, i) => [`g${i}`, slope]));
    },
    feedsOf(inputs),
  );
  return inputs.map((_, i) => results[`g${i}`]!);
}

/** The same by central differences of fourth order in float64. */
export async function differenceQuotients(inputs: readonly HostTensor[], loss: Loss): Promise<Float64Array[]> {
  const recorder = new Recorder();
  const program = await referenceEngine.compile(recorder.finish({ loss: loss(declare(recorder, inputs)) }));
  const lossAt = async (moved: readonly HostTensor[]) =>
    (await runOn(referenceEngine, program, feedsOf(moved)))['loss']!.data[0]!;
  const h = 2e-5;
  const results: Float64Array[] = [];
  for (const [which, { shape, data }] of inputs.entries()) {
    const slopes = new Float64Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const shifted = (by: number) => inputs.with(which, hostTensor(shape, data.with(i, data[i]! + by)));
      const difference = async (by: number) => (await lossAt(shifted(by))) - (await lossAt(shifted(-by)));
      slopes[i] = (8 * (await difference(h)) - (await difference(2 * h))) / (12 * h);
    }
    results.push(slopes);
  }
  return results;
}
