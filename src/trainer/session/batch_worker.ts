import { parentPort, workerData } from 'node:worker_threads';
import type { HostTensor } from '../../core/tensor.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { type DrawRequest, drawBatches } from './batches.ts';
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
  const drawn = drawBatches(task, config.train.batch, request);
  parentPort!.postMessage(
    drawn,
    Object.values(drawn.data).map(({ buffer }) => buffer),
  );
});
parentPort!.postMessage('ready');
