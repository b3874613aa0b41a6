import { parentPort, workerData } from 'node:worker_threads';
import type { HostTensor } from '../core/tensor.ts';
import type { RunConfig } from '../protocol/config.ts';
import { type Drawn, type DrawRequest, drawBatches } from './batches.ts';
import { createExperiment } from './experiment.ts';

/** What a worker needs to draw the batches of a run. */
export interface WorkerSetup {
  readonly config: RunConfig;
  /** The fixed parts of the task. */
  readonly fixed: Readonly<Record<string, HostTensor>>;
}

const { config, fixed } = workerData as WorkerSetup;
const { task } = createExperiment(config, 'batches', fixed);

parentPort!.on('message', (request: DrawRequest) => {
  const { data, random } = drawBatches(task, config.train.batch, request);
  // Copied here, where time does not matter, and handed over: a task may keep what it gives out.
  const copies = Object.fromEntries(Object.entries(data).map(([name, numbers]) => [name, numbers.slice()]));
  const buffers = Object.values(copies).map(({ buffer }) => buffer);
  parentPort!.postMessage({ data: copies, random } satisfies Drawn, buffers);
});
parentPort!.postMessage('ready');
