import { type Code, numberBytes, type Pointer, type Vector, vectorBytes, width } from './code.ts';
import { decayed, flushed, logarithm } from './functions.ts';
import { sumOfLanes } from './loops.ts';

/** Tensors [outer, length, inner] with rows along the middle axis, in row-major order. */
export interface Rows {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

type Step = (x: Vector, lanes: number, beside: Pointer, pointer: Pointer) => void;

/** Softmax along the middle axis; the parameters are x and the result. */
export function writeSoftmax(code: Code, { outer, length, inner }: Rows): void {
  const [x, result] = [code.pointer(0), code.pointer(1)];
  const bytes = length * inner * numberBytes;
  code.repeat(outer, () => {
    if (inner === 1) softmaxOfRow(code, x, result, length);
    else if (length <= fewNumbers) softmaxOfShortColumns(code, x, result, { length, inner });
    else softmaxOfColumns(code, x, result, { length, inner });
    code.advance(x, bytes);
    code.advance(result, bytes);
  });
}

/** Calls `step` with every four numbers from `from`, and a pointer as far into the row that starts at `beside`. */
function forRow(code: Code, from: Pointer, beside: Pointer, length: number, step: Step): void {
  const [at, other] = [code.pointer(from), code.pointer(beside)];
  code.repeat(Math.floor(length / width), () => {
    step(code.load(at), width, other, at);
    code.advance(at, vectorBytes);
    code.advance(other, vectorBytes);
  });
  if (length % width > 0) step(code.load(at), length % width, other, at);
}

/** The lanes that belong to the row; elsewhere another number. */
const within = (code: Code, x: Vector, lanes: number, elsewhere: number): Vector =>
  lanes === width ? x : code.apply('v128.bitselect', x, code.constant(elsewhere), code.mask(lanes));

/** The largest number of a row, in every lane. */
function largestOfRow(code: Code, x: Pointer, length: number): Vector {
  const largest = code.variable(code.constant(Number.NEGATIVE_INFINITY));
  forRow(code, x, x, length, (value, lanes) => {
    code.applyTo(largest, 'f32x4.pmax', largest, within(code, value, lanes, Number.NEGATIVE_INFINITY));
  });
  const halves = code.apply('f32x4.pmax', largest, code.shuffle(largest, largest, [2, 3, 0, 1]));
  return code.apply('f32x4.pmax', halves, code.shuffle(halves, halves, [1, 0, 3, 2]));
}

function softmaxOfRow(code: Code, x: Pointer, result: Pointer, length: number): void {
  const most = largestOfRow(code, x, length);
  const sum = code.variable(code.constant(0));
  forRow(code, x, result, length, (value, lanes, to) => {
    const power = within(code, decayed(code, code.apply('f32x4.sub', value, most)), lanes, 0);
    code.applyTo(sum, 'f32x4.add', sum, power);
    code.store(to, power, lanes);
  });
  const share = code.apply('f32x4.div', code.constant(1), sumOfLanes(code, sum));
  forRow(code, result, result, length, (value, lanes, to) => {
    code.store(to, flushed(code, code.apply('f32x4.mul', value, share)), lanes);
  });
}

/** Rows of at most so many numbers stay in registers. */
const fewNumbers = 8;

/** Along an axis that is not the last: four neighbouring rows at a time, read and written once. */
function softmaxOfShortColumns(code: Code, x: Pointer, result: Pointer, { length, inner }: Omit<Rows, 'outer'>): void {
  forRow(code, x, result, inner, (_, lanes, to, from) => {
    const offsets = Array.from({ length }, (__, i) => i * inner * numberBytes);
    const values = offsets.map((offset) => code.load(from, offset));
    const largest = values.reduce((most, value) => code.apply('f32x4.pmax', most, value));
    const powers = values.map((value) => decayed(code, code.apply('f32x4.sub', value, largest)));
    const sum = powers.reduce((total, power) => code.apply('f32x4.add', total, power));
    const share = code.apply('f32x4.div', code.constant(1), sum);
    for (const [i, power] of powers.entries())
      code.store(to, flushed(code, code.apply('f32x4.mul', power, share)), lanes, offsets[i]!);
  });
}

/** The same of longer rows. */
function softmaxOfColumns(code: Code, x: Pointer, result: Pointer, { length, inner }: Omit<Rows, 'outer'>): void {
  forRow(code, x, x, inner, (_, lanes, from) => {
    // Where the result is, counted from where x is.
    const to = code.between(result, x, from);
    const along = (start: Pointer, step: (value: Vector, at: Pointer) => void): void => {
      const [source, target] = [code.pointer(start), code.pointer(to)];
      code.repeat(length, () => {
        step(code.load(source), target);
        code.advance(source, inner * numberBytes);
        code.advance(target, inner * numberBytes);
      });
    };
    const largest = code.variable(code.constant(Number.NEGATIVE_INFINITY));
    along(from, (value) => code.applyTo(largest, 'f32x4.pmax', largest, value));
    const sum = code.variable(code.constant(0));
    along(from, (value, at) => {
      const power = decayed(code, code.apply('f32x4.sub', value, largest));
      code.applyTo(sum, 'f32x4.add', sum, power);
      code.store(at, power, lanes);
    });
    const share = code.apply('f32x4.div', code.constant(1), sum);
    along(to, (value, at) => code.store(at, flushed(code, code.apply('f32x4.mul', value, share)), lanes));
  });
}

/** log Σ e^x of every row; the parameters are x and the result. */
export function writeLogSumExp(code: Code, { outer, length }: Rows): void {
  const [x, result] = [code.pointer(0), code.pointer(1)];
  code.repeat(outer, () => {
    const most = largestOfRow(code, x, length);
    const sum = code.variable(code.constant(0));
    forRow(code, x, x, length, (value, lanes) => {
      const power = decayed(code, code.apply('f32x4.sub', value, most));
      code.applyTo(sum, 'f32x4.add', sum, within(code, power, lanes, 0));
    });
    code.store(result, flushed(code, code.apply('f32x4.add', most, logarithm(code, sumOfLanes(code, sum)))), 1);
    code.advance(x, length * numberBytes);
    code.advance(result, numberBytes);
  });
}

/** A row's mean in every lane, and 1 / √(variance + ε). */
function momentsOfRow(code: Code, x: Pointer, length: number, epsilon: number): { mean: Vector; inverse: Vector } {
  const share = code.constant(1 / length);
  const sum = code.variable(code.constant(0));
  forRow(code, x, x, length, (value, lanes) => code.applyTo(sum, 'f32x4.add', sum, within(code, value, lanes, 0)));
  const mean = code.apply('f32x4.mul', sumOfLanes(code, sum), share);
  const squares = code.variable(code.constant(0));
  forRow(code, x, x, length, (value, lanes) => {
    const centred = code.apply('f32x4.sub', value, mean);
    const square = within(code, code.apply('f32x4.mul', centred, centred), lanes, 0);
    code.applyTo(squares, 'f32x4.add', squares, square);
  });
  const variance = code.apply('f32x4.mul', sumOfLanes(code, squares), share);
  const deviation = code.apply('f32x4.sqrt', code.apply('f32x4.add', variance, code.constant(epsilon)));
  return { mean, inverse: code.apply('f32x4.div', code.constant(1), deviation) };
}

/** (x − mean) / √(variance + ε) of every row; the parameters are x and the result. */
export function writeLayerNorm(code: Code, rows: number, length: number, epsilon: number): void {
  const [x, result] = [code.pointer(0), code.pointer(1)];
  code.repeat(rows, () => {
    const { mean, inverse } = momentsOfRow(code, x, length, epsilon);
    forRow(code, x, result, length, (value, lanes, to) => {
      const normalized = code.apply('f32x4.mul', code.apply('f32x4.sub', value, mean), inverse);
      code.store(to, flushed(code, normalized), lanes);
    });
    code.advance(x, length * numberBytes);
    code.advance(result, length * numberBytes);
  });
}

/** 1 / √(variance + ε) of every row; the parameters are x and the result. */
export function writeInverseDeviation(code: Code, rows: number, length: number, epsilon: number): void {
  const [x, result] = [code.pointer(0), code.pointer(1)];
  code.repeat(rows, () => {
    code.store(result, momentsOfRow(code, x, length, epsilon).inverse, 1);
    code.advance(x, length * numberBytes);
    code.advance(result, numberBytes);
  });
}
