import { UserError } from '../../core/errors.ts';
import { type HostTensor, sizeOf } from '../../core/tensor.ts';
import { lengths, type Shape } from '../../graph/types.ts';
import { setUp } from '../../presets/set_up.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { pluginsOf } from '../../store/plugin_records.ts';
import { tasks } from '../../tasks/registry.ts';
import type { Experiment } from '../contract/session.ts';
import { faultOf, PluginFault } from '../plugins/fault.ts';
import { trainingGraph } from './programs.ts';

/** Most numbers in one tensor; 2 GiB as float32, beyond which engines count with the wrong integers. */
const largestTensor = 2 ** 29;

/**
 * Draws the task and sizes the model of a resolved configuration.
 * @param fixed fixed parts of the task to take as given (from a snapshot)
 * @param where file or preset name, for messages
 * @param metric the only one that is to be measured on held-out prompts, perhaps with others; all of them unless said
 * @throws UserError when the settings cannot go together
 */
export function createExperiment(
  config: RunConfig,
  where: string,
  fixed?: Readonly<Record<string, HostTensor>>,
  metric?: string,
): Experiment {
  try {
    const experiment = { config, ...setUp(config, fixed, metric) };
    requireFeasible(experiment.model.parameters);
    // A loss that this model cannot have is refused when it is recorded.
    requireFeasible(trainingGraph(experiment, 1).nodes);
    return experiment;
  } catch (error) {
    if (error instanceof UserError && !(error instanceof PluginFault) && !error.complaint.where)
      throw new UserError({ ...error.complaint, where });
    const [plugin] = pluginsOf(config);
    if (error instanceof UserError || !plugin) throw error;
    throw faultOf(error, plugin.file, 'set-up');
  }
}

/**
 * The experiment with settings changed that neither parameters nor the fixed parts of the task depend on.
 * @throws UserError when a setting does not fit, has no effect, or needs a new run
 */
export function reconfigured({ config: before, task, model }: Experiment, config: RunConfig): Experiment {
  const { name, ...parameters } = config.task;
  const parsed = tasks.get(name)!.schema.safeParse(parameters);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new UserError({ where: ['task', ...path].join('.'), what: message });
  }
  const next = createExperiment(config, 'control', task.fixed);
  const shapeOf = (experiment: Pick<Experiment, 'model'>): string =>
    JSON.stringify([experiment.model.facts, experiment.model.parameters]);
  if (shapeOf(next) !== shapeOf({ model })) {
    throw new UserError({ what: 'this changes the shape of the model', fix: 'start a new run with it' });
  }
  if (config.train.batch !== before.train.batch && Object.keys(next.task.training.inputs(1)).length === 0) {
    throw new UserError({ what: 'train.batch has no effect: the gradients of this run are exact' });
  }
  return next;
}

/** @throws UserError when a step needs a tensor that no engine can hold */
function requireFeasible(tensors: readonly { readonly shape: Shape }[]): void {
  const most = tensors.reduce((largest, { shape }) => Math.max(largest, sizeOf(lengths(shape))), 0);
  if (most <= largestTensor) return;
  throw new UserError({
    what: `a step of this task and model needs a tensor of ${most} numbers`,
    expected: `at most ${largestTensor}`,
    fix: 'lower the sizes of task or model',
  });
}
