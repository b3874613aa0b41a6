import { expect, test } from 'vitest';
import type { HostTensor } from '../../src/core/tensor.ts';
import { loadRuntime } from '../../src/engine/onnx/runtime.ts';
import { inferenceModel } from '../../src/trainer/measure/inference.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { smallRuns } from './small_runs.ts';
import { steered } from './steered.ts';

const { InferenceSession, Tensor } = await loadRuntime();
const cases = smallRuns().filter(([name]) => name.endsWith(', adam'));

/** Some of the prompts of a probe. */
function some({ shape, data }: HostTensor, from: number, count: number) {
  const size = data.length / shape[0]!;
  const part = Float32Array.from(data.subarray(from * size, (from + count) * size));
  return new Tensor('float32', part, [count, ...shape.slice(1)]);
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) expect(Math.abs(found[i]! - expected[i]!)).toBeLessThan(1e-5);
}

test.each(cases)(
  'a plain ONNX Runtime computes what a pruned snapshot holds, for any number of prompts: %s',
  async (_name, settings) => {
    const prompts = 5;
    const { snapshot } = await steered({ ...settings, probe: { prompts } }, [
      { at: 2, request: { type: 'mask', scope: 'clamp', edits: ['-L0H0'] } },
    ]);
    const { bytes, inputs, outputs } = inferenceModel(snapshot, snapshot.config, 'test');
    expect(Object.values(inputs).map((lengths) => lengths[0])).toEqual(Object.values(inputs).map(() => 'prompts'));
    expect(outputs['output.prediction']![0]).toBe('prompts');
    const session = await InferenceSession.create(bytes);
    const { probe } = createExperiment(snapshot.config, 'test', snapshot.task).task;
    const { prediction, attention } = snapshot.probe;
    const size = prediction!.data.length / prompts;
    for (const [from, count] of [
      [0, prompts],
      [3, 1],
      [1, 2],
    ] as const) {
      const feeds = Object.entries(probe.inputs).map(([name, tensor]) => [`input.${name}`, some(tensor, from, count)]);
      const results = await session.run(Object.fromEntries(feeds));
      const data = results['output.prediction']!.data as Float32Array;
      expectClose(data, prediction!.data.subarray(from * size, (from + count) * size));
      if (count < prompts) continue;
      expectClose(results['output.attention']!.data as Float32Array, attention!.data);
    }
    await session.release();
  },
);

test('what is pruned is missing from the model that is written', async () => {
  const [, settings] = cases.find(([name]) => name.startsWith('encoder'))!;
  const { snapshot } = await steered(settings, []);
  const whole = await predicted(snapshot);
  const { heads, neurons } = snapshot.mask!;
  const none = ({ shape, data }: HostTensor): HostTensor => ({ shape, data: new Float32Array(data.length) });
  for (const mask of [
    { heads: none(heads), neurons },
    { heads, neurons: none(neurons) },
  ]) {
    expect(await predicted({ ...snapshot, mask })).not.toEqual(whole);
  }
});

async function predicted(snapshot: Awaited<ReturnType<typeof steered>>['snapshot']): Promise<unknown> {
  const session = await InferenceSession.create(inferenceModel(snapshot, snapshot.config, 'test').bytes);
  const { probe } = createExperiment(snapshot.config, 'test', snapshot.task).task;
  const feeds = Object.entries(probe.inputs).map(([name, tensor]) => [`input.${name}`, some(tensor, 0, 1)]);
  return (await session.run(Object.fromEntries(feeds)))['output.prediction']!.data;
}
