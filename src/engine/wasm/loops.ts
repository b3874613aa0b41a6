import { type Code, numberBytes, type Pointer, type Vector, vectorBytes, width } from './code.ts';
import { binaryOpcodes, flushed, unaryFunctions } from './functions.ts';

export type Unary = keyof typeof unaryFunctions;
export type Binary = keyof typeof binaryOpcodes;

/** A number at every index of a loop nest; inputs are positions of earlier ones. */
export type Instruction =
  | { readonly op: 'load'; readonly operand: number }
  | { readonly op: 'constant'; readonly value: number }
  | { readonly op: Unary | Binary; readonly inputs: readonly number[] };

/** One loop of a nest. */
export interface Loop {
  readonly length: number;
  /** Of each operand, in numbers. */
  readonly strides: readonly number[];
  readonly isSummed: boolean;
}

/**
 * What is computed at every index of a loop nest, outermost loop first; summed loops are the innermost. Operands are places
 * in memory, in the order of the function's parameters.
 */
export interface Nest {
  readonly loops: readonly Loop[];
  /** The loop that takes four indices at a time, along which strides are 0 or 1; −1 for none. */
  readonly vector: number;
  readonly instructions: readonly Instruction[];
  readonly stores: readonly { readonly instruction: number; readonly operand: number }[];
  readonly sum?: { readonly instruction: number; readonly operand: number };
}

/**
 * Functions whose results may be too small for full precision. They become 0 here and not where a result is stored: what is
 * stored depends on what shares a loop, and the same graph is to give the same bits in whatever program it is a part.
 */
const shrinking: ReadonlySet<string> = new Set(['mul', 'div', 'reciprocal']);

/** Longest vector loop that is written out four or two times. */
const unrolls = [4, 2] as const;

/** Writes the loops of a nest. */
export class NestWriter {
  readonly #code: Code;
  readonly #nest: Nest;
  /** For each instruction the loop inside of which it changes; −1 for none. */
  readonly #levels: readonly number[];
  readonly #values: Vector[] = [];
  /** Numbers computed at a time where it stands now, and how far the vector loop's operands are ahead, in bytes. */
  #lanes: number;
  #ahead = 0;
  /** Running sums: as many as the innermost loop is written out times. */
  #sums: Vector[] = [];
  #copy = 0;

  constructor(code: Code, nest: Nest) {
    this.#code = code;
    this.#nest = nest;
    this.#levels = levelsOf(nest);
    this.#lanes = nest.vector < 0 ? 1 : width;
  }

  write(pointers: readonly Pointer[]): void {
    this.#inside(0, pointers);
  }

  /** What happens inside the first `depth` loops. */
  #inside(depth: number, pointers: readonly Pointer[]): void {
    const { loops } = this.#nest;
    for (const [i, level] of this.#levels.entries()) if (level === depth - 1) this.#compute(i, pointers);
    const startsSum = this.#nest.sum && (loops[depth]?.isSummed ?? true) && !(loops[depth - 1]?.isSummed ?? false);
    if (startsSum) this.#sums = Array.from({ length: unrolls[0] }, () => this.#code.variable(this.#code.constant(0)));
    if (depth === loops.length) this.#finishIndex(pointers);
    else if (depth === this.#nest.vector) this.#vectorLoop(depth, pointers);
    else this.#plainLoop(depth, pointers);
    if (startsSum) this.#storeSum(pointers);
  }

  #plainLoop(depth: number, outer: readonly Pointer[]): void {
    const { length, strides } = this.#nest.loops[depth]!;
    const pointers = this.#ownPointers(depth, outer);
    this.#code.repeat(length, () => {
      this.#inside(depth + 1, pointers);
      this.#advance(pointers, strides, numberBytes);
    });
  }

  /** Four indices at a time, then those that are left over. */
  #vectorLoop(depth: number, outer: readonly Pointer[]): void {
    const { length, strides } = this.#nest.loops[depth]!;
    const pointers = this.#ownPointers(depth, outer);
    const vectors = Math.floor(length / width);
    const isInnermost = depth === this.#nest.loops.length - 1;
    const copies = isInnermost ? (unrolls.find((count) => vectors % count === 0 && vectors > count) ?? 1) : 1;
    this.#code.repeat(vectors / copies, () => {
      for (let copy = 0; copy < copies; copy++) {
        this.#copy = copy;
        this.#ahead = copy * vectorBytes;
        this.#inside(depth + 1, pointers);
      }
      this.#copy = this.#ahead = 0;
      this.#advance(pointers, strides, copies * vectorBytes);
    });
    if (length % width === 0) return;
    this.#lanes = length % width;
    this.#inside(depth + 1, pointers);
    this.#lanes = width;
  }

  /** Pointers that move with the loop, so that those outside of it stay where they are. */
  #ownPointers(depth: number, outer: readonly Pointer[]): Pointer[] {
    const { length, strides } = this.#nest.loops[depth]!;
    return outer.map((pointer, i) => (length > 1 && strides[i] !== 0 ? this.#code.pointer(pointer) : pointer));
  }

  #advance(pointers: readonly Pointer[], strides: readonly number[], bytes: number): void {
    for (const [i, pointer] of pointers.entries()) this.#code.advance(pointer, strides[i]! * bytes);
  }

  #compute(position: number, pointers: readonly Pointer[]): void {
    const instruction = this.#nest.instructions[position]!;
    this.#values[position] = this.#valueOf(instruction, pointers);
  }

  #valueOf(instruction: Instruction, pointers: readonly Pointer[]): Vector {
    const code = this.#code;
    if (instruction.op === 'constant') return code.constant(instruction.value);
    if (instruction.op === 'load') {
      const pointer = pointers[instruction.operand]!;
      const isRow = this.#nest.loops[this.#nest.vector]?.strides[instruction.operand] === 1;
      return isRow ? code.load(pointer, this.#ahead) : code.loadSplat(pointer);
    }
    const inputs = instruction.inputs.map((input) => this.#values[input]!);
    const value = isBinary(instruction.op)
      ? code.apply(binaryOpcodes[instruction.op], ...inputs)
      : unaryFunctions[instruction.op](code, inputs[0]!);
    return shrinking.has(instruction.op) ? flushed(code, value) : value;
  }

  #finishIndex(pointers: readonly Pointer[]): void {
    const { stores, sum } = this.#nest;
    for (const { instruction, operand } of stores) {
      this.#code.store(pointers[operand]!, this.#values[instruction]!, this.#lanes, this.#ahead);
    }
    if (!sum) return;
    const value = this.#values[sum.instruction]!;
    const isWhole = !this.#sumsVector() || this.#lanes === width;
    const term = isWhole ? value : this.#code.apply('v128.and', value, this.#code.mask(this.#lanes));
    const total = this.#sums[this.#copy]!;
    this.#code.applyTo(total, 'f32x4.add', total, term);
  }

  /** Whether the numbers of a vector belong to the same sum. */
  #sumsVector(): boolean {
    return this.#nest.loops[this.#nest.vector]?.isSummed ?? false;
  }

  #storeSum(pointers: readonly Pointer[]): void {
    const pair = (a: Vector, b: Vector) => this.#code.apply('f32x4.add', a, b);
    const [a, b, c, d] = this.#sums as [Vector, Vector, Vector, Vector];
    const total = pair(pair(a, b), pair(c, d));
    const isOne = this.#sumsVector();
    const stored = flushed(this.#code, isOne ? sumOfLanes(this.#code, total) : total);
    this.#code.store(pointers[this.#nest.sum!.operand]!, stored, isOne ? 1 : this.#lanes, this.#ahead);
  }
}

/** The sum of the four numbers, in every lane. */
export function sumOfLanes(code: Code, x: Vector): Vector {
  const halves = code.apply('f32x4.add', x, code.shuffle(x, x, [2, 3, 0, 1]));
  return code.apply('f32x4.add', halves, code.shuffle(halves, halves, [1, 0, 3, 2]));
}

export const isUnary = (op: string): op is Unary => Object.hasOwn(unaryFunctions, op);
export const isBinary = (op: string): op is Binary => Object.hasOwn(binaryOpcodes, op);

function levelsOf({ loops, instructions }: Nest): number[] {
  const levels: number[] = [];
  for (const instruction of instructions) {
    if (instruction.op === 'constant') levels.push(-1);
    else if (instruction.op === 'load')
      levels.push(loops.findLastIndex(({ strides }) => strides[instruction.operand] !== 0));
    else levels.push(Math.max(...instruction.inputs.map((input) => levels[input]!)));
  }
  return levels;
}
