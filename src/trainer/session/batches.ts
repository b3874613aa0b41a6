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
  const data: Record<string, Float32Array<ArrayBuffer>> = {};
  for (let i = 0; i < count; i++) {
    const draw = training.draw(stream, batch, step + i);
    for (const name of names) {
      const part = draw[name]!;
      // In memory of their own: a task may keep what it gives out.
      data[name] ??= new Float32Array(count * part.length);
      data[name].set(part, i * part.length);
    }
  }
  return { data, random: stream.state() };
}
