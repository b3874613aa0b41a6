import type { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Evaluation } from '../contract.ts';
import { measureInsides, recordInsides } from './insides.ts';
import { decide, learners } from './learners.ts';
import {
  drawPrompts,
  matchingContexts,
  orderedPairs,
  type Problem,
  type PromptSource,
  type Prompts,
} from './prompts.ts';
import { scores } from './scores.ts';

export interface HeldOutSettings {
  /** α′. */
  readonly share: number;
  /** l_ts. */
  readonly contexts: number;
  /** Numbers of contexts at which the error on unseen tasks is measured as well. */
  readonly lengths: readonly number[];
}

/** Held-out prompts of one kind. */
interface PromptSet {
  readonly source: PromptSource;
  readonly count: number;
  /** Tokens of a prompt. */
  readonly length: number;
  readonly prompts: Prompts;
}

/**
 * Measures hinge and 0–1 error (a prompt is wrong when z F ≤ 0) on `count` prompts of the trained tasks, as many of the
 * unseen ones, and as many of tasks on out-of-domain patterns. On those of the unseen tasks (of the trained ones, when none
 * is unseen) also the insides, and the error against the number of contexts, of which the last ones are shown.
 */
export function heldOutEvaluation(
  problem: Problem,
  settings: HeldOutSettings,
  count: number,
  stream: RandomStream,
): Evaluation {
  const { contexts, lengths } = settings;
  const sets = drawSets(problem, settings, count, stream);
  const { unseen } = sets;
  const [main, shown] = unseen ? ['unseen', unseen] : ['trained', sets['trained']!];
  const targetOf = ({ prompts }: PromptSet) => prompts.target;
  return {
    inputs: {
      ...named(sets, 'tokens', tokensOf),
      [`${main}_matching`]: hostTensor([count, shown.length - 1], matchingContexts(shown.prompts, count)),
      [`${main}_patterns`]: directionsOf(shown),
    },
    outputs(forward, inputs) {
      const predict = (set: string, l: number) =>
        forward.predict({ tokens: lastAlong(1, inputs[`${set}_tokens`]!, l + 1) });
      return {
        ...named(sets, 'prediction', (_, set) => predict(set, contexts)),
        ...(unseen && Object.fromEntries(lengths.map((l) => [`unseen_prediction_at_${l}`, predict('unseen', l)]))),
        ...recordInsides(forward.insides({ tokens: lastAlong(1, inputs[`${main}_tokens`]!, contexts + 1) }), {
          matching: lastAlong(1, inputs[`${main}_matching`]!, contexts),
          patterns: lastAlong(1, inputs[`${main}_patterns`]!, contexts + 1),
        }),
      };
    },
    measure(outputs) {
      const measured: Record<string, Estimate> = {};
      for (const [name, set] of Object.entries(sets)) {
        const { error, hinge } = scores(outputs[`${name}_prediction`]!, targetOf(set));
        measured[`${name}_error`] = error;
        measured[`${name}_hinge`] = hinge;
      }
      if (unseen) {
        for (const l of lengths) {
          measured[`unseen_error_at/${l}`] = scores(outputs[`unseen_prediction_at_${l}`]!, targetOf(unseen)).error;
        }
      }
      return {
        ...measured,
        eval_loss: measured[`${main}_hinge`]!,
        ...measureInsides(outputs, asTensor(problem.relevant), problem.world.labelEmbedding),
      };
    },
    references: named(sets, 'target', (set) => hostTensor([count, 1], targetOf(set))),
    baselines: (most) => (unseen ? learnerErrors(unseen, contexts, lengths, most) : []),
  };
}

function drawSets(
  { world, relevant, outOfDomain, trained, unseen }: Problem,
  { share, contexts, lengths }: HeldOutSettings,
  count: number,
  stream: RandomStream,
): Readonly<Record<string, PromptSet>> {
  const draw = (source: PromptSource, most: number): PromptSet => {
    const length = most + 1;
    return { source, count, length, prompts: drawPrompts(source, { count, contexts: most, tokens: length }, stream) };
  };
  return {
    trained: draw({ world, patterns: relevant, pairs: trained, share }, contexts),
    ...(unseen.length > 0 && {
      unseen: draw({ world, patterns: relevant, pairs: unseen, share }, Math.max(contexts, ...lengths)),
    }),
    ...(outOfDomain && {
      out_of_domain: draw({ world, patterns: outOfDomain, pairs: orderedPairs(outOfDomain.rows), share }, contexts),
    }),
  };
}

/**
 * 0–1 errors of learners that are fitted to the contexts of each prompt alone, at every length and at l_ts, on the first
 * `most` prompts; a part of the work for every prompt.
 */
function* learnerErrors(
  { source, count: all, length, prompts }: PromptSet,
  contexts: number,
  lengths: readonly number[],
  most = Number.POSITIVE_INFINITY,
): Generator<Record<string, Estimate>, void> {
  const shown = { ...prompts, count: all, length, features: source.patterns.columns };
  const count = Math.min(all, most);
  for (const l of new Set([...lengths, contexts])) {
    for (const learner of learners) {
      const decisions = new Float64Array(count);
      for (let p = 0; p < count; p++) {
        decisions[p] = decide(learner, shown, p, l);
        yield {};
      }
      const { error } = scores(hostTensor([count, 1], decisions), prompts.target.subarray(0, count));
      yield {
        ...(lengths.includes(l) && { [`baseline/${learner.name}/unseen_error_at/${l}`]: error }),
        ...(l === contexts && { [`baseline/${learner.name}/unseen_error`]: error }),
      };
    }
  }
}

/** The last `count` entries along an axis. */
function lastAlong(axis: number, tensor: SymbolicTensor, count: number): SymbolicTensor {
  const { size } = tensor.shape[axis]!;
  return tensor.slice(axis, size - count, size);
}

function tokensOf({ prompts: { tokens }, count, length }: PromptSet): HostTensor {
  return hostTensor([count, length, tokens.length / (count * length)], tokens);
}

/** Every token's relevant pattern, scaled to length 1 [prompt, token, d_X]. */
function directionsOf({ source: { patterns }, prompts: { kinds }, count, length }: PromptSet): HostTensor {
  const { columns, data } = patterns;
  const norm = Math.sqrt(data.subarray(0, columns).reduce((sum, value) => sum + value * value, 0));
  const directions = new Float32Array(kinds.length * columns);
  kinds.forEach((kind, i) => {
    for (let k = 0; k < columns; k++) directions[i * columns + k] = data[kind * columns + k]! / norm;
  });
  return hostTensor([count, length, columns], directions);
}

function asTensor({ rows, columns, data }: PromptSource['patterns']): HostTensor {
  return hostTensor([rows, columns], data);
}

/** Something of every set, by the name `<set>_<what>`. */
function named<T>(
  sets: Readonly<Record<string, PromptSet>>,
  what: string,
  of: (set: PromptSet, name: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(sets).map(([name, set]) => [`${name}_${what}`, of(set, name)]));
}
