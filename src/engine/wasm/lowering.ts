import { sizeOf } from '../../core/tensor.ts';
import { type Graph, lengths, type Node } from '../../graph/types.ts';
import { Fusion, isReader, type Unit } from './fusion.ts';
import { type Nest, NestWriter } from './loops.ts';
import { NestBuilder } from './nest_builder.ts';
import { copyNest, zeroNest } from './nests.ts';
import { writeProduct } from './product.ts';
import { planProduct } from './products.ts';
import { type Rows, writeInverseDeviation, writeLayerNorm, writeLogSumExp, writeSoftmax } from './rows.ts';
import { Steps } from './steps.ts';
import {
  isContiguous,
  permuted,
  repeated,
  reshaped,
  rowMajor,
  sliced,
  type View,
  whole,
  withoutOnes,
} from './views.ts';

type NodeOf<O extends Node['op']> = Extract<Node, { readonly op: O }>;

/** Turns a graph into calls of functions over places in memory. */
export class Lowering {
  readonly steps = new Steps();
  readonly #graph: Graph;
  readonly #fusion: Fusion;
  readonly #views = new Map<number, View>();
  /** Strided view → its numbers side by side. */
  readonly #dense = new Map<string, View>();
  /** Node → where it belongs in the concatenation that is made of it. */
  readonly #parts = new Map<number, { readonly whole: number; readonly offset: number }>();
  readonly #ids = new Map<View['storage'], number>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#fusion = new Fusion(graph);
    for (const [i, node] of graph.nodes.entries()) if (node.op === 'concat') this.#claimParts(i, node);
    for (const unit of this.#fusion.units) this.#lowerUnit(unit);
  }

  /** Numbers of a node, side by side. */
  result(position: number): View {
    return this.#denseView(this.#view(position));
  }

  /** Whether anything reads a node's numbers from memory. */
  isRead(position: number): boolean {
    return this.#views.has(position);
  }

  #lowerUnit(unit: Unit): void {
    if (unit.key === undefined) this.#lowerNode(unit.nodes[0]!);
    else this.#lowerNest(unit);
  }

  #lowerNode(position: number): void {
    const node = this.#graph.nodes[position]!;
    switch (node.op) {
      case 'matmul':
        this.#product(position, node);
        break;
      case 'softmax':
        this.#rows('softmax', position, node, node.attributes.axis, writeSoftmax);
        break;
      case 'layer_norm':
      case 'inverse_deviation':
        this.#normalization(position, node);
        break;
      case 'log_sum_exp':
        this.#rows('log_sum_exp', position, node, node.shape.length - 1, writeLogSumExp);
        break;
      case 'concat':
        this.#concat(position, node);
        break;
      case 'pad':
        this.#pad(position, node);
        break;
      default:
        throw new Error(`wasm has no way to compute ${node.op}`);
    }
  }

  /** Where a node's value lies; what is not there yet is another view of what is. */
  #view(position: number): View {
    const known = this.#views.get(position);
    if (known) return known;
    const view = this.#read(position, this.#graph.nodes[position]!);
    this.#views.set(position, view);
    return view;
  }

  #read(position: number, node: Node): View {
    const shape = lengths(node.shape);
    switch (node.op) {
      case 'input':
      case 'constant':
        return whole(this.steps.storage(sizeOf(shape), node.op), shape);
      case 'reshape': {
        const source = this.#view(node.inputs[0]!);
        return reshaped(source, shape) ?? reshaped(this.#denseView(source), shape)!;
      }
      case 'transpose':
        return permuted(this.#view(node.inputs[0]!), node.attributes.permutation);
      case 'slice':
        return sliced(this.#view(node.inputs[0]!), node.attributes.axis, node.attributes.start, node.attributes.end);
      case 'expand':
        return repeated(this.#view(node.inputs[0]!), shape);
      default:
        return this.#newView(position, shape);
    }
  }

  /** A place for a result: its own, or that in the concatenation it is for. */
  #newView(position: number, shape: readonly number[]): View {
    const part = this.#parts.get(position);
    if (!part) return whole(this.steps.storage(sizeOf(shape), 'result'), shape);
    const { storage, offset } = this.#view(part.whole);
    return whole(storage, shape, offset + part.offset);
  }

  #denseView(view: View): View {
    if (isContiguous(view)) return { ...view, strides: rowMajor(view.lengths) };
    const { storage, offset } = view;
    const id = this.#ids.get(storage) ?? this.#ids.size;
    this.#ids.set(storage, id);
    const key = JSON.stringify([id, offset, view.lengths, view.strides]);
    const known = this.#dense.get(key);
    if (known) return known;
    const copy = whole(this.steps.storage(sizeOf(view.lengths), 'result'), view.lengths);
    this.#copy(view, copy);
    this.#dense.set(key, copy);
    return copy;
  }

  #copy(from: View, to: View): void {
    this.#nest(copyNest(from, to), [from], [to]);
  }

  #nest(nest: Nest, reads: readonly View[], writes: readonly View[]): void {
    this.steps.call(['nest', nest], { reads, writes }, (code) =>
      new NestWriter(code, nest).write([...reads, ...writes].map((_, i) => i)),
    );
  }

  /** Functions of single numbers, and the sum of one of them. */
  #lowerNest(unit: Unit): void {
    const { nodes } = this.#graph;
    const builder = new NestBuilder(unit, this.#graph, (position, shape) => this.#operand(position, shape));
    for (const position of unit.nodes) builder.add(position, (input) => this.#fusion.member(unit, input));
    const written = unit.nodes.filter((position) => this.#fusion.isWanted(unit, position));
    const summed = unit.sum === undefined ? undefined : (nodes[unit.sum] as NodeOf<'reduce_sum'>);
    const { nest, reads } = builder.finish(written, summed, (input) => this.#fusion.member(unit, input));
    const writes = [...written, ...(unit.sum === undefined ? [] : [unit.sum])].map((position) => this.#view(position));
    this.#nest(nest, reads, writes);
  }

  /** A tensor repeated to lengths, without axes of length 1, fit to be read four numbers at a time. */
  #operand(position: number, shape: readonly number[]): View {
    const stripped = (view: View): View => {
      const long = shape.flatMap((length, axis) => (length === 1 ? [] : [axis]));
      const wide = repeated(view, shape);
      return { ...wide, lengths: withoutOnes(shape), strides: long.map((axis) => wide.strides[axis]!) };
    };
    const view = this.#view(position);
    const operand = stripped(view);
    return (operand.strides.at(-1) ?? 0) <= 1 ? operand : stripped(this.#denseView(view));
  }

  #product(position: number, { inputs: [left, right] }: NodeOf<'matmul'>): void {
    const result = this.#view(position);
    const { product, factors } = planProduct(this.#view(left!), this.#view(right!), result, (view) =>
      this.#denseView(view),
    );
    this.steps.call(['product', product], { reads: factors, writes: [result] }, (code) => writeProduct(code, product));
  }

  #rows(
    name: string,
    position: number,
    { inputs: [x] }: Node,
    axis: number,
    write: (code: Parameters<typeof writeSoftmax>[0], rows: Rows) => void,
  ): void {
    const source = this.#denseView(this.#view(x!));
    const rows: Rows = {
      outer: sizeOf(source.lengths.slice(0, axis)),
      length: source.lengths[axis]!,
      inner: sizeOf(source.lengths.slice(axis + 1)),
    };
    const places = { reads: [source], writes: [this.#view(position)] };
    this.steps.call([name, rows], places, (code) => write(code, rows));
  }

  #normalization(position: number, node: NodeOf<'layer_norm' | 'inverse_deviation'>): void {
    const { epsilon } = node.attributes;
    const write = node.op === 'layer_norm' ? writeLayerNorm : writeInverseDeviation;
    const last = node.shape.length - 1;
    this.#rows(`${node.op} ${epsilon}`, position, node, last, (code, { outer, length }) =>
      write(code, outer, length, epsilon),
    );
  }

  /** Results that a concatenation joins one after another are written into it at once. */
  #claimParts(position: number, { inputs, attributes: { axis }, shape }: NodeOf<'concat'>): void {
    if (sizeOf(lengths(shape).slice(0, axis)) > 1) return;
    let offset = 0;
    for (const input of inputs) {
      const source = this.#source(input);
      if (source !== undefined && !this.#parts.has(source)) this.#parts.set(source, { whole: position, offset });
      offset += sizeOf(lengths(this.#graph.nodes[input]!.shape));
    }
  }

  /** The node that computes what another only reads under another shape. */
  #source(position: number): number | undefined {
    const node = this.#graph.nodes[position]!;
    if (node.op === 'reshape') return this.#source(node.inputs[0]!);
    return isReader(node) ? undefined : position;
  }

  #concat(position: number, { inputs, attributes: { axis } }: NodeOf<'concat'>): void {
    const result = this.#view(position);
    let start = 0;
    for (const input of inputs) {
      const part = this.#view(input);
      const place = sliced(result, axis, start, start + part.lengths[axis]!);
      if (part.storage !== place.storage || part.offset !== place.offset) this.#copy(part, place);
      start += part.lengths[axis]!;
    }
  }

  #pad(position: number, { inputs: [x], attributes: { axis, before } }: NodeOf<'pad'>): void {
    const source = this.#view(x!);
    const result = this.#view(position);
    const end = before + source.lengths[axis]!;
    const parts = [
      [0, before],
      [end, result.lengths[axis]!],
    ] as const;
    for (const [from, to] of parts) {
      if (to === from) continue;
      const zeros = sliced(result, axis, from, to);
      this.#nest(zeroNest(zeros), [], [zeros]);
    }
    this.#copy(source, sliced(result, axis, before, end));
  }
}
