import { cpus } from 'node:os';
import { trainingGraph } from '../../../src/trainer/programs.ts';
import type { BenchCase } from '../competitor.ts';
import { productFlops } from '../product_flops.ts';
import { timeByKind } from '../profile.ts';
import { incline } from '../session.ts';
import { encoderExperiment, sizes } from './problem.ts';
import { findPyTorch, pytorch } from './pytorch.ts';

export async function encoderStep(): Promise<BenchCase> {
  const experiment = encoderExperiment();
  const graph = trainingGraph(experiment, 1);
  const threadCounts = [...new Set([1, 2, cpus().length])].filter((threads) => threads <= cpus().length);
  const found = findPyTorch();
  return {
    name: 'encoder_step',
    title: 'minibatch step of an encoder with Adam',
    sizes,
    competitors: [
      ...(await Promise.all(threadCounts.map((threads) => incline(experiment, threads, 'train_loss')))),
      ...('python' in found
        ? await Promise.all(threadCounts.map((threads) => pytorch(found.python, experiment, threads)))
        : []),
    ],
    absent: 'absent' in found ? [`PyTorch: ${found.absent}`] : [],
    productFlops: productFlops(graph),
    notes: () => timeByKind(experiment, graph),
  };
}
