import { UserError } from '../core/errors.ts';
import { RandomStream } from '../core/random.ts';
import type { HostTensor } from '../core/tensor.ts';
import type { Model } from '../models/contract.ts';
import { models } from '../models/registry.ts';
import type { RunConfig } from '../protocol/config.ts';
import type { Task } from '../tasks/contract.ts';
import { tasks } from '../tasks/registry.ts';

/** A task and a model that learns it, ready to be recorded as graphs. */
export interface Experiment {
  readonly config: RunConfig;
  readonly task: Task;
  readonly model: Model;
}

/**
 * Draws the task and sizes the model of a resolved configuration.
 * @param fixed fixed parts of the task to take as given (from a snapshot)
 * @param where file or preset name, for messages
 * @throws UserError when the settings cannot go together
 */
export function createExperiment(
  config: RunConfig,
  where: string,
  fixed?: Readonly<Record<string, HostTensor>>,
): Experiment {
  try {
    const { name: taskName, ...taskParameters } = config.task;
    const { name: modelName, ...modelParameters } = config.model;
    const task = tasks.get(taskName)!.create(taskParameters, {
      stream: (name) => RandomStream.named(config.seed, name),
      evaluationPrompts: config.evaluate.prompts,
      probePrompts: config.probe.prompts,
      loss: config.train.loss,
      ...(fixed && { fixed }),
    });
    return { config, task, model: models.get(modelName)!.create(modelParameters, task) };
  } catch (error) {
    if (error instanceof UserError && !error.complaint.where) throw new UserError({ ...error.complaint, where });
    throw error;
  }
}
