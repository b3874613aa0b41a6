import { describe, expect, test } from 'vitest';
import { cpuEngine } from '../../src/engine/cpu.ts';
import { OnnxEngine } from '../../src/engine/onnx/engine.ts';
import { webgpuEngine } from '../../src/engine/webgpu.ts';
import { concat, Recorder } from '../../src/graph/symbolic.ts';
import { axes, evaluate, gaussian, given, relativeError } from './conformance/numbers.ts';
import { conformance } from './conformance/suite.ts';
import { needsVulkan, offerSoftwareVulkan } from './vulkan.ts';

offerSoftwareVulkan();
const here = await webgpuEngine.availability();
if (here.usable || needsVulkan) {
  // In software on two cores a gradient takes a third of a second.
  conformance(webgpuEngine, { value: 1e-5, gradient: 1e-3, training: 1e-5 }, 1);
  describe('the webgpu engine', ownTests);
} else {
  console.warn(`webgpu is not tested: ${here.reason}`);
  test.skip(`webgpu: ${here.reason}`, () => {});
}

function ownTests(): void {
  test('keeps what is fed back on the device, and reads it from there', async () => {
    const recorder = new Recorder();
    const graph = recorder.finish({ y: recorder.input('x', axes(3, 2)).mul(2) });
    const program = await webgpuEngine.compile(graph, { resident: ['y'] });
    const first = await program.run({ x: webgpuEngine.upload(given([3, 2], [1, 2, 3, 4, 5, 6])) });
    const second = await program.run({ x: first['y']! });
    await program.dispose();
    expect(await webgpuEngine.read(second['y']!)).toEqual({
      shape: [3, 2],
      data: Float32Array.of(4, 8, 12, 16, 20, 24),
    });
    for (const { y } of [first, second]) webgpuEngine.release(y!);
    await expect(webgpuEngine.read(second['y']!)).rejects.toThrow('released');
  });

  test('joins more tensors than a device binds at once', async () => {
    const parts = Array.from({ length: 40 }, (_, i) => gaussian(i, 2, 3));
    const build = (recorder: Recorder) => ({
      y: concat(
        parts.map((_, i) => recorder.input(`x${i}`, axes(2, 3)).mul(2)),
        0,
      ),
    });
    const { y } = await evaluate(webgpuEngine, build, Object.fromEntries(parts.map((part, i) => [`x${i}`, part])));
    expect([...y!.data]).toEqual(parts.flatMap(({ data }) => Array.from(data, (x) => Math.fround(2 * x))));
  });

  test('computes more rows than a device has workgroups in one direction, and nothing past them', async () => {
    const [rows, width] = [65_600, 32];
    const x = gaussian(1, rows, width);
    const build = (recorder: Recorder) => {
      const input = recorder.input('x', axes(rows, width));
      const turned = input.reshape(axes(2, width, rows / 2));
      return {
        ...{ softmax: input.softmax(), norm: input.layerNorm(), deviation: input.inverseDeviation() },
        logSum: input.logSumExp(),
        ...{ earlier: turned.softmax(1), sum: input.sum(1), kept: turned.sum([1], { keep: true }) },
      };
    };
    const [values, expected] = [await evaluate(webgpuEngine, build, { x }), await evaluate(cpuEngine, build, { x })];
    for (const [name, { shape, data }] of Object.entries(expected)) {
      expect(values[name]!.shape).toEqual(shape);
      expect(relativeError(values[name]!.data, data), name).toBeLessThan(1e-5);
    }
  });

  test('says in one line that it has no room, and goes on with what has', async () => {
    const [recorder, size] = [new Recorder(), 40_000];
    const column = recorder.input('x', axes(size, 1));
    const program = await webgpuEngine.compile(recorder.finish({ y: column.matmul(column.transposed()).sum() }));
    const x = webgpuEngine.upload(given([size, 1], new Float64Array(size)));
    await expect(program.run({ x })).rejects.toThrow(
      /^webgpu has no room for this computation, whose largest tensor takes 5\.96 GiB \(matmul \[a=40000, .*\]\); lower train\.batch, [^\n]*$/,
    );
    await program.dispose();
    const { y } = await evaluate(webgpuEngine, (r) => ({ y: r.input('x', axes(2)).mul(2) }), { x: given([2], [1, 2]) });
    expect([...y!.data]).toEqual([2, 4]);
  });

  test('names what it would leave to the processor, instead of doing so', async () => {
    const halved = new OnnxEngine({
      name: 'webgpu',
      executionProvider: { name: 'webgpu', forceCpuNodeNames: ['output.y'] },
      device: true,
    });
    const recorder = new Recorder();
    const graph = recorder.finish({ y: recorder.input('x', axes(2, 3)).exp() });
    await expect(halved.compile(graph)).rejects.toThrow(
      'the engine webgpu cannot run this graph: it has no way to compute exp [2, 3]',
    );
  });

  test('says which device it is', async () => {
    expect(await webgpuEngine.availability()).toMatchObject({ usable: true, version: /^ONNX Runtime \d/ });
  });
}
