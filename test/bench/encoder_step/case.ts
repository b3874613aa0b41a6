import { trainingGraph } from '../../../src/trainer/programs.ts';
import type { BenchCase, Competitor } from '../competitor.ts';
import { productFlops } from '../product_flops.ts';
import { timeByKind } from '../profile.ts';
import { pythonPeers } from '../python/peer.ts';
import { onTensorFlow, ownEngines } from '../session.ts';
import { type EncoderSizes, encoderExperiment, learningRate, peerProblem } from './problem.ts';
import { tfjsScript } from './tfjs.ts';

/** A training step of an encoder of these sizes; peers in WebAssembly and plain JavaScript only where asked. */
export async function encoderStep(
  name: string,
  sizes: EncoderSizes,
  backends: readonly ('wasm' | 'cpu')[],
  threadCounts: readonly number[],
): Promise<BenchCase> {
  const experiment = encoderExperiment(sizes);
  const graph = trainingGraph(experiment, 1);
  const problem = peerProblem(experiment, sizes);
  const { competitors, absent } = await pythonPeers(problem, threadCounts);
  const own = await ownEngines(experiment, 'train_loss', threadCounts, 1);
  const tfjs: Competitor[] = [];
  for (const backend of backends) {
    tfjs.push(await onTensorFlow(backend, experiment, 'train_loss'), await tfjsScript(backend, problem));
  }
  return {
    name,
    title: `encoder, minibatch step with Adam (learning rate ${learningRate})`,
    sizes: { ...sizes },
    competitors: [...own, ...competitors, ...tfjs],
    absent,
    productFlops: productFlops(graph),
    notes: () => timeByKind(experiment, graph),
  };
}
