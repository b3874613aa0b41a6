import { trainingGraph } from '../../../src/trainer/session/programs.ts';
import type { BenchCase, Competitor, Field } from '../competitor.ts';
import { productFlops } from '../product_flops.ts';
import { timeByKind } from '../profile.ts';
import { pythonPeers } from '../python/peer.ts';
import { onTensorFlow, ownEngines } from '../session.ts';
import { type EncoderSizes, encoderExperiment, learningRate, peerProblem } from './problem.ts';
import { tfjsScript } from './tfjs.ts';

/** A training step of an encoder of these sizes. */
export async function encoderStep(name: string, sizes: EncoderSizes, field: Field): Promise<BenchCase> {
  const experiment = encoderExperiment(sizes);
  const graph = trainingGraph(experiment, 1);
  const problem = peerProblem(experiment, sizes);
  const { competitors, absent } = await pythonPeers(problem, field);
  const own = await ownEngines(experiment, 'train_loss', field, 1);
  const tfjs: Competitor[] = [];
  for (const backend of field.backends) {
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
