import type { Matrix } from '../../plot/heatmap.ts';
import type { ProbeFrame } from '../../protocol/messages.ts';
import { type PromptTokens, promptTokens, symbolNames, tokenName } from '../../runs/prompt_tokens.ts';
import type { RunState } from '../../runs/state.ts';
import { type Model, type Reads, type Step, still, type View, withView } from './model.ts';

/** The shapes known so far and those of one more frame; the same object while nothing is new. */
export function shapesWith(known: Model['shapes'], { tensors }: ProbeFrame): Model['shapes'] {
  const isNew = ([name, { shape }]: [string, { readonly shape: readonly number[] }]) =>
    known.get(name)?.join() !== shape.join();
  const fresh = Object.entries(tensors).filter(isNew);
  return fresh.length === 0 ? known : new Map([...known, ...fresh.map(([name, { shape }]) => [name, shape] as const)]);
}

/** The next state of a run, with the shapes that it says its pictures will have. */
export function withRun<T extends Pick<Model, 'run' | 'shapes'>>(model: T, run: RunState): T {
  const shapes = run.pictures === model.run.pictures ? model.shapes : new Map([...run.pictures, ...model.shapes]);
  return { ...model, run, shapes };
}

/** Tensor `name` [rows, columns] of the frame; undefined when the frame has none of that shape. */
export function matrixNamed(frame: ProbeFrame | undefined, name: string): Matrix | undefined {
  const tensor = frame?.tensors[name];
  if (tensor?.shape.length !== 2) return undefined;
  const [rows, columns] = tensor.shape as [number, number];
  if (rows < 1 || columns < 1 || tensor.data.length !== rows * columns) return undefined;
  return { rows, columns, data: tensor.data };
}

/** How many prompts the panels can go through. */
export function promptCount({ shapes }: Model): number {
  return Math.max(1, shapes.get('attention')?.[0] ?? 1, shapes.get('target')?.[0] ?? 1);
}

/** A model with one query a prompt shows all prompts at once, as the rows of its patterns. */
export function promptsAreRows({ shapes }: Pick<Model, 'shapes'>): boolean {
  const attention = shapes.get('attention');
  return attention !== undefined && attention[0]! > 1 && attention[3] === 1;
}

type ShowsPrompt = Pick<Model, 'shapes'> & { readonly view: Pick<View, 'cell' | 'prompt'> };

/** The prompt shown, of so many; what does not depend on the prompt has one. */
export function shownPrompt(model: ShowsPrompt, count: number): number {
  const wanted = promptsAreRows(model) ? model.view.cell.row : model.view.prompt;
  return Math.max(0, Math.min(wanted, count - 1));
}

/** The model with that prompt shown, and not the mean over prompts. */
export function withPrompt(model: Model, prompt: number): Model {
  const { cell } = model.view;
  return withView(model, { mean: false, ...(promptsAreRows(model) ? { cell: { ...cell, row: prompt } } : { prompt }) });
}

/** The next probe prompt; after the last the first, and from the mean the one that was looked at before it. */
export function nextPrompt(model: Model): Step {
  const count = promptCount(model);
  const shown = shownPrompt(model, count);
  return still(withPrompt(model, model.view.mean ? shown : (shown + 1) % count));
}

/** Which prompt a panel shows, for its title: ` · probe 3/16`; nothing when there is no other. */
export function promptLabel(model: ShowsPrompt, count: number): string {
  if (count < 2) return '';
  return ` · probe ${String(shownPrompt(model, count) + 1).padStart(String(count).length)}/${count}`;
}

/** Rows and columns of the patterns that are drawn; undefined before anything is known of them. */
export function patternSize({
  run,
  shapes,
}: Pick<Model, 'shapes'> & Reads<'model', never>): { readonly rows: number; readonly columns: number } | undefined {
  const [prompts, , , queries, keys] = shapes.get('attention') ?? [];
  if (!prompts || !queries || !keys) return run.model?.pattern;
  return { rows: queries === 1 ? prompts : queries, columns: keys };
}

/** What the tokens of the run's prompts are. */
export function tokensOf({ run, shapes }: Pick<Model, 'shapes'> & Reads<'config', never>): PromptTokens {
  return promptTokens(run.config, (name) => shapes.get(name));
}

/** What the tokens of a prompt are called. */
export interface TokenNames {
  /** On an axis. */
  short(token: number): string;
  /** In a sentence, where a symbol alone would not say which of its tokens is meant. */
  long(token: number): string;
}

/** By the symbols of the prompt that is shown, else as `tokenName` has it: the mean of prompts has no symbols. */
export function namesOf(
  model: Pick<Model, 'probe' | 'shapes'> & Reads<'config', 'cell' | 'prompt' | 'mean'>,
): TokenNames {
  const tensor = model.view.mean ? undefined : model.probe?.tensors['symbols'];
  const symbols = tensor && symbolNames(tensor, shownPrompt(model, tensor.shape[0]!));
  const tokens = tokensOf(model);
  const symbol = (token: number) => symbols?.[token];
  return {
    short: (token) => symbol(token) ?? tokenName(tokens, token),
    long(token) {
      if (symbol(token) === undefined) return tokenName(tokens, token);
      return `${String(token).padStart(String(symbols!.length - 1).length)} ${symbol(token)}`;
    },
  };
}

/** How many of the tokens are given with their labels; the others are asked for. */
export function givenTokens({ run }: { readonly run: Pick<RunState, 'config'> }): number {
  return Number(run.config?.task['prompt_examples'] ?? 0);
}
