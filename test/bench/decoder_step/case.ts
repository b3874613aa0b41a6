import { cpus } from 'node:os';
import { loadPreset } from '../../../src/presets/load.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import { createExperiment } from '../../../src/trainer/experiment.ts';
import { trainingGraph } from '../../../src/trainer/programs.ts';
import type { BenchCase } from '../competitor.ts';
import { productFlops } from '../product_flops.ts';
import { timeByKind } from '../profile.ts';
import { ownEngines } from '../session.ts';

/** A training step of the decoder of `li-decoder`, as a run does it. */
export async function decoderStep(): Promise<BenchCase> {
  const { raw, where } = loadPreset('li-decoder');
  const experiment = createExperiment(resolveConfig(raw, where).config, where);
  const graph = trainingGraph(experiment, 1);
  const { layers, heads, neurons } = experiment.model.facts;
  const threadCounts = [...new Set([1, cpus().length])];
  return {
    name: 'decoder_step',
    title: 'minibatch step of a decoder with Adam',
    sizes: { L: layers, H: heads, F: neurons, T: experiment.task.sequence!.length, B: experiment.config.train.batch },
    competitors: await ownEngines(experiment, 'train_loss', threadCounts, 1),
    absent: [],
    productFlops: productFlops(graph),
    notes: () => timeByKind(experiment, graph),
  };
}
