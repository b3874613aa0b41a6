import { loadPreset } from '../../../src/presets/load.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { trainingGraph } from '../../../src/trainer/session/programs.ts';
import type { BenchCase, Field } from '../competitor.ts';
import { productFlops } from '../product_flops.ts';
import { timeByKind } from '../profile.ts';
import { onTensorFlow, ownEngines } from '../session.ts';

/** A training step of a preset, as a run does it, without peers in other languages. */
export async function presetStep(name: string, preset: string, field: Field): Promise<BenchCase> {
  const { raw, where } = loadPreset(preset);
  const experiment = createExperiment(resolveConfig(raw, where).config, where);
  const { model, task, config } = experiment;
  const graph = trainingGraph(experiment, 1);
  const competitors = await ownEngines(experiment, 'train_loss', field, 1);
  for (const backend of field.backends) competitors.push(await onTensorFlow(backend, experiment, 'train_loss'));
  const { layers, heads, neurons } = model.facts;
  const tokens = task.sequence?.length ?? task.fixed['tokens']?.shape[0];
  const { batch } = config.train;
  const drawsPrompts = Object.keys(task.training.inputs(batch)).length > 0;
  const sizes = {
    ...{ L: layers, H: heads, F: neurons },
    ...(tokens !== undefined && { T: tokens }),
    ...(drawsPrompts && { B: batch }),
  };
  return {
    name,
    title: `${preset}: a training step`,
    sizes,
    competitors,
    absent: [`PyTorch and JAX: no script for ${config.model.name} here`],
    productFlops: productFlops(graph),
    notes: () => timeByKind(experiment, graph),
  };
}
