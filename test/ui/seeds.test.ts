import { expect, it } from 'vitest';
import type { EventBody } from '../../src/protocol/events.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { emptyRun, type RunState } from '../../src/runs/state.ts';
import { update } from '../../src/ui/run/update.ts';
import { bandOver, runsOf, withGroup } from '../../src/ui/state/group.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { levelsOfAll, shownChart } from '../../src/ui/state/shown_metrics.ts';
import { modelAt, rowsOn } from './fake_model.ts';
import { measured, stamped, started } from './fake_source.ts';

/** A run up to a step whose losses are so many times as large, with its own floor. */
function runTo(step: number, times: number, floor: number, ...more: readonly EventBody[]): RunState {
  const start = { ...(started() as Extract<EventBody, { type: 'run_started' }>), theory: { loss_floor: floor } };
  const steps = Array.from({ length: step / 10 + 1 }, (_, at) => measured(10 * at, times));
  return [start, ...steps.flat(), ...more].reduce(
    (state, body, at) => reduceRun(state, stamped(body, at + 1)),
    emptyRun,
  );
}

/** Several runs as one screen, all in view. */
function group(...runs: readonly RunState[]): Model {
  const grouped = withGroup({ ...modelAt(10), run: runs[0]! }, { name: 'some', seeds: runs.map((_, seed) => seed) });
  const members = grouped.group!.members.map((member, at) => ({ ...member, run: runs[at]! }));
  return { ...grouped, group: { ...grouped.group!, members } };
}

const textOf = (model: Model): string => rowsOn({ ...model, size: { columns: 200, rows: 60 } }).join('\n');
const finished = (step: number): EventBody => ({
  type: 'run_finished',
  step,
  reason: 'completed',
  summary: { step, seconds: 3, metrics: {} },
});

it('draws a mean as far as two seeds have come, and the rest as the curve of one', () => {
  const model = group(runTo(200, 1, 0.01), runTo(100, 3, 0.01));
  const { middle, high, alone, count } = bandOver(model, 'train_loss');
  expect(count).toBe(2);
  expect([middle.lastStep, high.lastStep, alone.lastStep]).toEqual([100, 100, 200]);
  expect(alone.view().at(0)!.step).toBe(110);
  expect(alone.view().last!.value).toBe(runTo(200, 1, 0.01).curves.get('train_loss')!.view().last!.value);
  expect(textOf(model)).toContain('mean ± sd of 2 seeds');
});

it('speaks of no mean while one seed alone has measured anything', () => {
  const model = group(runTo(200, 1, 0.01), emptyRun);
  expect(bandOver(model, 'train_loss').middle.lastStep).toBe(200);
  expect(bandOver(model, 'train_loss').alone.length).toBe(0);
  expect(textOf(model)).toContain('seed 0 · log y');
  expect(textOf(model)).not.toContain('mean ±');
});

it('holds a mean against the mean of the floors, each floor once', () => {
  const levels = (...floors: readonly number[]) => {
    const model = group(...floors.map((floor) => runTo(100, 1, floor)));
    return levelsOfAll(runsOf(model), shownChart(model)).map(({ label, value }) => [label, value]);
  };
  expect(levels(0.01, 0.01)).toEqual([['floor L*', 0.01]]);
  expect(levels(0.01, 0.03)).toEqual([['mean floor L*', 0.02]]);
  expect(levelsOfAll([runTo(100, 1, 0.01), emptyRun], shownChart(group(emptyRun))).map(({ value }) => value)).toEqual([
    0.01,
  ]);
});

it('ends with what has come of all seeds, and says whose numbers the table has', () => {
  const ended = [1, 3].map((times) => runTo(100, times, 0.02 * times, finished(100)));
  const model = { ...group(...ended), notice: { text: '', tone: 'plain' } } as Model;
  const gap = 2 * Math.exp(-100 / 200);
  const loss = 0.01 + 2 * gap;
  expect(textOf(model)).toContain(
    `mean loss ${loss.toPrecision(3)}, ${(loss / 0.04).toPrecision(3)} × the mean floor L* 0.0400`,
  );
  expect(textOf(model)).toContain('run · seed 0');
  // Of each what it came to, and of which metric that is.
  for (const said of ['in-domain by seed', 'seed 0 ✓ 2.43', 'seed 1 ✓ 7.28']) expect(textOf(model)).toContain(said);
  const alone = { ...model, group: { ...model.group!, all: false } };
  expect(textOf(alone)).toContain('its floor L* 0.0200');
});

it('tells a value that all seeds came to as that, not as a mean without spread', () => {
  const same = [1, 1].map((times) => runTo(100, times, Number.NaN, finished(100)));
  const model = { ...group(...same), notice: { text: '', tone: 'plain' } } as Model;
  expect(textOf(model)).toMatch(/in-domain [\d.e-]+ in all 2/);
  expect(textOf(model)).not.toContain('± 0');
});

it('does not end before all seeds have', () => {
  const model = group(runTo(100, 1, 0.02, finished(100)), runTo(50, 1, 0.02));
  const some = { ...model, notice: { text: '', tone: 'plain' } } as Model;
  expect(rowsOn(some)[0]).toContain('1 of 2 done');
  expect(textOf(some)).toContain('seed 3 finished');
  const alone = { ...some, group: { ...some.group!, all: false } };
  expect(rowsOn(alone)[0]).toContain('✓ finished');
});

it('says nothing of seeds that have not begun and so send no pictures', () => {
  const model = group(runTo(100, 1, 0.01), emptyRun);
  const refused = { type: 'replied', id: model.watching.id, ok: false, step: 0, error: 'it has not begun' } as const;
  expect(update(model, refused).model.notice).toEqual(model.notice);
});
