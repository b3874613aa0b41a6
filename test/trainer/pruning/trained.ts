import { UserError } from '../../../src/core/errors.ts';
import { RandomStream } from '../../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../../src/core/tensor.ts';
import { optimizers } from '../../../src/graph/optimizers/registry.ts';
import { lengths } from '../../../src/graph/types.ts';
import { models } from '../../../src/models/registry.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import type { RunConfig } from '../../../src/protocol/config.ts';
import type { Snapshot } from '../../../src/snapshots/format.ts';
import { tasks } from '../../../src/tasks/registry.ts';
import type { Experiment } from '../../../src/trainer/contract/session.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';

/** Forms of tasks, beside their defaults, that some models need. */
const forms = [{}, { training_set: 'fresh' }];

/** Every model with the first task that it can learn, with the defaults of both, few parts in a layer and few prompts. */
export const experiments: readonly Experiment[] = [...models.keys()].map((model) => {
  for (const task of tasks.keys()) {
    for (const form of forms) {
      const raw = { task: { name: task, ...form }, model: { name: model }, evaluate: { prompts: 2 } };
      try {
        const { model: whole } = createExperiment(resolveConfig(raw, 'test').config, 'test');
        const { heads, neurons } = whole.facts;
        // Of a model without neurons, some heads are pruned.
        const few = whole.resized({ heads: neurons === 0 ? 4 : Math.min(4, heads), neurons: Math.min(12, neurons) });
        const small = { ...raw, model: { name: model, ...few } };
        return createExperiment(resolveConfig(small, 'test').config, 'test');
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
  }
  throw new Error(`no task for ${model}`);
});

/**
 * A snapshot of an experiment as if after some training: no parameter and no optimizer slot is zero.
 * @param scale standard deviation of every number
 */
export function trained({ config, task, model }: Experiment, scale = 0.05): Snapshot {
  const random = RandomStream.named(1, 'numbers');
  const noise = (shape: readonly number[]): HostTensor => {
    const size = shape.reduce((product, length) => product * length, 1);
    return hostTensor(
      shape,
      random.fillGaussian(new Float32Array(size)).map((value) => scale * value),
    );
  };
  const each = () => model.parameters.map(({ name, shape }) => [name, noise(lengths(shape))] as const);
  const slots = optimizers[config.train.optimizer].slots.flatMap(({ name, kind }) =>
    kind === 'scalar'
      ? [[name, hostTensor([], Float32Array.of(0.5))] as const]
      : each().map(([parameter, tensor]) => [`${name}/${parameter}`, tensor] as const),
  );
  return {
    config: config as RunConfig,
    step: 10,
    seed: config.seed,
    rng: { train: RandomStream.named(config.seed, 'train').state() },
    maskRevision: 0,
    events: [],
    created: '',
    params: Object.fromEntries(each()),
    optimizer: Object.fromEntries(slots),
    task: task.fixed,
    history: {},
    probe: {},
  };
}
