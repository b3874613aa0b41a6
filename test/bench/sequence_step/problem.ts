import { RandomStream } from '../../../src/core/random.ts';
import { lengths } from '../../../src/graph/types.ts';
import type { Experiment } from '../../../src/trainer/contract/session.ts';
import type { PeerProblem } from '../python/peer.ts';
import { startValues } from '../start_values.ts';

type Batch = Readonly<Record<string, Float32Array>>;

/** An experiment whose every update works on the first batch, so that all competitors work on the same prompts. */
export function onOneBatch(experiment: Experiment): { readonly experiment: Experiment; readonly batch: Batch } {
  const { task, config } = experiment;
  const batch = task.training.draw(RandomStream.named(config.seed, 'train'), config.train.batch, 0);
  const training = { ...task.training, draw: () => batch };
  return { experiment: { ...experiment, task: { ...task, training } }, batch };
}

/** Added to scores that must not count. */
const forbidden = -1e9;

/**
 * The step of a decoder with learned positions or of one layer of attention and ReLU as peers get it, with Adam.
 * @returns undefined for models and losses that the scripts do not know
 */
export function peerProblem(experiment: Experiment, batch: Batch): PeerProblem | undefined {
  const { model, task, config } = experiment;
  const { sequence, definition } = task;
  const { name, activation, positions } = config.model;
  const loss = lossOf(definition.name, String(config.train.loss));
  const known = name === 'attention_relu' || (name === 'decoder' && positions === 'learned');
  if (!sequence || !known || !loss) return undefined;
  const shapes = task.training.inputs(config.train.batch);
  const [B, T] = lengths(shapes['tokens']!) as [number, number, number];
  const readout = sequence.readout(T);
  const start = startValues(experiment);
  const numbers = (isFixed: boolean) =>
    Object.fromEntries(
      model.parameters
        .filter(({ fixed = false }) => fixed === isFixed)
        .map(({ name, shape }) => [name, { shape: lengths(shape), data: start[name]! }]),
    );
  return {
    problem: name as 'attention_relu' | 'decoder',
    learningRate: config.train.learning_rate,
    sizes: { layers: model.facts.layers, heads: model.facts.heads },
    choices: { readout, activation: String(activation ?? 'relu'), loss },
    parameters: numbers(false),
    given: {
      ...numbers(true),
      tokens: { shape: lengths(shapes['tokens']!), data: batch['tokens']! },
      target: { shape: [B, readout.length], data: batch['target']! },
      weights: {
        shape: [readout.length],
        data: batch['weights'] ?? new Float32Array(readout.length).fill(1 / readout.length),
      },
      mask: { shape: [B, 1, T, T], data: attendable(B, T, batch['present']) },
    },
  };
}

/** The loss of single predictions by its name in the scripts. */
function lossOf(task: string, setting: string): string | undefined {
  if (task === 'pattern_classification' || setting === 'hinge') return 'hinge';
  if (setting === 'default') return /classification/.test(task) ? 'bce' : 'squared';
  return { mse: 'squared', bce: 'bce' }[setting];
}

/** 0 where a query may attend, to present tokens up to itself, [prompt, 1, query, key]. */
function attendable(prompts: number, tokens: number, present: Float32Array | undefined): Float32Array {
  return Float32Array.from({ length: prompts * tokens * tokens }, (_, i) => {
    const [p, query, key] = [Math.floor(i / (tokens * tokens)), Math.floor(i / tokens) % tokens, i % tokens];
    return key <= query && present?.[p * tokens + key] !== 0 ? 0 : forbidden;
  });
}
