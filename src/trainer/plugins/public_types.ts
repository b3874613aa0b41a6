import type { RandomStream } from '../../core/random.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { Axis, Shape } from '../../graph/types.ts';
import type { Model, ModelDefinition } from '../../models/contract.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Task, TaskDefinition } from '../../tasks/contract.ts';
import type { FunctionClass } from '../../tasks/functions/function_class.ts';
import type { SequenceClass } from '../../tasks/tokens/sequence_class.ts';
import type { toolkitOf } from './plugin_toolkit.ts';

// What `import type … from 'incline-icl'` gives authors of plugins.

/** What a function of a plugin is given to build on. */
type Toolkit = ReturnType<typeof toolkitOf>;

// Settings are what the schema of the definition says; which, its author knows.
// biome-ignore lint/suspicious/noExplicitAny: settings of any schema
type Settings = any;

/** A model as a plugin describes it; its definition is added where it is loaded. */
interface OwnModelDefinition extends Omit<ModelDefinition<Settings>, 'create'> {
  create(settings: Settings, task: Task): Omit<Model, 'definition'>;
}

/** A task as a plugin describes it, likewise. */
interface OwnTaskDefinition extends Omit<TaskDefinition<Settings>, 'create'> {
  create(settings: Settings, context: Parameters<TaskDefinition['create']>[1]): Omit<Task, 'definition'>;
}

/** What a plugin exports as `task`. */
export type TaskPlugin = OwnTaskDefinition | ((toolkit: Toolkit) => OwnTaskDefinition);

/** What a plugin exports as `model`. */
export type ModelPlugin = OwnModelDefinition | ((toolkit: Toolkit) => OwnModelDefinition);

export type {
  Axis,
  Estimate,
  FunctionClass,
  HostTensor,
  RandomStream,
  SequenceClass,
  Shape,
  SymbolicTensor,
  Task,
  Toolkit,
};
