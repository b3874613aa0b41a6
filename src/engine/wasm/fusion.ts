import { type Graph, lengths, type Node } from '../../graph/types.ts';
import { isBinary, isUnary } from './loops.ts';
import { withoutOnes } from './views.ts';

/** Nodes that are computed by one function. */
export interface Unit {
  /** Positions in the graph: one node, or functions of single numbers over the same lengths, in order. */
  readonly nodes: number[];
  /** A sum of one of them, or of another tensor. */
  sum?: number;
  /** Lengths without those that are 1, where the nodes are functions of single numbers, or summed. */
  readonly key?: string;
  /** Those whose results it needs. */
  readonly needs: Set<Unit>;
  /** Positions of its first and last node. */
  readonly first: number;
  last: number;
}

/** Most nodes in a unit, whose values should stay in registers. */
const mostNodes = 32;
/** What is no work: another way to read the same numbers. */
const readers: ReadonlySet<string> = new Set(['input', 'constant', 'reshape', 'transpose', 'slice', 'expand']);

export const isReader = (node: Node): boolean => readers.has(node.op);
const isFunction = (node: Node): boolean => isUnary(node.op) || isBinary(node.op);

/** Lengths without those that are 1: functions over the same ones can share their loops. */
const keyOf = (node: Node): string => withoutOnes(lengths(node.shape)).join();

/** Divides the work of a graph into units, so that few passes go over memory. */
export class Fusion {
  readonly #graph: Graph;
  /** Node → the nodes that take it. */
  readonly #users: readonly (readonly number[])[];
  readonly #outputs: ReadonlySet<number>;
  readonly #unitOf = new Map<number, Unit>();
  readonly #units: Unit[] = [];
  /** Key → the unit opened last. */
  readonly #latest = new Map<string, readonly [Unit]>();

  constructor(graph: Graph) {
    this.#graph = graph;
    const users: number[][] = graph.nodes.map(() => []);
    for (const [i, { inputs }] of graph.nodes.entries()) for (const input of inputs) users[input]!.push(i);
    this.#users = users;
    this.#outputs = new Set(Object.values(graph.outputs));
    for (const [i, node] of graph.nodes.entries()) if (!isReader(node)) this.#place(i, node);
  }

  /** In an order in which they can be computed. */
  get units(): Unit[] {
    const ordered = new Set<Unit>();
    const visit = (unit: Unit): void => {
      if (ordered.has(unit)) return;
      for (const needed of unit.needs) visit(needed);
      ordered.add(unit);
    };
    for (const unit of this.#units) visit(unit);
    return [...ordered];
  }

  usersOf(position: number): readonly number[] {
    return this.#users[position]!;
  }

  isOutput(position: number): boolean {
    return this.#outputs.has(position);
  }

  /** The member of the unit that a node is, whatever axes of length 1 it has; undefined where it is none. */
  member(unit: Unit, position: number): number | undefined {
    const source = this.#function(position, unit.key);
    return source !== undefined && this.#unitOf.get(source) === unit ? source : undefined;
  }

  /** Whether others than the members of its unit need a value. */
  isWanted(unit: Unit, position: number): boolean {
    if (this.#outputs.has(position)) return true;
    return this.#users[position]!.some((user) => {
      if (this.#unitOf.get(user) === unit) return false;
      const node = this.#graph.nodes[user]!;
      return node.op !== 'reshape' || keyOf(node) !== unit.key || this.isWanted(unit, user);
    });
  }

  #place(position: number, node: Node): void {
    if (isFunction(node)) this.#placeFunction(position, node);
    else if (node.op === 'reduce_sum') this.#placeSum(position, node.inputs[0]!, node.attributes.axes);
    else this.#open(position, undefined, [position]);
  }

  #placeFunction(position: number, node: Node): void {
    const key = keyOf(node);
    const sources = node.inputs.map((input) => this.#function(input, key)).filter((source) => source !== undefined);
    const candidates = new Set([
      ...sources.map((source) => this.#unitOf.get(source)!),
      ...(this.#latest.get(key) ?? []),
    ]);
    const unit = [...candidates].find((one) => one.nodes.length < mostNodes && this.#canJoin(one, node));
    if (unit) {
      this.#join(unit, position);
      unit.nodes.push(position);
    } else {
      this.#open(position, key, [position]);
    }
  }

  #placeSum(position: number, input: number, summed: readonly number[]): void {
    const source = this.#graph.nodes[input]!;
    const key = keyOf(source);
    const producer = this.#function(input, key);
    const unit = producer === undefined ? undefined : this.#unitOf.get(producer)!;
    const long = source.shape.flatMap(({ size }, axis) => (size === 1 ? [] : [axis]));
    const isTrailing = long.every(
      (axis, i) => !summed.includes(axis) || long.slice(i).every((a) => summed.includes(a)),
    );
    // Sums of columns go through memory in another order, in which nothing else should be written.
    const fits = unit && unit.sum === undefined && (isTrailing || this.#isAlone(unit, position));
    if (!fits) {
      this.#open(position, key, []);
      this.#units.at(-1)!.sum = position;
      return;
    }
    this.#join(unit, position);
    unit.sum = position;
  }

  /** Whether nobody but the node needs what the unit computes. */
  #isAlone(unit: Unit, position: number): boolean {
    const isOnly = (member: number): boolean =>
      !this.#outputs.has(member) &&
      this.#users[member]!.every((user) => {
        if (user === position || this.#unitOf.get(user) === unit) return true;
        const node = this.#graph.nodes[user]!;
        return node.op === 'reshape' && keyOf(node) === unit.key && isOnly(user);
      });
    return unit.nodes.every(isOnly);
  }

  #open(position: number, key: string | undefined, nodes: number[]): void {
    const unit: Unit = { nodes, needs: new Set(), first: position, last: position, ...(key !== undefined && { key }) };
    this.#units.push(unit);
    if (key !== undefined && nodes.length > 0) this.#latest.set(key, [unit]);
    this.#join(unit, position);
  }

  #join(unit: Unit, position: number): void {
    this.#unitOf.set(position, unit);
    unit.last = position;
    for (const input of this.#graph.nodes[position]!.inputs) {
      for (const needed of this.#producers(input)) if (needed !== unit) unit.needs.add(needed);
    }
  }

  /** Whether none of the other things that a node takes waits for the unit. */
  #canJoin(unit: Unit, { inputs }: Node): boolean {
    return inputs.every((input) => {
      if (this.member(unit, input) !== undefined) return true;
      return this.#producers(input).every((producer) => !this.#waitsFor(producer, unit));
    });
  }

  #waitsFor(unit: Unit, other: Unit, seen = new Set<Unit>()): boolean {
    if (unit === other) return true;
    // What was complete before the other began needs nothing of it.
    if (unit.last < other.first || seen.has(unit)) return false;
    seen.add(unit);
    return [...unit.needs].some((needed) => this.#waitsFor(needed, other, seen));
  }

  /** The function of single numbers that gives a node's value, seen through changes of axes of length 1. */
  #function(position: number, key: string | undefined): number | undefined {
    const node = this.#graph.nodes[position]!;
    if (keyOf(node) !== key) return undefined;
    if (isFunction(node)) return position;
    return node.op === 'reshape' ? this.#function(node.inputs[0]!, key) : undefined;
  }

  /** The units whose results a node is read from. */
  #producers(position: number): Unit[] {
    const node = this.#graph.nodes[position]!;
    if (isReader(node)) return node.inputs.flatMap((input) => this.#producers(input));
    return [this.#unitOf.get(position)!];
  }
}
