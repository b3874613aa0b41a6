import type { RandomStream } from '../../core/random.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import { nearestLabels } from '../functions/prompts.ts';
import { ClassDrawer, type Classes, drawMeans } from './classes.ts';

export interface Layout {
  /** Pairs of an exemplar and its label before the query, N. */
  readonly pairs: number;
  /** How often each class of a bursty context is there, B. */
  readonly burst: number;
  /** ε: an exemplar is (μ + ε η) / √(1 + ε²), η ~ N(0, I/D). */
  readonly noise: number;
}

/** x₁ ℓ₁ … x_N ℓ_N x_q, the label of x_q to be predicted. */
export interface Prompts {
  readonly count: number;
  readonly pairs: number;
  /** x, the query's last [prompt, exemplar, feature]. */
  readonly exemplars: Float32Array;
  /** Classes of these; those made for one prompt alone are counted from −1 down [prompt, exemplar]. */
  readonly classes: Int32Array;
  /** ℓ, the query's last, which is not shown [prompt, exemplar]. */
  readonly labels: Uint16Array;
}

/** One prompt before its exemplars are drawn. */
interface Plan {
  /** N + 1, the query's last. */
  readonly classes: readonly number[];
  readonly means?: Float32Array;
  labelOf(kind: number): number;
}

type Planner = (stream: RandomStream) => Plan;

/** Prompts of one kind, which may fail to exist. */
export interface Kinds {
  /** As trained. */
  training(shares: { readonly bursty: number; readonly novel: number; readonly relabelled: number }): Planner;
  /** Bursty, of classes that no other prompt has. */
  readonly novel: Planner;
  /** Bursty, with the labels of the classes exchanged. */
  readonly swapped: Planner;
  /** Drawn freely, but without the query's class. */
  readonly absent: Planner;
  /** Bursty, without the query's class but with its label, on another; undefined where some label has one class alone. */
  readonly labelOnly: Planner | undefined;
}

export function kindsOf(known: Classes, { pairs, burst }: Pick<Layout, 'pairs' | 'burst'>): Kinds {
  const { labels, labelOf, dim } = known;
  const drawer = new ClassDrawer(known);
  const distinct = pairs / burst;
  const own = (kind: number) => labelOf[kind]!;
  /** The classes of a bursty context, none of them `without`. */
  const several = (stream: RandomStream, first: readonly number[] = [], without: readonly number[] = []) => {
    const found = [...first];
    while (found.length < distinct) found.push(drawer.other([...found, ...without], stream));
    return found;
  };
  const burstOf = (kinds: readonly number[], stream: RandomStream): number[] =>
    Array.from(stream.permutation(pairs), (at) => kinds[at % distinct]!);
  const bursty = (kinds: readonly number[], stream: RandomStream) => [
    ...burstOf(kinds, stream),
    kinds[stream.integer(distinct)]!,
  ];
  const novel: Planner = (stream) => {
    const means = drawMeans(distinct, dim, stream);
    const fresh = Array.from({ length: distinct }, () => stream.integer(labels));
    const kinds = fresh.map((_, at) => -1 - at);
    return { classes: bursty(kinds, stream), means, labelOf: (kind) => fresh[-1 - kind]! };
  };
  const swapped: Planner = (stream) => {
    const exchanged = stream.permutation(labels);
    return { classes: bursty(several(stream), stream), labelOf: (kind) => exchanged[own(kind)]! };
  };
  const absent: Planner = (stream) => {
    const query = drawer.one(stream);
    const context = Array.from({ length: pairs }, () => drawer.other([query], stream));
    return { classes: [...context, query], labelOf: own };
  };
  const byLabel = Array.from({ length: labels }, (_, l) =>
    Array.from(labelOf, (one, k) => (one === l ? k : -1)).filter((k) => k >= 0),
  );
  const labelOnly: Planner = (stream) => {
    const query = drawer.one(stream);
    const same = byLabel[own(query)]!.filter((kind) => kind !== query);
    const first = [same[stream.integer(same.length)]!];
    return { classes: [...burstOf(several(stream, first, [query]), stream), query], labelOf: own };
  };
  return {
    training: (shares) => (stream) => {
      const kind = stream.uniform();
      if (kind < shares.novel) return novel(stream);
      if (kind < shares.novel + shares.relabelled) return swapped(stream);
      const isBursty = stream.uniform() < shares.bursty;
      const classes = isBursty
        ? bursty(several(stream), stream)
        : Array.from({ length: pairs + 1 }, () => drawer.one(stream));
      return { classes, labelOf: own };
    },
    novel,
    swapped,
    absent,
    labelOnly: byLabel.every((kinds) => kinds.length > 1) ? labelOnly : undefined,
  };
}

/** Draws prompts one after the other, so that more of them leave the first ones as they are. */
export function drawPrompts(
  plan: Planner,
  known: Classes,
  layout: Layout,
  count: number,
  stream: RandomStream,
): Prompts {
  const { pairs, noise } = layout;
  const { dim } = known;
  const each = pairs + 1;
  const exemplars = new Float32Array(count * each * dim);
  const classes = new Int32Array(count * each);
  const labels = new Uint16Array(count * each);
  const scale = 1 / Math.sqrt(1 + noise * noise);
  const deviation = noise / Math.sqrt(dim);
  for (let p = 0; p < count; p++) {
    const { classes: kinds, means, labelOf } = plan(stream);
    const errors = stream.fillGaussian(new Float32Array(each * dim));
    for (let i = 0; i < each; i++) {
      const kind = kinds[i]!;
      const [from, at] = kind < 0 ? [means!, (-1 - kind) * dim] : [known.means, kind * dim];
      classes[p * each + i] = kind;
      labels[p * each + i] = labelOf(kind);
      for (let j = 0; j < dim; j++) {
        exemplars[(p * each + i) * dim + j] = scale * (from[at + j]! + deviation * errors[i * dim + j]!);
      }
    }
  }
  return { count, pairs, exemplars, classes, labels };
}

/** [x; 0], then [0; ℓ one-hot], … and [x_q; 0] [prompt, token, feature and label]. */
export function tokensOf({ count, pairs, exemplars, labels }: Prompts, { dim, labels: L }: Classes): Float32Array {
  const [length, width] = [tokenCount(pairs), dim + L];
  const tokens = new Float32Array(count * length * width);
  for (let p = 0; p < count; p++) {
    for (let i = 0; i <= pairs; i++) {
      const one = p * (pairs + 1) + i;
      const at = (p * length + 2 * i) * width;
      tokens.set(exemplars.subarray(one * dim, (one + 1) * dim), at);
      if (i < pairs) tokens[at + width + dim + labels[one]!] = 1;
    }
  }
  return tokens;
}

export const tokenCount = (pairs: number): number => 2 * pairs + 1;

/** Labels of the queries [prompt]. */
export function targetsOf({ count, pairs, labels }: Prompts): Uint16Array {
  return Uint16Array.from({ length: count }, (_, p) => labels[p * (pairs + 1) + pairs]!);
}

/** Exemplars as letters, a for the class of the first one and so on, labels as numbers. */
export function namesOf({ count, pairs, classes, labels }: Prompts, letterOf: (kind: number) => string): string[] {
  return Array.from({ length: count }, (_, p) => {
    const own = classes.subarray(p * (pairs + 1), (p + 1) * (pairs + 1));
    const order = [...new Set(own)];
    return Array.from({ length: tokenCount(pairs) }, (_, token) => {
      const i = Math.floor(token / 2);
      return token % 2 === 0 ? letterOf(order.indexOf(own[i]!)) : String(labels[p * (pairs + 1) + i]!);
    });
  }).flat();
}

/**
 * 1 on the label of every earlier exemplar of an exemplar's class, [prompt, query, key]: of those whose cosine is above four fifths of
 * 1 / (1 + ε²), what two exemplars of one class have in the mean. Little else comes so near where ε is well below 1 and D above 10.
 * @param tokens [prompt, token, D + labels]
 */
export function labelsOfClass(tokens: SymbolicTensor, dim: number, noise: number): SymbolicTensor {
  return nearestLabels(tokens.slice(2, 0, dim))
    .sub(0.8 / (1 + noise * noise))
    .step();
}
