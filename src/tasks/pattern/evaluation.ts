import type { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import { Attempt } from '../../metrics/attempt.ts';
import { estimate, estimateOfKnown, samplesOf } from '../../metrics/estimate.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Evaluation, TaskContext } from '../contract.ts';
import { measureActivations, recordActivations } from './activations.ts';
import { decide, learners } from './learners.ts';
import {
  drawPrompts,
  isLabelFlip,
  matchingContexts,
  orderedPairs,
  type Pair,
  type Problem,
  type PromptSource,
  type Prompts,
} from './prompts.ts';
import { scores, wrongness } from './scores.ts';

export interface HeldOutSettings {
  /** α′. */
  readonly share: number;
  readonly kappa: number;
  /** l_ts. */
  readonly contexts: number;
  /** Numbers of contexts at which the error on unseen tasks is measured as well. */
  readonly lengths: readonly number[];
}

const setNames = ['trained', 'unseen', 'out_of_domain'] as const;
type SetName = (typeof setNames)[number];

/** What can be measured alone: the prompts of one kind, or the activations. */
type Part = SetName | 'activations';

/** Where a metric is measured; undefined for the loss, which is of one set or another. */
export function partOf(metric: string): Part | undefined {
  if (metric === 'eval_loss') return undefined;
  // Learners are fitted to prompts of unseen tasks.
  if (metric.startsWith('baseline/')) return 'unseen';
  return setNames.find((name) => metric.startsWith(`${name}_`)) ?? 'activations';
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
 * is unseen) also the activations, and the error against the number of contexts, of which the last ones are shown.
 */
export function heldOutEvaluation(
  problem: Problem,
  settings: HeldOutSettings,
  count: number,
  context: Pick<TaskContext, 'stream' | 'evaluationPart'>,
): Evaluation {
  const { contexts, lengths } = settings;
  const { evaluationPart: part } = context;
  const main = problem.unseen.length > 0 ? 'unseen' : 'trained';
  const isWanted = (one: Part): boolean => part === undefined || part === one;
  const needed = (one: SetName): boolean => isWanted(one) || (one === main && isWanted('activations'));
  const drawn = drawSets(problem, settings, { count, isNeeded: needed }, context);
  const sets = part === 'activations' ? {} : drawn;
  const { unseen } = sets;
  const shown = isWanted('activations') ? drawn[main] : undefined;
  const scored = ({ prompts }: PromptSet, prediction: HostTensor) => scores(prediction, prompts.target, prompts.tasks);
  return {
    inputs: {
      ...named(drawn, 'tokens', tokensOf),
      ...(shown && {
        [`${main}_matching`]: hostTensor([count, shown.length - 1], matchingContexts(shown.prompts, count)),
        [`${main}_patterns`]: directionsOf(shown),
      }),
    },
    outputs(forward, inputs) {
      const predict = (set: string, l: number) =>
        forward.predict({ tokens: lastAlong(1, inputs[`${set}_tokens`]!, l + 1) });
      return {
        ...named(sets, 'prediction', (_, set) => predict(set, contexts)),
        ...(unseen && Object.fromEntries(lengths.map((l) => [`unseen_prediction_at_${l}`, predict('unseen', l)]))),
        ...(shown &&
          recordActivations(forward.activations({ tokens: lastAlong(1, inputs[`${main}_tokens`]!, contexts + 1) }), {
            matching: lastAlong(1, inputs[`${main}_matching`]!, contexts),
            patterns: lastAlong(1, inputs[`${main}_patterns`]!, contexts + 1),
          })),
      };
    },
    measure(outputs) {
      const measured: Record<string, Estimate> = {};
      for (const [name, set] of Object.entries(sets)) {
        const { error, hinge } = scored(set, outputs[`${name}_prediction`]!);
        measured[`${name}_error`] = error;
        measured[`${name}_hinge`] = hinge;
        if (name === 'unseen') Object.assign(measured, errorsByKind(error, set, problem.trained));
      }
      if (unseen) {
        for (const l of lengths) {
          measured[`unseen_error_at/${l}`] = scored(unseen, outputs[`unseen_prediction_at_${l}`]!).error;
        }
      }
      return {
        ...measured,
        ...(sets[main] && { eval_loss: measured[`${main}_hinge`]! }),
        ...(shown &&
          measureActivations(outputs, shown.prompts.tasks, asTensor(problem.relevant), problem.world.labelEmbedding)),
      };
    },
    references: named(sets, 'target', (set) => hostTensor([count, 1], set.prompts.target)),
    baselines: (most) => (unseen ? learnerErrors(unseen, contexts, lengths, most) : []),
  };
}

/** The error on unseen tasks, apart for those on new pairs of patterns and those that exchange labels of a trained one. */
function errorsByKind(
  error: Estimate,
  { source, prompts: { tasks } }: PromptSet,
  trained: readonly Pair[],
): Record<string, Estimate> {
  const { values } = samplesOf(error)!;
  const isFlip = source.pairs.map((pair) => isLabelFlip(pair, trained));
  const of = (flips: boolean): Estimate[] => {
    const chosen = [...tasks.keys()].filter((p) => isFlip[tasks[p]!] === flips);
    const pick = (all: ArrayLike<number>) => Float64Array.from(chosen, (p) => all[p]!);
    return chosen.length > 0 ? [estimate(pick(values), pick(tasks))] : [];
  };
  const [newPairs, flips] = [of(false)[0], of(true)[0]];
  return { ...(newPairs && { unseen_new_pairs_error: newPairs }), ...(flips && { unseen_flips_error: flips }) };
}

function drawSets(
  { world, relevant, outOfDomain, trained, unseen }: Problem,
  { share, kappa, contexts, lengths }: HeldOutSettings,
  { count, isNeeded }: { readonly count: number; isNeeded(name: SetName): boolean },
  { stream }: Pick<TaskContext, 'stream'>,
): Partial<Record<SetName, PromptSet>> {
  const draw = (
    patterns: PromptSource['patterns'],
    pairs: readonly Pair[],
    most: number,
    own: RandomStream,
  ): PromptSet => {
    const source = { world, patterns, pairs, share, kappa };
    const length = most + 1;
    return { source, count, length, prompts: drawPrompts(source, { count, contexts: most, tokens: length }, own) };
  };
  return {
    ...(isNeeded('trained') && { trained: draw(relevant, trained, contexts, stream('evaluate')) }),
    ...(unseen.length > 0 &&
      isNeeded('unseen') && {
        unseen: draw(relevant, unseen, Math.max(contexts, ...lengths), stream('evaluate/unseen')),
      }),
    ...(outOfDomain &&
      isNeeded('out_of_domain') && {
        out_of_domain: draw(outOfDomain, orderedPairs(outOfDomain.rows), contexts, stream('evaluate/out_of_domain')),
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
      const attempt = new Attempt();
      const errors = new Float64Array(count);
      for (let p = 0; p < count; p++) {
        const decision = attempt.number(() => decide(learner, shown, p, l));
        errors[p] = Number.isFinite(decision) ? wrongness(prompts.target[p]! * decision) : Number.NaN;
        yield {};
      }
      const error = estimateOfKnown(errors, attempt.reason, prompts.tasks.subarray(0, count));
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
  sets: Partial<Record<SetName, PromptSet>>,
  what: string,
  of: (set: PromptSet, name: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(sets).map(([name, set]) => [`${name}_${what}`, of(set, name)]));
}
