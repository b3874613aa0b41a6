import { RandomStream, type StreamState } from '../../core/random.ts';
import { entries } from '../../graph/shape.ts';
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
  const inputs = Object.entries(training.inputs(batch)).map(([name, shape]) => [name, entries(shape)] as const);
  if (inputs.length === 0) return { data: {}, random };
  const stream = RandomStream.restored(random);
  const data = Object.fromEntries(inputs.map(([name, size]) => [name, new Float32Array(count * size)]));
  for (let i = 0; i < count; i++) {
    const room = Object.fromEntries(
      inputs.map(([name, size]) => [name, data[name]!.subarray(i * size, (i + 1) * size)]),
    );
    const draw = training.draw(stream, batch, step + i, room);
    // A task may keep what it gives out in memory of its own.
    for (const [name] of inputs) if (draw[name] !== room[name]) room[name]!.set(draw[name]!);
  }
  return { data, random: stream.state() };
}
