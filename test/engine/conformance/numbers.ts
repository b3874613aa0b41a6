import { RandomStream } from '../../../src/core/random.ts';
import { type HostTensor, hostTensor, sizeOf } from '../../../src/core/tensor.ts';
import type { Engine, Program } from '../../../src/engine/contract.ts';
import { Recorder, type SymbolicTensor } from '../../../src/graph/symbolic.ts';
import type { Shape } from '../../../src/graph/types.ts';

export type Numbers = Readonly<Record<string, HostTensor>>;

/** Axes named a, b, c … in order. */
export const axes = (...sizes: readonly number[]): Shape =>
  sizes.map((size, i) => ({ name: String.fromCharCode(97 + i), size }));

/** Numbers that float32 holds exactly, so that every engine starts from the same ones. */
export function given(shape: readonly number[], values: ArrayLike<number>): HostTensor {
  return hostTensor(shape, Float64Array.from(values, Math.fround));
}

/** N(0, 1) numbers, always the same ones for a seed. */
export function gaussian(seed: number, ...shape: readonly number[]): HostTensor {
  return given(shape, RandomStream.named(seed, 'numbers').fillGaussian(new Float64Array(sizeOf(shape))));
}

/** Every index of a shape, in row-major order. */
export function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (list, length) => list.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [[]],
  );
}

/** The tensor with entry f(index) at every index. */
export function tabulate(shape: readonly number[], f: (index: readonly number[]) => number): HostTensor {
  return hostTensor(shape, Float64Array.from(indices(shape), f));
}

/** Entry at an index of the shape that the tensor is repeated to. */
export function at({ shape, data }: HostTensor, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return data[shape.reduce((position, length, i) => position * length + (length === 1 ? 0 : own[i]!), 0)]!;
}

/** Records, compiles and runs a graph once, with those of the feeds that it needs. */
export async function evaluate(
  engine: Engine,
  build: (recorder: Recorder) => Readonly<Record<string, SymbolicTensor>>,
  feeds: Numbers = {},
): Promise<Numbers> {
  const recorder = new Recorder();
  const graph = recorder.finish(build(recorder));
  const program = await engine.compile(graph);
  const needed = Object.entries(feeds).filter(([name]) => Object.hasOwn(graph.inputs, name));
  const outputs = await runOn(engine, program, Object.fromEntries(needed));
  await program.dispose();
  return outputs;
}

/** Runs a program on numbers, and reads its outputs. */
export async function runOn(engine: Engine, program: Program, feeds: Numbers): Promise<Numbers> {
  const values = Object.entries(feeds).map(([name, numbers]) => [name, engine.upload(numbers)] as const);
  const outputs = Object.entries(await program.run(Object.fromEntries(values)));
  const read = await Promise.all(outputs.map(async ([name, value]) => [name, await engine.read(value)] as const));
  return Object.fromEntries(read);
}

/** max |value − expected| / max |expected|; the denominator is at least `floor`. */
export function relativeError(value: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-30): number {
  let [difference, scale] = [0, floor];
  for (let i = 0; i < expected.length; i++) {
    const distance = Object.is(value[i], expected[i]) ? 0 : Math.abs(value[i]! - expected[i]!);
    difference = Math.max(difference, distance);
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return value.length === expected.length ? difference / scale : Number.NaN;
}
