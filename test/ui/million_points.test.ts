import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { Series } from '../../src/core/series.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { Composer } from '../../src/ui/frame/composer.ts';
import { update } from '../../src/ui/run/update.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { FrameOutput } from '../../src/ui/terminal/frame_output.ts';
import { modelAt, rowsOn } from './fake_model.ts';
import { stamped } from './fake_source.ts';

const steps = 1_000_000;
/** Not at the edge of a column at any size. */
const spikeAt = 654_321;
const curve = new Series();
const calm = new Series();

beforeAll(() => {
  for (let step = 1; step <= steps; step++) {
    const loss = 0.1 + 1 / Math.sqrt(step) + 0.01 * Math.sin(step);
    curve.push(step, step === spikeAt ? 1000 : loss);
    calm.push(step, loss);
  }
});

/** The screen on a run of a million steps, each with its point. */
function screenOn(train: Series, columns: number, rows: number): Model {
  const { run, ...model } = modelAt(0, { columns, rows });
  const config = { ...run.config!, train: { ...run.config!.train, steps } };
  const state = { ...run, config, step: steps, curves: new Map([...run.curves, ['train_loss', train]]) };
  return update({ ...model, run }, { type: 'run', run: state }).model;
}

/** How many braille cells each column of the screen holds, in the rows of the chart. */
function heights(model: Model): number[] {
  const rows = rowsOn(model).map((row) => [...stripVTControlCharacters(row)]);
  // Brackets of tokens have corners, too.
  const axis = rows.findIndex((row) => row.join('').includes('└──'));
  return rows[0]!.map((_, x) => rows.slice(0, axis).filter((row) => /[⠁-⣿]/.test(row[x]!)).length);
}

describe.each([
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 60 },
])('a million points at $columns × $rows', ({ columns, rows }) => {
  it('show a spike of a single step where it is, as high as the chart', () => {
    const [with_, without] = [heights(screenOn(curve, columns, rows)), heights(screenOn(calm, columns, rows))];
    const start = with_.findIndex((height) => height > 0);
    const end = with_.findLastIndex((height) => height > 0);
    const tallest = with_.indexOf(Math.max(...with_.slice(start + 2)), start + 2);
    expect((tallest - start) / (end - start)).toBeCloseTo(spikeAt / steps, 1);
    // Its neighbours do not know of it, nor does the curve without it.
    const besides = [...with_.slice(start + 2, tallest - 1), ...with_.slice(tallest + 2)];
    expect(with_[tallest]).toBeGreaterThanOrEqual(Math.max(...besides) + 2);
    expect(without[tallest]).toBeLessThanOrEqual(with_[tallest]! - 2);
  });

  it('answer a key with a frame within 50 ms', () => {
    const composer = new Composer();
    let sent = 0;
    const write = (text: string) => {
      sent += text.length;
      return true;
    };
    const output = new FrameOutput({ writableNeedDrain: false, write, once: () => {} });
    let model = screenOn(curve, columns, rows);
    output.show(composer.compose(model), model.look);
    const times: number[] = [];
    const keys = ['y', 'y', 'e', 'e', 'e', 'X', 'X', '+', '+', '+', 'left', 'left', 'right', '-', '-', '-', '0'];
    for (let round = 0; round < 3; round++) {
      for (const key of keys) {
        const before = sent;
        const started = performance.now();
        model = update(model, { type: 'key', key }).model;
        output.show(composer.compose(model), model.look);
        times.push(performance.now() - started);
        expect(sent, `${key} changes the screen`).toBeGreaterThan(before);
      }
      // Meanwhile the run goes on.
      const step = model.run.step + 1;
      const run = reduceRun(model.run, stamped({ type: 'metrics', step, values: { train_loss: 0.1 } }, step));
      model = update(model, { type: 'run', run }).model;
    }
    times.sort((a, b) => a - b);
    const [median, most] = [times[Math.floor(times.length / 2)]!, times.at(-1)!];
    console.log(`${columns} × ${rows}: key to frame ${median.toFixed(1)} ms (median), at most ${most.toFixed(1)} ms`);
    expect(median).toBeLessThanOrEqual(50);
  });
});
