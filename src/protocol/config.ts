import { z } from 'zod';
import { deviceNames } from './device_names.ts';

const count = (description: string) => z.int().min(1).describe(description);
const ratio = (description: string) => z.number().min(0).max(1).describe(description);

/** Most threads and most updates in one run of the graph that are asked of an engine, wherever a file says so. */
export const mostThreads = 1024;
export const mostUnrolled = 256;

export const trainSection = z.strictObject({
  optimizer: z.enum(['sgd', 'momentum', 'adam', 'adamw']).default('adam').describe('Update rule'),
  learning_rate: z.number().positive().max(1000).default(1e-3).describe('Step size at the peak of the schedule'),
  schedule: z
    .enum(['constant', 'linear', 'cosine', 'triangle'])
    .default('constant')
    .describe('How the learning rate moves after the warm-up'),
  final_fraction: ratio('Learning rate at the end of a decay, as a fraction of the peak').default(0.02),
  warmup_steps: z.int().min(0).default(0).describe('Steps over which the learning rate rises from 0'),
  weight_decay: z.number().min(0).default(0).describe('L2 for sgd, momentum, adam; decoupled for adamw'),
  clip_norm: z.number().min(0).default(0).describe('Largest norm of the gradient; 0 does not clip'),
  momentum: z.number().min(0).lt(1).default(0.9).describe('Momentum of the momentum rule'),
  beta1: z.number().min(0).lt(1).default(0.9).describe('Decay of the first moment (adam, adamw)'),
  beta2: z.number().min(0).lt(1).default(0.999).describe('Decay of the second moment (adam, adamw)'),
  epsilon: z.number().positive().default(1e-8).describe('Added to the root of the second moment (adam, adamw)'),
  steps: z.int().min(0).max(16_000_000).default(1000).describe('Total number of updates to reach'),
  budget_s: z
    .number()
    .min(0)
    .default(0)
    .describe('Seconds of updates, over all its starts, after which the run ends; 0 is no limit'),
  batch: count('Prompts in a minibatch (not used with exact population gradients)').max(1_000_000).default(256),
  unroll: z
    .union([z.literal('auto'), z.int().min(1).max(mostUnrolled)])
    .default('auto')
    .describe('Updates in one run of the graph'),
  pace: z.number().min(0).default(0).describe('Most steps a second, for watching; 0 is no limit'),
  loss: z
    .enum(['half_mse', 'mse', 'hinge', 'bce', 'cross_entropy', 'default'])
    .default('default')
    .describe("Training loss; default is the paper's own for the task"),
});

export const evaluateSection = z.strictObject({
  every: count('Steps between evaluations').default(50),
  prompts: count('Held-out prompts of each kind').max(1_000_000).default(200),
});

const probeSection = z.strictObject({
  prompts: count('Prompts whose activations are drawn').max(64).default(1),
});

const snapshotSection = z.strictObject({
  every: z.int().min(0).default(0).describe('Steps between automatic snapshots; 0 is none'),
  keep: z.int().min(1).default(5).describe('How many of these snapshots stay, the newest'),
  occasions: z
    .boolean()
    .default(true)
    .describe(
      'Also save at the start, at the best evaluation so far, at jumps of the loss, and ever more rarely after each',
    ),
  spread: z
    .int()
    .min(0)
    .max(1000)
    .default(16)
    .describe(
      'Snapshots that stay besides, spread so that any step has one near it on a log scale; 0 is none, as without occasions',
    ),
  spread_mb: z
    .number()
    .min(0)
    .max(1e6)
    .default(256)
    .describe('Megabytes that those may take: of large models fewer stay'),
});

const pruneSection = z.strictObject({
  score: z
    .enum(['magnitude', 'attention', 'gradient'])
    .default('magnitude')
    .describe('How heads or neurons are ranked'),
  curve: z.string().default('0:0.4:0.05').describe('Fractions of every layer that a curve prunes, from:to:step'),
  repeats: count('Random orders that a curve averages over').max(1000).default(5),
  metric: z.string().default('').describe('Metric that curves show; empty is the loss on held-out prompts'),
  settings: z
    .array(z.string())
    .default([])
    .describe('What is different while pruned models are measured, as path=value, e.g. "task.noise=0.1"'),
});

const screenSection = z.strictObject({
  curves: z.string().default('loss').describe('Chart that a screen shows first, where the run has its curves'),
});

/** The sections every configuration has; `task` and `model` are checked by the task and model that they name. */
export const commonShape = {
  $schema: z.string().optional().describe('Where editors find the schema'),
  title: z.string().default('').describe('A few words for lists'),
  description: z.string().default('').describe('What one should see'),
  train: trainSection.prefault({}),
  evaluate: evaluateSection.prefault({}),
  probe: probeSection.prefault({}),
  snapshot: snapshotSection.prefault({}),
  prune: pruneSection.prefault({}),
  screen: screenSection.prefault({}),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(0)
    .describe('Seed of every random stream'),
  device: z.enum(deviceNames).default('auto').describe('Engine to train on'),
  threads: z.int().min(0).max(mostThreads).default(0).describe('CPU threads; 0 chooses by measurement'),
};

type TrainSection = z.infer<typeof trainSection>;

/** A section whose keys belong to the task or model named in it. */
export type NamedSection = { readonly name: string } & Readonly<Record<string, unknown>>;

/** A resolved configuration: every value present. */
export interface RunConfig {
  readonly title: string;
  readonly description: string;
  readonly task: NamedSection;
  readonly model: NamedSection;
  readonly train: Readonly<TrainSection>;
  readonly evaluate: Readonly<z.infer<typeof evaluateSection>>;
  readonly probe: Readonly<z.infer<typeof probeSection>>;
  readonly snapshot: Readonly<z.infer<typeof snapshotSection>>;
  readonly prune: Readonly<z.infer<typeof pruneSection>>;
  readonly screen: Readonly<z.infer<typeof screenSection>>;
  readonly seed: number;
  readonly device: (typeof deviceNames)[number];
  readonly threads: number;
}
