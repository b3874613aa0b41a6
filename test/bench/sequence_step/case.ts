import { loadPreset } from '../../../src/presets/load.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { trainingGraph } from '../../../src/trainer/session/programs.ts';
import type { BenchCase, Field } from '../competitor.ts';
import { productFlops } from '../product_flops.ts';
import { timeByKind } from '../profile.ts';
import { pythonPeers } from '../python/peer.ts';
import { onTensorFlow, ownEngines } from '../session.ts';
import { onOneBatch, peerProblem } from './problem.ts';

const learningRate = 1e-3;

/** A training step of a preset whose model reads sequences, with Adam at a constant rate and without clipping. */
export async function sequenceStep(name: string, preset: string, field: Field): Promise<BenchCase> {
  const { raw, where } = loadPreset(preset);
  const settings = [
    { path: 'train.optimizer', value: 'adam' },
    { path: 'train.learning_rate', value: learningRate },
    { path: 'train.schedule', value: 'constant' },
    { path: 'train.warmup_steps', value: 0 },
    { path: 'train.weight_decay', value: 0 },
    { path: 'train.clip_norm', value: 0 },
  ];
  const { experiment, batch } = onOneBatch(createExperiment(resolveConfig(raw, where, settings).config, where));
  const { model, task, config } = experiment;
  const graph = trainingGraph(experiment, 1);
  const problem = peerProblem(experiment, batch);
  const { competitors, absent } = problem
    ? await pythonPeers(problem, field)
    : { competitors: [], absent: ['PyTorch and JAX: no script for this model here'] };
  const own = await ownEngines(experiment, 'train_loss', field, 1);
  const tfjs = [];
  for (const backend of field.backends) tfjs.push(await onTensorFlow(backend, experiment, 'train_loss'));
  const { layers: L, heads: H, neurons: F } = model.facts;
  return {
    name,
    title: `${preset}: a minibatch step with Adam`,
    sizes: { L, H, F, T: task.sequence!.length, B: config.train.batch },
    competitors: [...own, ...competitors, ...tfjs],
    absent,
    productFlops: productFlops(graph),
    notes: () => timeByKind(experiment, graph),
  };
}
