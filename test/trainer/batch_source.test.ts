import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { RandomStream, type StreamState } from '../../src/core/random.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import type { Experiment } from '../../src/trainer/contract/session.ts';
import { BatchSource } from '../../src/trainer/session/batch_source.ts';
import { drawBatches } from '../../src/trainer/session/batches.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';

/** As the program is built, since a thread cannot be started from the sources. */
const worker = pathToFileURL('dist/batch_worker.js');

function experimentOf(preset: string): Experiment {
  const { raw, where } = loadPreset(preset);
  return createExperiment(resolveConfig(raw, where).config, where);
}

/** Draws through a source and directly, and compares to the bit; returns how many came from the thread. */
async function drawBoth(source: BatchSource, experiment: Experiment, counts: readonly number[]): Promise<number> {
  let random: StreamState = RandomStream.named(3, 'train').state();
  let step = 0;
  for (const count of counts) {
    const expected = drawBatches(experiment.task, experiment.config.train.batch, { random, step, count });
    const drawn = await source.next({ random, step, count });
    expect(drawn.random).toEqual(expected.random);
    expect(Object.keys(drawn.data)).toEqual(Object.keys(expected.data));
    for (const [name, { buffer }] of Object.entries(expected.data)) {
      expect(Buffer.from(drawn.data[name]!.buffer).equals(Buffer.from(buffer))).toBe(true);
    }
    random = drawn.random;
    step += count;
    // Messages of the thread arrive between calls.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return source.drawnAhead;
}

const repeat = (count: number, times: number): number[] => new Array<number>(times).fill(count);

test.each(['li-quick', 'garg-relu-small', 'yang-fig2b-small'])(
  '%s: a second thread draws the same bytes',
  async (preset) => {
    const experiment = experimentOf(preset);
    const source = new BatchSource(experiment, true, worker);
    let ahead = 0;
    for (let i = 0; i < 500 && ahead === 0; i++) ahead = await drawBoth(source, experiment, repeat(2, 4));
    expect(ahead).toBeGreaterThan(0);
    // Other requests than those expected, as when settings change or a run goes back.
    await drawBoth(source, experiment, [2, 1, 3, 3, 3, 1, 1]);
    expect(source.drawnAhead).toBeGreaterThan(ahead);
    await source.dispose();
  },
);

test('without a core to spare, or where gradients are exact, there is no thread', async () => {
  const drawing = experimentOf('li-quick');
  expect(await drawBoth(new BatchSource(drawing, false, worker), drawing, repeat(2, 60))).toBe(0);
  const exact = experimentOf('yang-tiny');
  expect(await drawBoth(new BatchSource(exact, true, worker), exact, repeat(2, 60))).toBe(0);
});

test('a thread that fails leaves the drawing to the caller', async () => {
  const experiment = experimentOf('li-quick');
  const missing = pathToFileURL('test/trainer/batch_source.test.ts');
  const source = new BatchSource(experiment, true, missing);
  expect(await drawBoth(source, experiment, repeat(2, 80))).toBe(0);
  await source.dispose();
});

test.each(['li-quick', 'li-context', 'garg-linear-small'])(
  'for updates together has what the task draws for each: %s',
  (preset) => {
    const { task, config } = experimentOf(preset);
    const batch = Math.min(4, config.train.batch);
    const stream = RandomStream.named(5, 'train');
    const { data, random } = drawBatches(task, batch, { random: stream.state(), step: 2, count: 3 });
    const alone = [2, 3, 4].map((step) => task.training.draw(stream, batch, step));
    for (const [name, numbers] of Object.entries(data))
      expect([...numbers], name).toEqual(alone.flatMap((draw) => [...draw[name]!]));
    expect(random).toEqual(stream.state());
  },
);
