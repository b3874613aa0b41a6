import type { RunConfig } from '../../src/protocol/config.ts';
import type { Snapshot } from '../../src/snapshots/format.ts';

const exampleConfig: RunConfig = {
  title: 'Tiny',
  description: 'Quotes "such", backslashes \\ and ∑ survive',
  task: { name: 'representation_regression', tokens: 3 },
  model: { name: 'multi_head_softmax', heads: 2 },
  train: {
    optimizer: 'adam',
    learning_rate: 0.01,
    schedule: 'constant',
    final_fraction: 0.02,
    warmup_steps: 0,
    weight_decay: 0,
    clip_norm: 0,
    momentum: 0.9,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    steps: 1000,
    budget_s: 0,
    batch: 16,
    unroll: 'auto',
    pace: 0,
    loss: 'default',
  },
  evaluate: { every: 50, prompts: 20 },
  probe: { prompts: 1 },
  snapshot: { every: 0, keep: 5, occasions: true, spread: 16, spread_mb: 256 },
  prune: { score: 'magnitude', curve: '0:0.4:0.05', repeats: 5, metric: '', settings: [] },
  screen: { curves: 'loss' },
  seed: 7,
  device: 'cpu',
  threads: 1,
};

/** A snapshot with something in every part, as a run of two heads and three tokens would leave it. */
export const example: Snapshot = {
  config: exampleConfig,
  step: 400,
  seed: 7,
  rng: { task: [1, -2, 3, 4], train: [-44847864, 928103700, 768113130, 1145927349] },
  maskRevision: 2,
  events: [
    {
      v: 1,
      seq: 9,
      time: '2026-01-02T03:04:05.678Z',
      type: 'control_changed',
      step: 10,
      path: 'train.learning_rate',
      from: 0.1,
      to: 0.01,
    },
  ],
  engine: { name: 'cpu', version: '1.30.0', threads: 1, unroll: 8 },
  trainedSeconds: 12.5,
  created: '2026-01-02T03:04:06.000Z',
  params: {
    Q: { shape: [2, 1, 1], data: Float32Array.of(0.5, -1.25) },
    w: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  },
  optimizer: {
    'm/Q': { shape: [2, 1, 1], data: Float32Array.of(1e-3, -1e-30) },
    beta1_power: { shape: [], data: Float64Array.of(0.1) },
  },
  task: { tokens: { shape: [3, 1], data: Float64Array.of(1 / 3, -0, 5e-324) } },
  mask: {
    heads: { shape: [1, 2], data: Float32Array.of(1, 0) },
    neurons: { shape: [1, 0], data: new Float32Array(0) },
  },
  history: {
    train_loss: {
      step: Float64Array.of(1, 200, 400),
      min: Float32Array.of(3, 2, Number.NaN),
      max: Float32Array.of(5, 3, Number.POSITIVE_INFINITY),
      last: Float32Array.of(4, 2, Number.NaN),
    },
    'attention_on_matching/L0H1': {
      step: Float64Array.of(400),
      min: Float32Array.of(0.25),
      max: Float32Array.of(0.25),
      last: Float32Array.of(0.25),
    },
  },
  probe: { attention: { shape: [1, 1, 2, 1, 2], data: Float32Array.of(0.5, 0.5, 0.125, 0.875) } },
};
