import { loadPreset } from '../../../src/presets/load.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import { createExperiment } from '../../../src/trainer/experiment.ts';
import type { BenchCase, Competitor } from '../competitor.ts';
import { pythonPeers } from '../python/peer.ts';
import { onTensorFlow, ownEngines } from '../session.ts';
import { loops } from './loops.ts';
import { learningRate, peerProblem, problemOf } from './problem.ts';
import { tfjsByHand } from './tfjs.ts';

/** An exact-gradient step of a preset; peers in WebAssembly and plain JavaScript only where asked. */
export async function populationStep(
  name: string,
  preset: string,
  backends: readonly ('wasm' | 'cpu')[],
  threadCounts: readonly number[],
): Promise<BenchCase> {
  const { raw, where } = loadPreset(preset);
  const settings = [
    { path: 'train.learning_rate', value: learningRate },
    { path: 'train.schedule', value: 'constant' },
    { path: 'train.optimizer', value: 'adam' },
  ];
  const experiment = createExperiment(resolveConfig(raw, where, settings).config, where);
  const problem = problemOf(experiment);
  const { competitors, absent } = await pythonPeers(peerProblem(problem), threadCounts);
  const own = await ownEngines(experiment, 'gap', threadCounts, 16);
  const tfjs: Competitor[] = [];
  for (const backend of backends) tfjs.push(await onTensorFlow(backend, experiment, 'gap'));
  return {
    name,
    title: `${preset}: one layer, exact-gradient step with Adam`,
    sizes: problem.sizes,
    competitors: [...own, ...competitors, ...tfjs, await tfjsByHand(problem), loops(problem)],
    absent,
  };
}
