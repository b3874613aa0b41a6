import type { Matrix } from '../../plot/heatmap.ts';
import { type SharedScale, sharedScale, timesEnds } from '../../plot/shared_scale.ts';
import { formatAddress } from '../../protocol/address.ts';
import type { PatternFacts } from '../../protocol/events.ts';
import type { ProbeFrame } from '../../protocol/messages.ts';
import { headPatterns, patternOf } from '../../runs/patterns.ts';
import type { RunState } from '../../runs/state.ts';
import type { Model, Reads, View } from './model.ts';
import { promptLabel } from './probe.ts';
import type { UnderCursor } from './ranking.ts';

/** Layers, and heads in each. */
export interface HeadCount {
  readonly layers: number;
  readonly heads: number;
}

/** Attention patterns of one probe frame, one matrix [rows, columns] for each head, layer after layer. */
export interface Patterns {
  readonly layers: number;
  readonly heads: number;
  readonly rows: number;
  readonly columns: number;
  readonly step: number;
  /** Prompts to choose from: 1 where patterns do not depend on the prompt, or all prompts are shown at once. */
  readonly prompts: number;
  /** The one scale of all heads. */
  readonly scale: SharedScale;
  /** The pattern of head `index`, counted through the layers, NaN where attention is masked; may share the frame's memory. */
  matrix(index: number): Matrix;
}

/**
 * The patterns of prompt `prompt` or the mean of all prompts; where a prompt has one query, prompts are the rows.
 * Undefined while there is no frame, or when its tensor is not of the documented shape.
 */
export function patternsOf(
  frame: ProbeFrame | undefined,
  prompt: number | 'mean' = 0,
  attends: Partial<PatternFacts> = {},
): Patterns | undefined {
  const all = headPatterns(frame, attends);
  if (!frame || !all) return undefined;
  const { prompts, layers, heads, queries, keys } = all;
  const stacked = queries === 1;
  const matrices: Matrix[] = [];
  const matrix = (index: number) => {
    matrices[index] ??= patternOf(all, index, prompt);
    return matrices[index];
  };
  let scale: SharedScale | undefined;
  return {
    layers,
    heads,
    rows: stacked ? prompts : queries,
    columns: keys,
    step: frame.step,
    prompts: stacked ? 1 : prompts,
    get scale() {
      scale ??= sharedScale(Array.from({ length: layers * heads }, (_, index) => matrix(index)));
      return scale;
    },
    matrix,
  };
}

const drawn = new WeakMap<ProbeFrame, { readonly of: readonly unknown[]; readonly patterns: Patterns | undefined }>();

/** The patterns that the panels draw; worked out once for those that draw the same. */
export function shownPatterns({
  probe,
  run,
  view,
}: Pick<Model, 'probe'> & Reads<'model', 'mean' | 'prompt'>): Patterns | undefined {
  if (!probe) return undefined;
  const of = [view.mean ? 'mean' : view.prompt, run.model?.pattern] as const;
  const known = drawn.get(probe);
  if (known?.of.every((one, at) => one === of[at])) return known.patterns;
  const patterns = patternsOf(probe, ...of);
  drawn.set(probe, { of, patterns });
  return patterns;
}

/** What the colours of patterns say, on one scale for all heads. */
export interface Colours {
  readonly scale: SharedScale;
  /** What is drawn of head `index`, counted through the layers. */
  picture(index: number): Matrix;
}

const relative = new WeakMap<Patterns, Colours>();

/** Keys from which colours are of multiples unless a person chose: on a scale up to 1, attention to several of so many is next to 0. */
const manyKeys = 48;

/** Whether colours say how many times an even spread weights are. */
export function isTimesEven(
  patterns: Pick<Patterns, 'columns'>,
  { timesEven: chosen }: Pick<View, 'timesEven'>,
): boolean {
  return chosen ?? patterns.columns >= manyKeys;
}

/** The weights, or how many times an even spread over the open keys they are. */
export function coloursOf(patterns: Patterns, view: Pick<View, 'timesEven'>): Colours {
  if (!isTimesEven(patterns, view)) return { scale: patterns.scale, picture: patterns.matrix };
  const known = relative.get(patterns);
  if (known) return known;
  const pictures = Array.from({ length: patterns.layers * patterns.heads }, (_, i) => timesEven(patterns.matrix(i)));
  const colours = { scale: sharedScale(pictures, timesEnds), picture: (index: number) => pictures[index]! };
  relative.set(patterns, colours);
  return colours;
}

/** Each weight times the number of keys that its query may attend to. */
function timesEven({ rows, columns, data }: Matrix): Matrix {
  const times = new Float32Array(data.length);
  for (let start = 0; start < rows * columns; start += columns) {
    const row = data.subarray(start, start + columns);
    const open = row.reduce((count, weight) => count + Number(!Number.isNaN(weight)), 0);
    for (let key = 0; key < columns; key++) times[start + key] = open * row[key]!;
  }
  return { rows, columns, data: times };
}

/** Of which prompt the patterns are, for a title: ` · probe 3/16`, ` · mean of 16`; nothing when there is no other. */
export function patternLabel(model: Model, prompts: number): string {
  return model.view.mean && prompts > 1 ? ` · mean of ${prompts}` : promptLabel(model, prompts);
}

/** Layer and head of the selected head, and how many there are to choose from. */
export function selectedHead(model: Reads<'model', 'head'>): {
  layer: number;
  head: number;
  index: number;
  count: HeadCount;
} {
  const { layers, heads } = model.run.model ?? { layers: 1, heads: 1 };
  const index = Math.min(model.view.head, layers * heads - 1);
  return { layer: Math.floor(index / heads), head: index % heads, index, count: { layers, heads } };
}

/** The selected head as what a cursor is on. */
export function selectedPart(model: Model): UnderCursor {
  const { layer, head } = selectedHead(model);
  return { name: formatAddress({ layer, head }), parts: [{ layer, head }], kind: 'heads' };
}

/** How much heads attend to the token before and to what matches, as far as a picture tells. */
export interface HeadScores {
  readonly previous?: number;
  readonly match?: number;
  /** What attention alike on all keys would give of the latter. */
  readonly chance?: number;
}

/** The scores of head `index`, counted through the layers, over all probe prompts. */
export function headScores({ probe }: Pick<Model, 'probe'>, index: number): HeadScores {
  const value = (name: string, at = index) => probe?.tensors[name]?.data[at];
  const [previous, match, chance] = [value('head_previous'), value('head_match'), value('head_match_chance', 0)];
  return {
    ...(previous !== undefined && { previous }),
    ...(match !== undefined && { match }),
    ...(chance !== undefined && { chance }),
  };
}

/** Whether head `index`, counted through the layers, takes part. */
export function isHeadKept({ run }: { readonly run: Pick<RunState, 'mask'> }, index: number): boolean {
  return run.mask.values.heads.data[index] !== 0;
}

/** Entropy −Σ p ln p of row `row`, in nats; 0 ln 0 = 0. */
export function entropyOfRow(matrix: Matrix, row: number): number {
  let entropy = 0;
  for (let column = 0; column < matrix.columns; column++) {
    const p = matrix.data[row * matrix.columns + column]!;
    if (p > 0) entropy -= p * Math.log(p);
  }
  return entropy;
}

const entropies = new WeakMap<Matrix, number>();

/** Mean of the rows' entropies, in nats; worked out once for a matrix, which several panels tell of. */
export function meanEntropy(matrix: Matrix): number {
  const known = entropies.get(matrix);
  if (known !== undefined) return known;
  let sum = 0;
  for (let row = 0; row < matrix.rows; row++) sum += entropyOfRow(matrix, row);
  entropies.set(matrix, sum / matrix.rows);
  return sum / matrix.rows;
}

/** Attention that each column receives, averaged over the rows that may attend to it. */
export function received({ rows, columns, data }: Matrix): Float64Array {
  const sums = new Float64Array(columns);
  const counts = new Float64Array(columns);
  for (let at = 0; at < rows * columns; at++) {
    if (Number.isNaN(data[at]!)) continue;
    sums[at % columns]! += data[at]!;
    counts[at % columns]! += 1;
  }
  return sums.map((sum, column) => sum / Math.max(1, counts[column]!));
}
