import { fitNumber } from '../../../core/format.ts';
import type { ProbeFrame } from '../../../protocol/messages.ts';
import type { Model, Reads } from '../../state/model.ts';
import { selectedHead } from '../../state/pattern.ts';
import { matrixNamed, promptsAreRows, shownPrompt } from '../../state/probe.ts';

/** A prompt of labelled contexts and one query, whose label is to be copied from the contexts that match it. */
export interface Contexts {
  readonly prompts: number;
  /** Context under the cursor. */
  readonly cursor: number;
  /** Labels ±1, and 1 where a context has the pattern of the query [context]. */
  readonly labels: Float32Array;
  readonly matching: Float32Array;
  /** Of the query on each context, in the selected head [context]; undefined while there is none. */
  readonly attention: Float32Array | undefined;
  /** What each context adds to the label copied: attention times label [context]. */
  readonly votes: Float32Array;
  readonly target: number;
  readonly prediction: number | undefined;
}

type ShowsContexts = Pick<Model, 'probe' | 'shapes'> & Reads<'model', 'head' | 'cell' | 'prompt'>;

/** The prompt shown, for tasks whose probe has `labels` and `matching` [prompt, context] and one `target` a prompt. */
export function contextsOf(model: ShowsContexts): Contexts | undefined {
  const { probe } = model;
  const [target, labels, matching] = ['target', 'labels', 'matching'].map((name) => matrixNamed(probe, name));
  if (!target || !labels || !matching || target.columns !== 1 || matching.columns !== labels.columns) return undefined;
  const prompt = shownPrompt(model, target.rows);
  const count = labels.columns;
  const rowOf = ({ data }: { readonly data: Float32Array }) => data.subarray(prompt * count, (prompt + 1) * count);
  const attention = attentionOfQuery(model, probe!, prompt, count);
  const { row, column } = model.view.cell;
  return {
    prompts: target.rows,
    cursor: Math.min(promptsAreRows(model) ? column : row, count - 1),
    labels: rowOf(labels),
    matching: rowOf(matching),
    attention,
    votes: Float32Array.from(rowOf(labels), (label, context) => label * (attention?.[context] ?? Number.NaN)),
    target: target.data[prompt]!,
    prediction: matrixNamed(probe, 'prediction')?.data.at(prompt),
  };
}

/** From `attention` [P, L, H, Tq, Tk]: the query is the last token, contexts are the first keys. */
function attentionOfQuery(
  model: Reads<'model', 'head'>,
  { tensors }: ProbeFrame,
  prompt: number,
  count: number,
): Float32Array | undefined {
  const { shape, data } = tensors['attention'] ?? { shape: [], data: new Float32Array() };
  const [prompts, layers, heads, queries, keys] = shape as [number, number, number, number, number];
  if (shape.length !== 5 || keys < count || prompt >= prompts) return undefined;
  const { index } = selectedHead(model);
  const start = (((prompt * layers * heads + index) * queries + queries - 1) * keys) as number;
  return data.subarray(start, start + count);
}

/** Sum over the contexts that match. */
export function matchingMass({ attention, matching }: Contexts): number | undefined {
  return attention?.reduce((sum, share, context) => sum + share * matching[context]!, 0);
}

/** The same where the query attends to all contexts alike. */
export function evenMass({ matching }: Contexts): number {
  return matching.reduce((sum, is) => sum + is, 0) / Math.max(1, matching.length);
}

/** A label as people write it. */
export function signed(label: number): string {
  return label === 1 ? '+1' : label === -1 ? '−1' : fitNumber(label, 0).trim();
}
