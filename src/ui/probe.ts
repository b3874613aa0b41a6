import type { Matrix } from '../plot/heatmap.ts';
import type { ProbeFrame } from '../protocol/messages.ts';
import type { Model } from './model.ts';

/** The shapes known so far and those of one more frame; the same object while nothing is new. */
export function shapesWith(known: Model['shapes'], { tensors }: ProbeFrame): Model['shapes'] {
  const isNew = ([name, { shape }]: [string, { readonly shape: readonly number[] }]) =>
    known.get(name)?.join() !== shape.join();
  const fresh = Object.entries(tensors).filter(isNew);
  return fresh.length === 0 ? known : new Map([...known, ...fresh.map(([name, { shape }]) => [name, shape] as const)]);
}

/** Tensor `name` [rows, columns] of the frame; undefined when the frame has none of that shape. */
export function matrixNamed(frame: ProbeFrame | undefined, name: string): Matrix | undefined {
  const tensor = frame?.tensors[name];
  if (tensor?.shape.length !== 2) return undefined;
  const [rows, columns] = tensor.shape as [number, number];
  if (rows < 1 || columns < 1 || tensor.data.length !== rows * columns) return undefined;
  return { rows, columns, data: tensor.data };
}

/** Whether prompts with one query and one label each are shown all at once: as rows of patterns, side by side in the plot. */
export function isStacked({ shapes }: Pick<Model, 'shapes'>): boolean {
  return shapes.get('attention')?.[3] === 1 && shapes.get('target')?.[1] === 1;
}

/** How many prompts the panels can go through. */
export function promptCount(model: Pick<Model, 'shapes'>): number {
  const attention = model.shapes.get('attention');
  const patterns = attention && attention[3] !== 1 ? attention[0]! : 1;
  return isStacked(model) ? 1 : Math.max(1, patterns, model.shapes.get('target')?.[0] ?? 1);
}

/** The prompt shown, of so many; what does not depend on the prompt has one. */
export function shownPrompt({ view }: Model, count: number): number {
  return Math.max(0, Math.min(view.prompt, count - 1));
}

/** Which prompt a panel shows, for its title: ` · probe 3/16`; nothing when there is no other. */
export function promptLabel(model: Model, count: number): string {
  if (count < 2) return '';
  return ` · probe ${String(shownPrompt(model, count) + 1).padStart(String(count).length)}/${count}`;
}

/** How many of the tokens are given with their labels; the others are asked for. */
export function givenTokens({ run }: Model): number {
  return Number(run.config?.task['prompt_examples'] ?? 0);
}
