import { RandomStream } from '../core/random.ts';
import type { HostTensor } from '../core/tensor.ts';
import type { MetricCatalogue } from '../metrics/catalogue.ts';
import type { Model } from '../models/contract.ts';
import { metricsOf } from '../models/known/measures.ts';
import { models } from '../models/registry.ts';
import type { RunConfig } from '../protocol/config.ts';
import type { Task } from '../tasks/contract.ts';
import { tasks } from '../tasks/registry.ts';

/**
 * Draws the task and sizes the model of a resolved configuration.
 * @param fixed fixed parts of the task to take as given (from a snapshot)
 * @param metric the only one that is to be measured on held-out prompts, perhaps with others; all of them unless said
 * @throws UserError when the settings cannot go together
 */
export function setUp(
  config: RunConfig,
  fixed?: Readonly<Record<string, HostTensor>>,
  metric?: string,
): { readonly task: Task; readonly model: Model; readonly metrics: MetricCatalogue } {
  const { name: taskName, ...taskParameters } = config.task;
  const { name: modelName, ...modelParameters } = config.model;
  const definition = tasks.get(taskName)!;
  const task = definition.create(taskParameters, {
    stream: (name) => RandomStream.named(config.seed, name),
    evaluationPrompts: config.evaluate.prompts,
    evaluationPart: metric === undefined ? undefined : definition.partOf?.(metric),
    probePrompts: config.probe.prompts,
    loss: config.train.loss,
    ...(fixed && { fixed }),
  });
  const model = models.get(modelName)!.create(modelParameters, task);
  return { task, model, metrics: metricsOf(config) };
}
