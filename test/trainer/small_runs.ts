import { UserError } from '../../src/core/errors.ts';
import { optimizers } from '../../src/graph/optimizers/registry.ts';
import { models } from '../../src/models/registry.ts';
import { tasks } from '../../src/tasks/registry.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { configOf } from './steered.ts';

/** Small sizes for the keys that a task or model has; those that it does not know are left out. */
const small: Readonly<Record<string, unknown>> = {
  ...{ dim: 3, points: 5, hidden: 4, depth: 2, sparsity: 2 },
  ...{ relevant: 4, irrelevant: 4, out_of_domain: 2 },
  ...{ tokens: 6, prompt_examples: 3, token_dim: 4, features: 2 },
  ...{ layers: 1, heads: 2, width: 8, mlp_width: 8, neurons: 8 },
};

/** The forms of a task that some model needs, the plain one first. */
const forms: readonly Readonly<Record<string, unknown>>[] = [{}, { training_set: 'fresh' }];

/** Steps of a run. */
export const total = 12;

type Definition = { readonly schema: { safeParse(value: unknown): { success: boolean } } };

/** The small values that a definition takes, key by key. */
function sized(definition: Definition, form: object): Record<string, unknown> | undefined {
  const base = Object.entries(small).filter(([key, value]) => definition.schema.safeParse({ [key]: value }).success);
  const parameters = { ...Object.fromEntries(base), ...form };
  return definition.schema.safeParse(parameters).success ? parameters : undefined;
}

/** A configuration for every task, model and optimizer that go together. */
export function smallRuns(): [string, Record<string, unknown>][] {
  return [...tasks.entries()].flatMap(([task, taskDefinition]) =>
    [...models.entries()].flatMap(([model, modelDefinition]) => {
      const settings = forms.flatMap((form) => {
        const parameters = sized(taskDefinition, form);
        return parameters
          ? [{ task: { name: task, ...parameters }, model: { name: model, ...sized(modelDefinition, {}) } }]
          : [];
      });
      const fitting = settings.find(fits);
      return fitting
        ? Object.keys(optimizers).map((rule): [string, Record<string, unknown>] => [
            `${model} on ${task}, ${rule}`,
            configured(fitting, rule),
          ])
        : [];
    }),
  );
}

function configured(sizes: object, optimizer: string): Record<string, unknown> {
  const train = { optimizer, learning_rate: 0.01, weight_decay: 0.05, clip_norm: 1, batch: 4, steps: total, unroll: 2 };
  return { ...sizes, train, evaluate: { every: 4, prompts: 5 }, snapshot: { occasions: false } };
}

function fits(sizes: object): boolean {
  try {
    createExperiment(configOf(configured(sizes, 'adam')), 'test');
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
