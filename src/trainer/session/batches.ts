import { RandomStream, type StreamState } from '../../core/random.ts';
import type { Task } from '../../tasks/contract.ts';

/** Where a draw starts and what it is for: equal requests give equal bytes. */
export interface DrawRequest {
  readonly random: StreamState;
  /** Of the first update. */
  readonly step: number;
  /** Number of updates. */
  readonly count: number;
}

/** Data of some updates: each input's batches one after the other, leading axis the update. */
export interface Drawn {
  readonly data: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /** The state of the stream afterwards. */
  readonly random: StreamState;
}

/** Draws the data of `count` updates with `batch` prompts each. */
export function drawBatches({ training }: Pick<Task, 'training'>, batch: number, request: DrawRequest): Drawn {
  const { random, step, count } = request;
  const names = Object.keys(training.inputs(batch));
  if (names.length === 0) return { data: {}, random };
  const stream = RandomStream.restored(random);
  const draws = Array.from({ length: count }, (_, i) => training.draw(stream, batch, step + i));
  const data = Object.fromEntries(names.map((name) => [name, joined(draws.map((draw) => draw[name]!))]));
  return { data, random: stream.state() };
}

/** Numbers one after the other, in memory of their own: a task may keep what it gives out. */
function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const data = new Float32Array(parts.length * parts[0]!.length);
  for (const [i, part] of parts.entries()) data.set(part, i * part.length);
  return data;
}
