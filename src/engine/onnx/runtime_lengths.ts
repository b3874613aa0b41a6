import { lengths, type Node } from '../../graph/types.ts';
import type { ModelBuilder } from './model.ts';
import type { Length, OpenLength, OpenNode, OpenNodes } from './open_lengths.ts';

/**
 * Lengths that are computed when a model runs, from the first two axes of its first input: prompts, and tokens of a prompt.
 * What is asked for is a node's name, an int64 vector; undefined where nothing is open.
 */
export class RuntimeLengths {
  readonly #nodes: OpenNodes;
  readonly #input: string;
  readonly #tokenName: string;
  readonly #known = new Map<string, string>();

  /** @param tokenName what the second axis is called */
  constructor(nodes: OpenNodes, input: string, tokenName: string) {
    this.#nodes = nodes;
    this.#input = input;
    this.#tokenName = tokenName;
  }

  /** The lengths of a node's axes, by name where they are open. */
  described(node: Node): (number | string)[] {
    return this.#of(node).shape.map((length) => (typeof length === 'number' ? length : this.#text(length)));
  }

  /** The part of a constant that is meant. */
  cut(model: ModelBuilder, whole: string, node: Node): string | undefined {
    const { shape, fromEnd } = this.#of(node);
    const axes = shape.flatMap((length, axis) => (typeof length === 'number' ? [] : [axis]));
    if (axes.length === 0) return undefined;
    const sizes = lengths(node.shape);
    const open = (axis: number): OpenLength => shape[axis] as OpenLength;
    const rest = (axis: number): OpenLength => {
      const { slope, offset } = open(axis);
      return { ...open(axis), slope: -slope, offset: 2 * sizes[axis]! - offset };
    };
    const starts = axes.map((axis) => (fromEnd[axis] ? rest(axis) : 0));
    const ends = axes.map((axis) => (fromEnd[axis] ? sizes[axis]! : open(axis)));
    return model.node('Slice', [whole, this.#vector(model, starts), this.#vector(model, ends), model.integers(axes)]);
  }

  /** The shape to give a node's input. One open length is inferred. */
  target(model: ModelBuilder, node: Node): string {
    const { shape } = this.#of(node);
    const open = shape.filter((length) => typeof length !== 'number');
    if (open.length > 1) return this.#vector(model, shape);
    return model.integers(shape.map((length) => (typeof length === 'number' ? length : -1)));
  }

  shape(model: ModelBuilder, node: Node): string {
    return this.#vector(model, this.#of(node).shape);
  }

  /** Attributes of a node, a vector of one number each. */
  numbers(model: ModelBuilder, node: Node, names: readonly string[]): string[] {
    const { numbers } = this.#of(node);
    return names.map((name) => this.#vector(model, [numbers[name]!]));
  }

  /** Of `pad`: how much comes before all axes, and then how much after. */
  widths(model: ModelBuilder, node: Node, axis: number): string {
    const { shape, numbers } = this.#of(node);
    const along = (name: string): Length[] => shape.map((_, i) => (i === axis ? numbers[name]! : 0));
    return this.#vector(model, [...along('before'), ...along('after')]);
  }

  #of(node: Node): OpenNode {
    return this.#nodes.get(node)!;
  }

  #vector(model: ModelBuilder, numbers: readonly Length[]): string {
    if (numbers.every((one) => typeof one === 'number')) return model.integers(numbers);
    const parts = numbers.map((one) => (typeof one === 'number' ? model.integers([one]) : this.#computed(model, one)));
    return parts.length === 1 ? parts[0]! : model.node('Concat', parts, { axis: { integer: 0 } });
  }

  #computed(model: ModelBuilder, length: OpenLength): string {
    return this.#once(this.#text(length), () => {
      const { perPrompt, slope, offset } = length;
      const two = model.integers([2]);
      const ofTokens = (): string => {
        const tokens = this.#axis(model, 1);
        const scaled = model.node('Mul', [tokens, model.integers([slope])]);
        return model.node('Div', [model.node('Add', [scaled, model.integers([offset])]), two]);
      };
      const own = slope === 0 ? model.integers([Math.floor(offset / 2)]) : ofTokens();
      return perPrompt ? model.node('Mul', [this.#axis(model, 0), own]) : own;
    });
  }

  #axis(model: ModelBuilder, axis: number): string {
    const between = { start: { integer: axis }, end: { integer: axis + 1 } };
    return this.#once(`axis ${axis}`, () => model.node('Shape', [this.#input], between));
  }

  #once(key: string, make: () => string): string {
    const name = this.#known.get(key) ?? make();
    this.#known.set(key, name);
    return name;
  }

  /** `prompts`, `2 * prompts * tokens`, `(tokens + 1) / 2`. */
  #text({ perPrompt, slope, offset }: OpenLength): string {
    const name = this.#tokenName;
    const isEven = slope % 2 === 0 && offset % 2 === 0;
    const [times, more] = isEven ? [slope / 2, offset / 2] : [slope, offset];
    const scaled = times === 0 ? '' : times === 1 ? name : `${times} * ${name}`;
    const sum = [scaled, ...(more === 0 && scaled ? [] : [String(more)])].filter(Boolean).join(' + ');
    const own = isEven ? sum : `(${sum}) / 2`;
    if (!perPrompt) return own;
    return own === '1' ? 'prompts' : `prompts * ${/ [+] /.test(own) && isEven ? `(${own})` : own}`;
  }
}
