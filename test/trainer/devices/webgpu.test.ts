import { test } from 'vitest';
import { webgpuEngine } from '../../../src/engine/webgpu.ts';
import { loadPreset, presetNames } from '../../../src/presets/load.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { evaluationGraph, probeGraph, trainingGraph } from '../../../src/trainer/session/programs.ts';
import { webgpuIsHere } from '../../engine/vulkan.ts';
import { smallRuns } from '../small_runs.ts';
import { expectSameTraining } from './same_training.ts';

const isHere = await webgpuIsHere('training');

// Tasks of functions differ in what the processor draws, hardly in the graph, and an encoder is a decoder without a mask.
// The slow tier goes through all of them, and all optimizers.
const sameGraph = /^decoder on (?!pattern_)|^encoder /;
const withAdam = smallRuns().filter(([name]) => name.endsWith(', adam') && !sameGraph.test(name));

test.skipIf(!isHere).each(withAdam)('webgpu trains to what the processor does: %s', (_, settings) =>
  expectSameTraining(webgpuEngine, settings, 16),
);

// A graph of which a part would be left to the processor is refused.
test.skipIf(!isHere).each(presetNames())('webgpu takes the whole graphs of %s', async (name) => {
  const { raw, where } = loadPreset(name);
  const experiment = createExperiment(resolveConfig(raw, where).config, where);
  const graphs = [trainingGraph(experiment, 1, { freeze: true }), evaluationGraph(experiment), probeGraph(experiment)];
  for (const graph of graphs) await (await webgpuEngine.compile(graph)).dispose();
});
