import { RandomStream } from '../../../src/core/random.ts';
import { lengths } from '../../../src/graph/types.ts';
import type { Experiment } from '../../../src/trainer/contract.ts';
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
 * The step of a decoder with learned positions as peers get it, in Adam's plain form.
 * @returns undefined for decoders and losses that the scripts do not know
 */
export function peerProblem({ model, task, config }: Experiment, batch: Batch): PeerProblem | undefined {
  const { sequence, definition } = task;
  const { activation, positions } = config.model;
  const loss = lossOf(definition.name, String(config.train.loss));
  if (!sequence || positions !== 'learned' || !loss) return undefined;
  const shapes = task.training.inputs(config.train.batch);
  const [B, T] = lengths(shapes['tokens']!) as [number, number, number];
  const readout = sequence.readout(T);
  const start = startValues({ model, task, config });
  return {
    problem: 'decoder',
    learningRate: config.train.learning_rate,
    sizes: { layers: model.facts.layers, heads: model.facts.heads },
    choices: { readout, activation: String(activation), loss },
    parameters: Object.fromEntries(
      model.parameters.map(({ name, shape }) => [name, { shape: lengths(shape), data: start[name]! }]),
    ),
    given: {
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
