import { loadPreset } from '../../../src/presets/load.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { trainingGraph } from '../../../src/trainer/session/programs.ts';
import type { BenchCase, Competitor, Field } from '../competitor.ts';
import { productFlops } from '../product_flops.ts';
import { timeByKind } from '../profile.ts';
import { pythonPeers } from '../python/peer.ts';
import { onTensorFlow, ownEngines } from '../session.ts';
import { loops } from './loops.ts';
import { learningRate, peerProblem, problemOf } from './problem.ts';
import { tfjsByHand } from './tfjs.ts';

/** An exact-gradient step of a preset; peers by hand unless the field is a device's. */
export async function populationStep(name: string, preset: string, field: Field): Promise<BenchCase> {
  const { raw, where } = loadPreset(preset);
  const settings = [
    { path: 'train.learning_rate', value: learningRate },
    { path: 'train.schedule', value: 'constant' },
    { path: 'train.optimizer', value: 'adam' },
  ];
  const experiment = createExperiment(resolveConfig(raw, where, settings).config, where);
  const problem = problemOf(experiment);
  const { competitors, absent } = await pythonPeers(peerProblem(problem), field);
  const own = await ownEngines(experiment, 'train_gap', field, 16);
  const tfjs: Competitor[] = [];
  for (const backend of field.backends) tfjs.push(await onTensorFlow(backend, experiment, 'train_gap'));
  const byHand = [await tfjsByHand(problem), loops(problem)];
  const graph = trainingGraph(experiment, 1);
  return {
    name,
    title: `${preset}: one layer, exact-gradient step with Adam`,
    sizes: problem.sizes,
    competitors: [...own, ...competitors, ...tfjs, ...(field.device === undefined ? byHand : [])],
    absent,
    productFlops: productFlops(graph),
    notes: () => timeByKind(experiment, graph),
  };
}
