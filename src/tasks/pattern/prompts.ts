import type { Matrix } from '../../core/linalg.ts';
import type { RandomStream } from '../../core/random.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';

/** What all inputs share: x = μ + κ ν, label ±q. */
export interface World {
  /** ν [M2, d_X]. */
  readonly irrelevant: Matrix;
  /** q [d_Y]. */
  readonly labelEmbedding: Float64Array;
}

/** Task (a, b): label +1 for pattern a, −1 for pattern b, a fair coin for any other. */
export interface Pair {
  readonly plus: number;
  readonly minus: number;
}

/** The fixed parts of the task (Li et al. 2024, arXiv 2402.15607, section 3). */
export interface Problem {
  readonly world: World;
  /** μ [M1, d_X]. */
  readonly relevant: Matrix;
  /** μ′ [M1′, d_X]; undefined when there are none. */
  readonly outOfDomain: Matrix | undefined;
  readonly trained: readonly Pair[];
  /** Tasks on the same patterns that are never trained; empty when all are. */
  readonly unseen: readonly Pair[];
}

/**
 * All ordered pairs of patterns, (i, i + s) modulo their number, shift s after shift. The pairs of one shift hold every
 * pattern once with each label, so that any number of whole shifts covers all patterns and labels alike, as theory asks.
 */
export function orderedPairs(patterns: number): Pair[] {
  return Array.from({ length: patterns * (patterns - 1) }, (_, i) => {
    const plus = i % patterns;
    return { plus, minus: (plus + 1 + Math.floor(i / patterns)) % patterns };
  });
}

/** Whether a task is a trained one with its labels exchanged; others are on pairs of patterns that are never trained. */
export function isLabelFlip({ plus, minus }: Pair, trained: readonly Pair[]): boolean {
  return trained.some((pair) => pair.plus === minus && pair.minus === plus);
}

/** What a set of prompts is drawn from. */
export interface PromptSource {
  readonly world: World;
  /** The relevant patterns that inputs are made of, [pattern, d_X]. */
  readonly patterns: Matrix;
  readonly pairs: readonly Pair[];
  /** α: share of the contexts that have one of the two patterns of the task. */
  readonly share: number;
  /** κ is uniform between −kappa and kappa. */
  readonly kappa: number;
}

export interface PromptLayout {
  readonly count: number;
  /** l. */
  readonly contexts: number;
  /** Tokens of a prompt, at least l + 1; the first ones are left empty, so that the query always is the last. */
  readonly tokens: number;
  /** Number of the first prompt in the round of tasks and labels. */
  readonly first?: number;
}

/** Prompts as columns [x; ±q] with the query [x; 0] last. */
export interface Prompts {
  /** [prompt, token, d_X + d_Y]. */
  readonly tokens: Float32Array;
  /** Label z of the query, ±1 [prompt]. */
  readonly target: Float32Array;
  /** Labels of the contexts, ±1, and 0 for the query [prompt, token]. */
  readonly labels: Float32Array;
  /** Task of every prompt, a position in `pairs` [prompt]. */
  readonly tasks: Int32Array;
  /** Pattern of every token, a row of `patterns` [prompt, token]; −1 for an empty one. */
  readonly kinds: Int32Array;
}

/**
 * Draws prompts one after the other, so that more prompts leave the first ones as they are. Prompt number p has task
 * ⌊p/2⌋ and query label +1 for even p, in turn: whole rounds have every task with each label equally often. Contexts are
 * independent: pattern a and b with probability α/2 each, every other one with (1 − α)/(M1 − 2); with two patterns in all,
 * α is 1.
 * @param room zeros that become the tokens; made here unless given
 */
export function drawPrompts(
  source: PromptSource,
  layout: PromptLayout,
  stream: RandomStream,
  room?: Float32Array,
): Prompts {
  const { world, patterns, pairs } = source;
  const { count, contexts, tokens: length, first = 0 } = layout;
  const width = patterns.columns + world.labelEmbedding.length;
  const prompts: Prompts = {
    tokens: room ?? new Float32Array(count * length * width),
    target: new Float32Array(count),
    labels: new Float32Array(count * length),
    tasks: Int32Array.from({ length: count }, (_, p) => Math.floor((first + p) / 2) % pairs.length),
    kinds: new Int32Array(count * length).fill(-1),
  };
  const writer = new TokenWriter(source);
  for (let p = 0; p < count; p++) {
    const pair = pairs[prompts.tasks[p]!]!;
    const z = (first + p) % 2 === 0 ? 1 : -1;
    prompts.target[p] = z;
    const query = (p + 1) * length - 1;
    for (let i = query - contexts; i < query; i++) {
      const kind = drawKind(source, pair, stream);
      prompts.kinds[i] = kind;
      prompts.labels[i] = labelOf(kind, pair, stream);
    }
    prompts.kinds[query] = z > 0 ? pair.plus : pair.minus;
    for (let i = query - contexts; i <= query; i++) {
      writer.write(prompts.tokens, i * width, { kind: prompts.kinds[i]!, label: prompts.labels[i]! }, stream);
    }
  }
  return prompts;
}

function drawKind({ patterns, share }: PromptSource, { plus, minus }: Pair, stream: RandomStream): number {
  const draw = stream.uniform();
  const others = patterns.rows - 2;
  const part = others === 0 ? 1 : share;
  if (draw < part / 2) return plus;
  if (draw < part) return minus;
  // The draw again, as a number below M1 − 2, counts the patterns that are neither a nor b.
  let kind = Math.min(others - 1, Math.floor(((draw - part) / (1 - part)) * others));
  for (const taken of plus < minus ? [plus, minus] : [minus, plus]) if (kind >= taken) kind++;
  return kind;
}

function labelOf(kind: number, { plus, minus }: Pair, stream: RandomStream): number {
  if (kind === plus) return 1;
  if (kind === minus) return -1;
  return stream.uniform() < 0.5 ? 1 : -1;
}

/** Writes tokens [μ + κ ν; label]. Most of the time of a batch goes here. */
class TokenWriter {
  readonly #source: PromptSource;
  /** [μ; −q], [μ; 0] and [μ; q] of every pattern, one after the other. */
  readonly #rows: readonly Float32Array[];
  /** Of every ν, the columns that are not 0: along axes, one. Undefined where all are. */
  readonly #columns: readonly (readonly number[] | undefined)[];

  constructor(source: PromptSource) {
    const { world, patterns } = source;
    const { irrelevant, labelEmbedding } = world;
    this.#source = source;
    this.#rows = Array.from({ length: 3 * patterns.rows }, (_, i) => {
      const row = new Float32Array(patterns.columns + labelEmbedding.length);
      row.set(rowOf(patterns, Math.floor(i / 3)));
      const sign = (i % 3) - 1;
      if (sign !== 0) for (const [j, value] of labelEmbedding.entries()) row[patterns.columns + j] = sign * value;
      return row;
    });
    this.#columns = Array.from({ length: irrelevant.rows }, (_, i) => {
      const used: number[] = [];
      for (let j = 0; j < irrelevant.columns; j++) if (irrelevant.data[i * irrelevant.columns + j] !== 0) used.push(j);
      return used.length < irrelevant.columns ? used : undefined;
    });
  }

  /** @param token its pattern, and its label ±1, or 0 for the query */
  write(
    tokens: Float32Array,
    start: number,
    { kind, label }: { readonly kind: number; readonly label: number },
    stream: RandomStream,
  ): void {
    const { world, patterns, kappa } = this.#source;
    const { columns, data } = patterns;
    const { rows, data: noise } = world.irrelevant;
    const strength = kappa * (2 * stream.uniform() - 1);
    const row = stream.integer(rows);
    const used = this.#columns[row];
    const [pattern, irrelevant] = [kind * columns, row * columns];
    tokens.set(this.#rows[3 * kind + 1 + label]!, start);
    if (!used) {
      for (let i = 0; i < columns; i++) tokens[start + i] = data[pattern + i]! + strength * noise[irrelevant + i]!;
    } else {
      for (const i of used) tokens[start + i] = data[pattern + i]! + strength * noise[irrelevant + i]!;
    }
  }
}

const rowOf = ({ columns, data }: Matrix, row: number): Float64Array =>
  data.subarray(row * columns, (row + 1) * columns);

/** 1 where a context has the pattern of its prompt's query, else 0 [prompt, context]. */
export function matchingContexts({ kinds }: Prompts, count: number): Float32Array {
  const length = kinds.length / count;
  return Float32Array.from({ length: count * (length - 1) }, (_, i) => {
    const start = Math.floor(i / (length - 1)) * length;
    return kinds[start + (i % (length - 1))] === kinds[start + length - 1] ? 1 : 0;
  });
}

/**
 * 1 for keys with the pattern of a query, 0 for others and for queries themselves, [prompt, query, key]: features x of both have an inner
 * product above β²/2, as those of orthogonal patterns with κ² below 1/2 tell.
 * @param tokens [x; ±q] [prompt, token, d_X + d_Y]
 */
export function samePattern(tokens: SymbolicTensor, features: number, norm: number): SymbolicTensor {
  const x = tokens.slice(2, 0, features);
  const count = x.shape[1]!.size;
  const others = Array.from({ length: count * count }, (_, i) => Number(Math.floor(i / count) !== i % count));
  const axes = ['query', 'key'].map((name) => ({ name, size: count }));
  const same = x
    .matmul(x.transposed())
    .sub(0.5 * norm * norm)
    .step();
  return same.mul(tokens.recorder.constant(axes, others));
}
