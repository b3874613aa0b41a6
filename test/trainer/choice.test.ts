import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Engine, EngineName } from '../../src/engine/contract.ts';
import { cpuEngine } from '../../src/engine/cpu.ts';
import { wasmEngine } from '../../src/engine/wasm.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import type { EngineRecord } from '../../src/protocol/events.ts';
import { type ChoiceMemory, chooseEngine, type Measured } from '../../src/trainer/session/choice.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';

function experimentOn(device: string, preset = 'yang-tiny') {
  const { raw, where } = loadPreset(preset);
  const settings = [{ path: 'device', value: device }];
  return createExperiment(resolveConfig(raw, where, settings).config, where);
}

/** The processor under another name, each run of a graph `delay` milliseconds slower. */
function slowed(name: EngineName, device: boolean, delay: number) {
  const engine: Engine = {
    name,
    device,
    precision: 'float32',
    availability: () => cpuEngine.availability(),
    upload: (tensor) => cpuEngine.upload(tensor),
    read: (value) => cpuEngine.read(value),
    release: (value) => cpuEngine.release(value),
    compile: async (graph, options) => {
      const program = await cpuEngine.compile(graph, options);
      return {
        run: async (feeds) => {
          await systemClock.sleep(delay);
          return program.run(feeds);
        },
        dispose: () => program.dispose(),
      };
    },
  };
  return { engine, version: 'slow' };
}

const processor = { engine: cpuEngine, version: 'quick' };
const compiled = { engine: wasmEngine, version: 'quick' };

function memory() {
  const kept = new Map<string, Measured>();
  const store: ChoiceMemory = {
    recall: (key) => kept.get(key),
    keep: async (key, measured) => void kept.set(key, measured),
  };
  return { kept, store };
}

describe('auto', () => {
  test('takes the engine that does a step in the least time, and says by how much', async () => {
    const usable = [processor, slowed('tensorflow', false, 30)];
    const { engine, notices } = await chooseEngine(experimentOn('auto'), { spareCore: false, usable });
    expect(engine.name).toBe('cpu');
    expect(notices).toEqual([
      expect.stringMatching(/^auto chose cpu: \d\S*× as fast as tensorflow \(\S+ against \S+ ms a step\)$/),
    ]);
  });

  test('does not even time the model on a device that multiplies matrices more slowly', async () => {
    const usable = [processor, slowed('webgpu', true, 30)];
    const { engine, notices } = await chooseEngine(experimentOn('auto'), { spareCore: false, usable });
    expect(engine.name).toBe('cpu');
    expect(notices).toEqual([
      expect.stringMatching(/^auto chose cpu: webgpu multiplies matrices [\d.e ]+ times more slowly$/),
    ]);
  });

  test('remembers the choice for the model and the machine, and measures another model anew', async () => {
    const { kept, store } = memory();
    const usable = [slowed('tensorflow', false, 30), processor];
    const options = { spareCore: false, usable, memory: store };
    expect((await chooseEngine(experimentOn('auto'), options)).engine.name).toBe('cpu');
    expect([...kept.values()]).toEqual([
      { engine: 'cpu', comparison: expect.stringMatching(/^\d\S*× as fast as tensorflow/) },
    ]);
    for (const key of kept.keys()) kept.set(key, { engine: 'tensorflow', comparison: '3× as fast as cpu' });
    const again = await chooseEngine(experimentOn('auto'), options);
    // What was said when it was chosen is not said again.
    expect([again.engine.name, again.notices]).toEqual(['tensorflow', []]);
    const experiment = experimentOn('auto');
    const other = createExperiment({ ...experiment.config, model: { name: 'multi_head_softmax', heads: 2 } }, 'other');
    expect((await chooseEngine(other, options)).engine.name).toBe('cpu');
    expect(kept.size).toBe(2);
  });

  test('takes wasm where updates are small and cpu where they are not, whatever they take here', async () => {
    const usable = [
      { ...slowed('cpu', false, 0), version: 'quick' },
      { ...slowed('wasm', false, 5), version: 'slow' },
    ];
    const chosen = async (preset: string) => {
      const { engine, notices } = await chooseEngine(experimentOn('auto', preset), { spareCore: false, usable });
      return [engine.name, ...notices];
    };
    expect(await chosen('yang-tiny')).toEqual([
      'wasm',
      expect.stringMatching(/^auto chose wasm: 9.\d{3} FLOPs an operation, up to 50.000$/),
    ]);
    expect(await chosen('li-decoder')).toEqual([
      'cpu',
      expect.stringMatching(/^auto chose cpu: 1.4\d{2}.\d{3} FLOPs an operation, over 50.000$/),
    ]);
  });

  test('times a small model on wasm and on devices alone', async () => {
    const usable = [processor, compiled, slowed('tensorflow', false, 0), slowed('webgpu', true, 3)];
    const { store, kept } = memory();
    const options = { spareCore: false, usable, memory: store };
    const { engine, tuning } = await chooseEngine(experimentOn('auto'), options);
    expect([engine.name, tuning.threads]).toEqual(['wasm', 1]);
    const { comparison } = [...kept.values()].at(-1)!;
    expect(comparison).toMatch(/webgpu/);
    expect(comparison).not.toMatch(/tensorflow|cpu/);
  });

  test('takes no more threads than there are cores, and says so', async () => {
    const experiment = experimentOn('cpu');
    const greedy = createExperiment({ ...experiment.config, threads: 999 }, 'greedy');
    const { tuning, notices } = await chooseEngine(greedy, { spareCore: false });
    expect(tuning.threads).toBe(availableParallelism());
    expect(notices).toEqual([expect.stringMatching(/^threads is 999, and this machine has \d+ cores: \d+ are used$/)]);
  });

  test('one line where no engine can be used, or none does the model', async () => {
    const options = { spareCore: false, usable: [] };
    await expect(chooseEngine(experimentOn('auto'), options)).rejects.toThrow(
      'device: no engine can be used here: npx incline devices says why',
    );
    const broken = {
      engine: { ...cpuEngine, name: 'cpu' as const, device: false, precision: 'float32' as const },
      version: '',
    };
    broken.engine.compile = async () => Promise.reject(new Error('no room'));
    const both = { spareCore: false, usable: [broken, broken] };
    await expect(chooseEngine(experimentOn('auto'), both)).rejects.toThrow(/no room/);
  });

  test('says so where one engine is all there is', async () => {
    const options = { spareCore: false, usable: [processor], memory: memory().store };
    const { engine, notices } = await chooseEngine(experimentOn('auto'), options);
    expect(engine.name).toBe('cpu');
    expect(notices).toEqual(['auto chose cpu: the only engine that can be used here; incline devices tells more']);
    // Once, until there is another choice.
    expect((await chooseEngine(experimentOn('auto'), options)).notices).toEqual([]);
    const more = { ...options, usable: [processor, slowed('tensorflow', false, 30)] };
    expect((await chooseEngine(experimentOn('auto'), more)).notices).toHaveLength(1);
  });
});

describe('a run that goes on', () => {
  const record = async (): Promise<EngineRecord> => {
    const { notices: _, engine, version, tuning } = await chooseEngine(experimentOn('cpu'), { spareCore: false });
    return { name: engine.name, version, threads: tuning.threads, unroll: 7 };
  };

  test('keeps engine, threads and unrolling', async () => {
    const previous = await record();
    const usable = [slowed('tensorflow', false, 0)];
    const choice = await chooseEngine(experimentOn('auto'), { spareCore: false, previous, usable });
    expect([choice.engine.name, choice.tuning.unroll, choice.notices]).toEqual(['cpu', 7, []]);
  });

  test('stays on the processor’s other engine, though it would take wasm anew', async () => {
    const previous = await record();
    const choice = await chooseEngine(experimentOn('auto'), { spareCore: false, previous, usable: [compiled] });
    expect([choice.engine.name, choice.notices]).toEqual(['cpu', []]);
    const asked = await chooseEngine(experimentOn('wasm'), { spareCore: false, previous });
    expect([asked.engine.name, asked.notices]).toEqual([
      'wasm',
      [expect.stringMatching(/came from cpu .* this is wasm/)],
    ]);
  });

  test('says when its engine is another one, is missing, or has changed', async () => {
    const previous = await record();
    const options = { spareCore: false, usable: [processor] };
    const other = await chooseEngine(experimentOn('cpu'), { ...options, previous: { ...previous, name: 'webgpu' } });
    expect(other.notices).toEqual([expect.stringMatching(/came from webgpu \(.*\), this is cpu .* last digits/)]);
    const gone = await chooseEngine(experimentOn('auto'), {
      ...options,
      previous: { ...previous, name: 'tensorflow' },
    });
    expect(gone.notices).toEqual([
      expect.stringMatching(/^tensorflow cannot be used: neither .* last digits$/),
      expect.stringMatching(/^auto chose cpu: the only engine/),
    ]);
    const older = { ...previous, version: 'ONNX Runtime 1.2.3' };
    const updated = await chooseEngine(experimentOn('auto'), { ...options, previous: older });
    expect(updated.notices).toEqual([expect.stringMatching(/came from cpu \(ONNX Runtime 1\.2\.3\), this is cpu/)]);
  });
});
