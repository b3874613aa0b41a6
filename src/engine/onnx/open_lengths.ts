import { type Graph, lengths, type Node } from '../../graph/types.ts';

/** A computation as it was recorded for some numbers of prompts and of tokens in a prompt. */
export interface Recording {
  readonly graph: Graph;
  readonly prompts: number;
  readonly tokens: number;
}

/** A number that is only known when the model runs: ⌊(slope · tokens + offset) / 2⌋, times the number of prompts where it is `perPrompt`. */
export interface OpenLength {
  readonly perPrompt: boolean;
  readonly slope: number;
  readonly offset: number;
}

export type Length = number | OpenLength;

/** What of a node is only known then. */
export interface OpenNode {
  readonly shape: readonly Length[];
  /** Its attributes that are numbers, by name. */
  readonly numbers: Readonly<Record<string, Length>>;
  /** Of a constant: the axes of which the last entries are meant, where there are fewer than here, and not the first. */
  readonly fromEnd: readonly boolean[];
}

/** By node of the recording with the most tokens. */
export type OpenNodes = ReadonlyMap<Node, OpenNode>;

/**
 * What stays open in a computation, from recordings of it.
 * @param recordings the first has the most tokens, the second an even number fewer, and others are what that is checked on
 * @returns undefined when they differ in more than lengths: then a length is part of the model
 */
export function openNodes(recordings: readonly Recording[]): OpenNodes | undefined {
  const [longest] = recordings as [Recording];
  const { nodes } = longest.graph;
  if (recordings.some(({ graph }) => graph.nodes.length !== nodes.length)) return undefined;
  const open = new Map<Node, OpenNode>();
  for (const [position, node] of nodes.entries()) {
    const versions = recordings.map(({ graph }) => graph.nodes[position]!);
    if (!versions.every((one) => isSame(node, one))) return undefined;
    const shape = lengths(node.shape).map((_, axis) =>
      fitted(
        versions.map((one) => one.shape[axis]!.size),
        recordings,
      ),
    );
    const numbers = Object.entries(numbersOf(node)).map(([name]) => {
      const values = versions.map((one) => numbersOf(one)[name]!);
      return [name, fitted(values, recordings)] as const;
    });
    const fromEnd = cutOf(versions);
    if (!fromEnd || [...shape, ...numbers.map(([, value]) => value)].includes(undefined)) return undefined;
    open.set(node, {
      shape: shape as Length[],
      numbers: Object.fromEntries(numbers) as Record<string, Length>,
      fromEnd,
    });
  }
  return open;
}

/** Whether two nodes do the same to the same, whatever the lengths. */
function isSame(a: Node, b: Node): boolean {
  return (
    a.op === b.op &&
    a.shape.length === b.shape.length &&
    a.inputs.length === b.inputs.length &&
    a.inputs.every((input, i) => input === b.inputs[i]) &&
    othersOf(a) === othersOf(b)
  );
}

function numbersOf({ attributes }: Node): Record<string, number> {
  const numbers = Object.entries(attributes).filter(([, value]) => typeof value === 'number');
  return Object.fromEntries(numbers) as Record<string, number>;
}

/** The attributes of another kind, but for the numbers of a constant. */
function othersOf({ op, attributes }: Node): string {
  if (op === 'constant') return '';
  return JSON.stringify(Object.entries(attributes).filter(([, value]) => typeof value !== 'number'));
}

/** How a number depends on prompts and tokens; undefined where it does in another way. */
function fitted(values: readonly number[], recordings: readonly Recording[]): Length | undefined {
  const [first] = values as [number];
  if (values.every((value) => value === first)) return first;
  for (const perPrompt of [false, true]) {
    const parts = values.map((value, i) => (perPrompt ? value / recordings[i]!.prompts : value));
    const fewer = recordings[0]!.tokens - recordings[1]!.tokens;
    const slope = fewer === 0 ? 0 : (2 * (parts[0]! - parts[1]!)) / fewer;
    for (const remainder of [0, 1]) {
      const offset = 2 * parts[0]! + remainder - slope * recordings[0]!.tokens;
      const length = { perPrompt, slope, offset };
      if (recordings.every(({ tokens }, i) => lengthAt(length, tokens) === parts[i])) return length;
    }
  }
  return undefined;
}

const lengthAt = ({ slope, offset }: OpenLength, tokens: number): number => Math.floor((slope * tokens + offset) / 2);

/** Which end of each axis of a constant shorter recordings have; undefined where theirs is no part of it. */
function cutOf(versions: readonly Node[]): boolean[] | undefined {
  const [longest, ...others] = versions as [Node, ...Node[]];
  const axes = longest.shape.length;
  if (longest.op !== 'constant') return [];
  for (let choice = 0; choice < 2 ** axes; choice++) {
    const fromEnd = Array.from({ length: axes }, (_, axis) => ((choice >> axis) & 1) === 1);
    if (others.every((one) => isPart(one, longest, fromEnd))) return fromEnd;
  }
  return undefined;
}

function isPart(part: Node, whole: Node, fromEnd: readonly boolean[]): boolean {
  if (part.op !== 'constant' || whole.op !== 'constant') return false;
  const [sizes, all] = [lengths(part.shape), lengths(whole.shape)];
  if (sizes.some((size, axis) => size > all[axis]!)) return false;
  const { data } = part.attributes;
  for (let i = 0; i < data.length; i++) {
    let [rest, at, step] = [i, 0, 1];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const place = rest % sizes[axis]!;
      rest = Math.floor(rest / sizes[axis]!);
      at += step * (fromEnd[axis] ? place + all[axis]! - sizes[axis]! : place);
      step *= all[axis]!;
    }
    if (!Object.is(data[i], whole.attributes.data[at])) return false;
  }
  return true;
}
