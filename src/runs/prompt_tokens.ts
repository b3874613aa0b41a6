import stringWidth from 'string-width';
import type { HostTensor } from '../core/tensor.ts';
import { visible } from '../core/visible.ts';
import type { RunConfig } from '../protocol/config.ts';

/** Tokens `from` … `to` of a prompt, which play one part. */
export interface Stretch {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** What the tokens of a prompt are. */
export interface PromptTokens {
  /** In their order, all tokens together; none where every token is asked for in its turn. */
  readonly stretches: readonly Stretch[];
  /** Whether points and their values take turns: x₁ y₁ x₂ …; the last point is asked for. */
  readonly inPairs: boolean;
}

/**
 * From the task and the shapes of the probe's references: prompts of a dictionary give the labels of their first tokens and
 * ask for the others; labelled contexts come before their one query; points of a function each ask for their value.
 */
export function promptTokens(
  config: RunConfig | undefined,
  shapeOf: (name: string) => readonly number[] | undefined,
): PromptTokens {
  const [queries, keys] = shapeOf('attention')?.slice(3) ?? [];
  const tokens = Math.max(queries ?? 0, keys ?? 0);
  const contexts = shapeOf('matching')?.[1];
  if (contexts !== undefined) return { stretches: inTwo('contexts', contexts, contexts + 1), inPairs: false };
  const given = Number(config?.task['prompt_examples'] ?? 0);
  if (given > 0) return { stretches: inTwo('given', given, tokens), inPairs: false };
  const asked = shapeOf('target')?.[1] ?? 0;
  return { stretches: [], inPairs: asked > 1 && tokens === 2 * asked - 1 };
}

function inTwo(name: string, first: number, all: number): Stretch[] {
  const stretches = [
    { name, from: 0, to: Math.min(first, all) - 1 },
    { name: 'query', from: first, to: all - 1 },
  ];
  return stretches.filter(({ from, to }) => from <= to);
}

/** The stretches of the first `count` tokens. */
export function stretchesIn({ stretches }: PromptTokens, count: number): Stretch[] {
  return stretches.flatMap((one) => (one.from < count ? [{ ...one, to: Math.min(one.to, count - 1) }] : []));
}

/** `given 0–7`, or `query 20` for one token. */
export function stretchText({ name, from, to }: Stretch): string {
  return from === to ? `${name} ${from}` : `${name} ${from}–${to}`;
}

/** How a token is called: by its number, or x₁, y₁, x₂ … */
export function tokenName({ inPairs }: PromptTokens, token: number): string {
  return inPairs ? `${token % 2 === 0 ? 'x' : 'y'}${subscript(Math.floor(token / 2) + 1)}` : String(token);
}

/**
 * The symbols of prompt p, one a token, from their code points [prompt, token, character], padded with 0; undefined for a tensor
 * of another form. Of what acts on a terminal, hides or is not one cell wide, `�` is seen.
 */
export function symbolNames({ shape, data }: HostTensor, prompt: number): string[] | undefined {
  const [prompts, tokens, width] = shape;
  if (shape.length !== 3 || !(prompt < prompts!)) return undefined;
  return Array.from({ length: tokens! }, (_, t) => {
    const at = (prompt * tokens! + t) * width!;
    return Array.from(data.subarray(at, at + width!), characterOf).join('');
  });
}

function characterOf(point: number): string {
  if (point === 0) return '';
  const isPoint = Number.isInteger(point) && point > 0 && point <= 0x10ffff;
  const character = isPoint ? visible(String.fromCodePoint(point)) : '\ufffd';
  return stringWidth(character) === 1 ? character : '\ufffd';
}

function subscript(number: number): string {
  return [...String(number)].map((digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)]).join('');
}
