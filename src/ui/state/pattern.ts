import { thousands } from '../../core/format.ts';
import type { Matrix } from '../../plot/heatmap.ts';
import { formatAddress } from '../../protocol/address.ts';
import type { ProbeFrame } from '../../protocol/messages.ts';
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
  /** The pattern of head `index`, counted through the layers; shares the frame's memory when it can. */
  matrix(index: number): Matrix;
}

/**
 * The patterns in `attention` [P, L, H, Tq, Tk] of prompt `prompt` or the mean of all prompts; where a prompt has one
 * query, prompts are the rows.
 * Undefined while there is no frame, or when its tensor is not of that shape.
 */
export function patternsOf(frame: ProbeFrame | undefined, prompt: number | 'mean' = 0): Patterns | undefined {
  const attention = frame?.tensors['attention'];
  if (!frame || !attention || attention.shape.length !== 5) return undefined;
  const [prompts, layers, heads, queries, keys] = attention.shape as [number, number, number, number, number];
  const count = layers * heads;
  const size = queries * keys;
  if (count === 0 || size === 0 || attention.data.length !== prompts * count * size) return undefined;
  const stacked = queries === 1;
  const rows = stacked ? prompts : queries;
  const chosen = prompt === 'mean' ? undefined : Math.min(prompt, prompts - 1);
  const matrixAt = (at: number, index: number) =>
    attention.data.subarray((at * count + index) * size, (at * count + index + 1) * size);
  return {
    layers,
    heads,
    rows,
    columns: keys,
    step: frame.step,
    prompts: stacked ? 1 : prompts,
    matrix(index) {
      if (!stacked) {
        const data = chosen === undefined ? meanOf(prompts, (at) => matrixAt(at, index)) : matrixAt(chosen, index);
        return { rows, columns: keys, data };
      }
      const data = new Float32Array(rows * keys);
      for (let prompt = 0; prompt < prompts; prompt++) {
        const start = (prompt * count + index) * size;
        data.set(attention.data.subarray(start, start + size), prompt * keys);
      }
      return { rows, columns: keys, data };
    },
  };
}

/** The mean of `count` equally long lists. */
function meanOf(count: number, list: (index: number) => Float32Array): Float32Array {
  const mean = new Float32Array(list(0).length);
  for (let index = 0; index < count; index++) {
    const values = list(index);
    for (let at = 0; at < mean.length; at++) mean[at]! += values[at]! / count;
  }
  return mean;
}

/** The patterns that the panels draw. */
export function shownPatterns({
  probe,
  view,
}: Pick<Model, 'probe'> & { readonly view: Pick<View, 'mean' | 'prompt'> }): Patterns | undefined {
  return patternsOf(probe, view.mean ? 'mean' : view.prompt);
}

/** Of which prompt the patterns are, for a title: ` · probe 3/16`, ` · mean of 16`; nothing when there is no other. */
export function patternLabel(model: Model, prompts: number): string {
  const past = model.recalled ? ` · step ${thousands(model.recalled.step)}` : '';
  return past + whichPrompt(model, prompts);
}

function whichPrompt(model: Model, prompts: number): string {
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

/** Mean of the rows' entropies, in nats. */
export function meanEntropy(matrix: Matrix): number {
  let sum = 0;
  for (let row = 0; row < matrix.rows; row++) sum += entropyOfRow(matrix, row);
  return sum / matrix.rows;
}

/** Attention that each column receives, averaged over the rows. */
export function received(matrix: Matrix): Float64Array {
  const sums = new Float64Array(matrix.columns);
  for (let i = 0; i < matrix.data.length; i++) sums[i % matrix.columns]! += matrix.data[i]! / matrix.rows;
  return sums;
}
