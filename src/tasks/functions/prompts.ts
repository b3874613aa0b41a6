import type { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { Sequence } from '../contract.ts';
import { DrawingError, written } from '../drawing_error.ts';
import type { Stage } from './curriculum.ts';
import type { FunctionClass } from './function_class.ts';
import { type Shift, unshifted } from './shifts.ts';

/** Prompts, each with a function of its own, rounded to what a float32 engine is fed. */
export interface Prompts {
  readonly count: number;
  readonly dim: number;
  readonly points: number;
  /** [prompt, point, feature]. */
  readonly inputs: Float32Array;
  /** [prompt, point]. */
  readonly labels: Float32Array;
  /** What is asked for after 0, 1, … examples [prompt, point, feature], where that is not the input that comes next. */
  readonly queries?: Float32Array;
  /** Labels of what is asked for [prompt, point]; the same as `labels` without queries of their own. */
  readonly targets: Float32Array;
}

/**
 * Draws prompts one after the other, so that more of them leave the first ones as they are: for each its inputs, what the
 * shift needs, its function, its noise. Numbers of an input beyond `stage.dim` are 0; as many are drawn all the same.
 * @throws DrawingError when a function gives a label that is no finite number
 */
export function drawPrompts(
  functions: FunctionClass,
  count: number,
  stream: RandomStream,
  { shift = unshifted, stage = functions }: { readonly shift?: Shift; readonly stage?: Stage } = {},
): Prompts {
  const { dim, points } = functions;
  const inputs = new Float32Array(count * points * dim);
  const queries = shift.queries && new Float32Array(inputs.length);
  const labels = new Float32Array(count * points);
  const targets = queries ? new Float32Array(labels.length) : labels;
  const deviation = shift.noise ?? functions.noise;
  for (let p = 0; p < count; p++) {
    const drawn = stream.fillGaussian(new Float64Array(points * dim));
    if (stage.dim < dim) for (let j = 0; j < drawn.length; j++) if (j % dim >= stage.dim) drawn[j] = 0;
    const asked = shift.queries?.(drawn, stream);
    const shown = shift.inputs?.(drawn, stream) ?? drawn;
    const labelOf = functions.draw(stream);
    const fill = (x: Float64Array, into: Float32Array, y: Float32Array) => {
      into.set(x, p * points * dim);
      const noise = deviation > 0 ? stream.fillGaussian(new Float64Array(points)) : undefined;
      for (let i = 0; i < points; i++) {
        const clean = labelOf(x.subarray(i * dim, (i + 1) * dim));
        if (!isLabel(clean)) throw labelError(clean, p, i);
        y[p * points + i] = shift.labelFactor * (clean + (noise ? deviation * noise[i]! : 0));
      }
    };
    fill(shown, inputs, labels);
    if (queries && asked) fill(asked, queries, targets);
  }
  return { count, dim, points, inputs, labels, targets, ...(queries && { queries }) };
}

const isLabel = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(Math.fround(value));

function labelError(label: unknown, prompt: number, point: number): DrawingError {
  return new DrawingError({
    what: `the label of point ${point} of prompt ${prompt} is ${written(label)}`,
    expected: 'a finite number of at most 3.4e38',
  });
}

/** x1, (y1, 0, …), x2, …, xn: [prompt, token, feature], with the last label, which nothing follows, left out. */
export function tokensOf({ count, dim, points, inputs, labels }: Omit<Prompts, 'targets'>): HostTensor {
  const length = tokenCount(points);
  const tokens = new Float32Array(count * length * dim);
  for (let p = 0; p < count; p++) {
    for (let i = 0; i < points; i++) {
      const at = (p * length + 2 * i) * dim;
      const example = p * points + i;
      tokens.set(inputs.subarray(example * dim, (example + 1) * dim), at);
      if (i < points - 1) tokens[at + dim] = labels[example]!;
    }
  }
  return hostTensor([count, length, dim], tokens);
}

/** How models that read sequences see prompts of inputs with so many numbers. */
export function sequenceOf(dim: number, points: number): Sequence {
  return {
    width: dim,
    length: tokenCount(points),
    align: 'start',
    readout,
    match: ({ tokens }) => nearestLabels(tokens!),
  };
}

/**
 * For the queries at inputs, the cosine of the input with those before it, on the label of each, [prompt, query, key]; −1 on other
 * tokens. So the label of the input that is nearest in direction matches. Queries at labels have no match.
 */
export function nearestLabels(tokens: SymbolicTensor): SymbolicTensor {
  const [prompt, token, feature] = tokens.shape;
  const count = readout(token!.size).length;
  const [input, query, key] = [
    { name: 'input', size: count },
    { name: 'query', size: token!.size },
    { name: 'key', size: token!.size },
  ];
  const at = (rows: typeof query, offset: number) =>
    tokens.recorder.constant(
      [rows, input],
      Array.from({ length: rows.size * count }, (_, i) => Number(Math.floor(i / count) === 2 * (i % count) + offset)),
    );
  const inputs = at(query, 0)
    .transposed()
    .matmul(tokens.reshape([prompt!, query, feature!]));
  const norms = inputs.square().sum(2, { keep: true }).add(1e-30).sqrt();
  const directions = inputs.div(norms);
  const cosines = directions.matmul(directions.transposed());
  const elsewhere = Array.from({ length: token!.size ** 2 }, (_, i) => {
    const [q, k] = [Math.floor(i / token!.size), i % token!.size];
    return q % 2 === 0 && (k % 2 === 0 || k > q) ? -1 : 0;
  });
  return at(query, 0)
    .matmul(cosines)
    .matmul(at(key, 1).transposed())
    .add(tokens.recorder.constant([query, key], elsewhere));
}

/** Tokens of a prompt of so many points. */
export const tokenCount = (points: number): number => 2 * points - 1;

/** Positions of the inputs among the tokens, at each of which its label is asked for. */
const readout = (tokens: number): number[] => Array.from({ length: Math.floor((tokens + 1) / 2) }, (_, i) => 2 * i);
