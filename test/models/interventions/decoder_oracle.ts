import type { Intervention } from '../../../src/protocol/interventions.ts';

export interface OracleSizes {
  readonly batch: number;
  readonly tokens: number;
  readonly features: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly neurons: number;
  /** How often the layers are applied; once unless said. */
  readonly loops?: number;
}

type Numbers = Readonly<Record<string, ArrayLike<number>>>;
/** Outputs of all heads of a layer, [prompt][token][head * key]. */
type Outputs = number[][][];

interface Asked {
  /** Whether query t has its match at key k of a prompt. */
  readonly match: (prompt: number, t: number, k: number) => boolean;
  readonly interventions: Readonly<Record<string, readonly Intervention[]>>;
  /** Outputs, layer by layer, that means and other prompts are taken from: constants for gradients. Its own where absent. */
  readonly given?: readonly Outputs[];
}

const amountOf = (list: readonly Intervention[], kind: string, otherwise: number) =>
  list.find((one) => one.kind === kind)?.amount ?? otherwise;

/** y[j] = Σ_i x[i] W[i, j] + b[j]. */
function affine(x: readonly number[], W: ArrayLike<number>, b: ArrayLike<number>): number[] {
  return Array.from({ length: b.length }, (_, j) =>
    x.reduce((sum, value, i) => sum + value * W[i * b.length + j]!, b[j]!),
  );
}

function normalised(x: readonly number[], gain: ArrayLike<number>, bias: ArrayLike<number> | undefined): number[] {
  if (!bias) {
    const meanSquare = x.reduce((sum, value) => sum + value * value, 0) / x.length;
    return x.map((value, i) => (value / Math.sqrt(meanSquare + 1e-5)) * gain[i]!);
  }
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * gain[i]! + bias[i]!);
}

const gelu = (x: number) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/**
 * A pre-norm decoder with learned positions, whose read-out is the read-in where it has none, prompt by prompt and number by number in float64, with interventions as the
 * definitions say them: scores over temperature, then A ← (1 − s) A + s A′, then z ← (1 − s) z + s z′.
 * @param tokens [prompt][token][feature]
 * @returns predictions [prompt][token], all `logits` [prompt][token][output], patterns [layer][prompt][head][query][key] and outputs of heads
 */
export function decoderOracle(p: Numbers, tokens: readonly number[][][], sizes: OracleSizes, asked: Asked) {
  const { layers, heads, width } = sizes;
  const key = width / heads;
  let x = tokens.map((prompt) =>
    prompt.map((token, t) =>
      affine(token, p['in.W']!, p['in.b']!).map((value, d) => value + p['pos']![t * width + d]!),
    ),
  );
  const patterns: number[][][][][] = [];
  const outputs: Outputs[] = [];
  for (let layer = 0; layer < layers * (sizes.loops ?? 1); layer++) {
    const of = (name: string) => p[`layers.${layer % layers}.${name}`]!;
    const inner = x.map((prompt) => prompt.map((row) => normalised(row, of('ln1.gain'), of('ln1.bias'))));
    const [q, k, v] = ['Q', 'K', 'V'].map((name) =>
      inner.map((prompt) => prompt.map((row) => affine(row, of(`attn.W_${name}`), of(`attn.b_${name}`)))),
    );
    const list = (head: number) => asked.interventions[`L${layer}H${head}`] ?? [];
    const pattern = x.map((prompt, b) =>
      Array.from({ length: heads }, (_, h) =>
        prompt.map((_row, t) =>
          rowOf(
            list(h),
            t,
            (j) => products(q![b]![t]!, k![b]![j]!, h, key),
            (j) => asked.match(b, t, j),
          ),
        ),
      ),
    );
    const own: Outputs = x.map((prompt, b) =>
      prompt.map((_row, t) =>
        Array.from({ length: width }, (_, d) =>
          pattern[b]![Math.floor(d / key)]![t]!.reduce((sum, share, j) => sum + share * v![b]![j]![d]!, 0),
        ),
      ),
    );
    const given = asked.given?.[layer] ?? own;
    const z = own.map((prompt, b) =>
      prompt.map((row, t) => row.map((value, d) => outputOf(list(Math.floor(d / key)), value, given, b, t, d))),
    );
    patterns.push(pattern);
    outputs.push(own);
    const attended = x.map((prompt, b) =>
      prompt.map((row, t) => sum(row, affine(z[b]![t]!, of('attn.W_O'), of('attn.b_O')))),
    );
    x = attended.map((prompt) =>
      prompt.map((row) => {
        const hidden = affine(normalised(row, of('ln2.gain'), of('ln2.bias')), of('mlp.W_in'), of('mlp.b_in'));
        return sum(row, affine(hidden.map(gelu), of('mlp.W_out'), of('mlp.b_out')));
      }),
    );
  }
  const readOut = p['out.W'] ?? transposed(p['in.W']!, width);
  const logits = x.map((prompt) =>
    prompt.map((row) => affine(normalised(row, p['final.gain']!, p['final.bias']), readOut, p['out.b']!)),
  );
  const predictions = logits.map((prompt) => prompt.map((row) => row[0]!));
  return { predictions, logits, patterns, outputs };
}

/** Of rows of `columns` numbers. */
const transposed = (matrix: ArrayLike<number>, columns: number) =>
  Array.from(matrix, (_, at) => {
    const rows = matrix.length / columns;
    return matrix[(at % rows) * columns + Math.floor(at / rows)]!;
  });

const sum = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value + b[i]!);

function products(q: readonly number[], k: readonly number[], head: number, key: number): number {
  let score = 0;
  for (let d = head * key; d < (head + 1) * key; d++) score += q[d]! * k[d]!;
  return score / Math.sqrt(key);
}

/** One row of the pattern of a head, over all keys. */
function rowOf(
  list: readonly Intervention[],
  t: number,
  score: (key: number) => number,
  matches: (key: number) => boolean,
): number[] {
  const seen = Array.from({ length: t + 1 }, (_, j) => j);
  const own = softmax(seen.map((j) => score(j) / amountOf(list, 'temperature', 1)));
  const matching = seen.filter(matches);
  const goals: Readonly<Record<string, (j: number) => number>> = {
    uniform: () => 1 / seen.length,
    previous: (j) => Number(j === Math.max(0, t - 1)),
    match: (j) => (matching.length === 0 ? 1 / seen.length : Number(matching.includes(j)) / matching.length),
  };
  return seen.map((j) => {
    const one = list.find(({ kind }) => kind in goals);
    return one ? (1 - one.amount) * own[j]! + one.amount * goals[one.kind]!(j) : own[j]!;
  });
}

function outputOf(list: readonly Intervention[], own: number, given: Outputs, b: number, t: number, d: number): number {
  const count = given.length;
  const others: Readonly<Record<string, () => number>> = {
    mean: () => given.reduce((total, prompt) => total + prompt[t]![d]!, 0) / count,
    resample: () => given[(b + Math.floor(count / 2)) % count]![t]![d]!,
    remove: () => 0,
  };
  const one = list.find(({ kind }) => kind in others);
  return one ? (1 - one.amount) * own + one.amount * others[one.kind]!() : own;
}
