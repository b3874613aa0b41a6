import { access, type Opcode, opcodes, signed, unsigned } from './opcodes.ts';

/** Four float32 numbers: in a local variable, or known. */
export type Vector = { readonly local: number } | { readonly bits: number };

/** Number of an i32 variable that holds an address in bytes. */
export type Pointer = number;

/** Numbers in a vector. */
export const width = 4;
export const vectorBytes = 16;
export const numberBytes = 4;

const types = { i32: 0x7f, v128: 0x7b } as const;
const converter = new DataView(new ArrayBuffer(4));

/** Writes the body of one function, whose parameters are addresses. */
export class Code {
  readonly parameters: number;
  #bytes: number[] = [];
  /** Bits of known numbers → the variables that hold them from the start: in a loop they would be made again and again. */
  readonly #known = new Map<number, number>();
  readonly #locals: (keyof typeof types)[] = [];

  constructor(parameters: number) {
    this.parameters = parameters;
  }

  /** The function as it stands in the module's code section. */
  finish(): number[] {
    const groups: { type: keyof typeof types; count: number }[] = [];
    for (const type of this.#locals) {
      const last = groups.at(-1);
      if (last?.type === type) last.count++;
      else groups.push({ type, count: 1 });
    }
    const body = this.#bytes;
    this.#bytes = [];
    for (const [bits, local] of this.#known) {
      const bytes = [bits & 255, (bits >>> 8) & 255, (bits >>> 16) & 255, bits >>> 24];
      this.#emit(...access.constant, ...bytes, ...bytes, ...bytes, ...bytes);
      this.#set(local);
    }
    const whole = [...this.#bytes, ...body];
    this.#bytes = body;
    const declared = groups.flatMap(({ type, count }) => [...unsigned(count), types[type]]);
    const header = [...unsigned(groups.length), ...declared];
    return unsigned(header.length + whole.length + 1).concat(header, whole, [0x0b]);
  }

  call(position: number, addresses: readonly number[]): void {
    for (const address of addresses) this.#emit(0x41, ...signed(address));
    this.#emit(0x10, ...unsigned(position));
  }

  /** A pointer `bytes` after another. */
  pointer(from: Pointer, bytes = 0): Pointer {
    const to = this.#local('i32');
    this.#get(from);
    if (bytes !== 0) this.#emit(0x41, ...signed(bytes), ...opcodes['i32.add']);
    this.#set(to);
    return to;
  }

  /** As far after `start` as `there` is after `from`. */
  between(start: Pointer, from: Pointer, there: Pointer): Pointer {
    const to = this.#local('i32');
    this.#get(start);
    this.#get(there);
    this.#emit(...opcodes['i32.add']);
    this.#get(from);
    this.#emit(...opcodes['i32.sub']);
    this.#set(to);
    return to;
  }

  advance(pointer: Pointer, bytes: number): void {
    if (bytes === 0) return;
    this.#get(pointer);
    this.#emit(0x41, ...signed(bytes), ...opcodes['i32.add']);
    this.#set(pointer);
  }

  /** Runs the body `count` times. */
  repeat(count: number, body: () => void): void {
    if (count === 1) body();
    if (count <= 1) return;
    const left = this.#local('i32');
    this.#emit(0x41, ...signed(count));
    this.#set(left);
    this.#emit(0x03, 0x40);
    body();
    this.#get(left);
    this.#emit(0x41, 1, ...opcodes['i32.sub'], 0x22, ...unsigned(left), 0x0d, 0, 0x0b);
  }

  /** The same number four times. */
  constant(value: number): Vector {
    converter.setFloat32(0, value);
    return { bits: converter.getUint32(0) };
  }

  /** The same 32 bits four times. */
  bits(bits: number): Vector {
    return { bits: bits >>> 0 };
  }

  /** All bits set in the first `lanes` lanes, none in the others. */
  mask(lanes: number): Vector {
    const to = this.#local('v128');
    const bytes = Array.from({ length: vectorBytes }, (_, i) => (i < lanes * numberBytes ? 255 : 0));
    this.#emit(...access.constant, ...bytes);
    this.#set(to);
    return { local: to };
  }

  apply(opcode: Opcode, ...operands: readonly Vector[]): Vector {
    const to = { local: this.#local('v128') };
    this.applyTo(to, opcode, ...operands);
    return to;
  }

  /** Puts the result where another vector is. */
  applyTo(to: Vector, opcode: Opcode, ...operands: readonly Vector[]): void {
    for (const operand of operands) this.#push(operand);
    this.#emit(...opcodes[opcode]);
    this.#put(to);
  }

  /** A variable that holds what a vector holds. */
  variable(value: Vector): Vector {
    const to = { local: this.#local('v128') };
    this.assign(to, value);
    return to;
  }

  assign(to: Vector, value: Vector): void {
    this.#push(value);
    this.#put(to);
  }

  /** Shifts each 32-bit number, to the right with its sign. */
  shift(value: Vector, direction: 'left' | 'right', bits: number): Vector {
    this.#push(value);
    this.#emit(0x41, ...signed(bits), ...(direction === 'left' ? access.shiftLeft : access.shiftRight));
    return this.#result();
  }

  /** Lanes 0–3 are those of `a`, 4–7 those of `b`. */
  shuffle(a: Vector, b: Vector, lanes: readonly number[]): Vector {
    this.#push(a);
    this.#push(b);
    this.#emit(...access.shuffle, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * numberBytes + byte)));
    return this.#result();
  }

  /** Four numbers in a row, at any address. */
  load(pointer: Pointer, offset = 0): Vector {
    this.#get(pointer);
    this.#emit(...access.load, 2, ...unsigned(offset));
    return this.#result();
  }

  /** One number, four times. */
  loadSplat(pointer: Pointer, offset = 0): Vector {
    this.#get(pointer);
    this.#emit(...access.loadSplat, 2, ...unsigned(offset));
    return this.#result();
  }

  /** The first `lanes` numbers. */
  store(pointer: Pointer, value: Vector, lanes = width, offset = 0): void {
    const write = (code: readonly number[], at: number, lane?: number): void => {
      this.#get(pointer);
      this.#push(value);
      this.#emit(...code, 2, ...unsigned(offset + at), ...(lane === undefined ? [] : [lane]));
    };
    if (lanes === width) write(access.store, 0);
    else if (lanes >= 2) write(access.store64, 0, 0);
    if (lanes % 2 === 1) write(access.store32, (lanes - 1) * numberBytes, lanes - 1);
  }

  #result(): Vector {
    const to = this.#local('v128');
    this.#set(to);
    return { local: to };
  }

  #local(type: keyof typeof types): number {
    return this.parameters + this.#locals.push(type) - 1;
  }

  #push(value: Vector): void {
    if ('local' in value) {
      this.#get(value.local);
      return;
    }
    let local = this.#known.get(value.bits);
    if (local === undefined) {
      local = this.#local('v128');
      this.#known.set(value.bits, local);
    }
    this.#get(local);
  }

  #put(to: Vector): void {
    if (!('local' in to)) throw new Error('a known number is no variable');
    this.#set(to.local);
  }

  #get(local: number): void {
    this.#emit(0x20, ...unsigned(local));
  }

  #set(local: number): void {
    this.#emit(0x21, ...unsigned(local));
  }

  #emit(...bytes: readonly number[]): void {
    for (const byte of bytes) this.#bytes.push(byte);
  }
}
