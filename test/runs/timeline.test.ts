import { expect, test } from 'vitest';
import type { EventBody, RunEvent } from '../../src/protocol/events.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { emptyRun, type RunState } from '../../src/runs/state.ts';
import { Timeline } from '../../src/runs/timeline.ts';
import { measured, stamped, started } from '../ui/fake_source.ts';

/** A long run with changes of every kind, so many that going back starts from kept states. */
function events(steps: number): RunEvent[] {
  const bodies: EventBody[] = [started()];
  for (let step = 0; step <= steps; step++) {
    bodies.push(...measured(step));
    if (step % 97 === 0)
      bodies.push({ type: 'snapshot_saved', step, file: `step-${step}.safetensors`, why: 'automatic' });
    if (step % 130 === 7) {
      bodies.push({ type: 'control_changed', step, path: 'train.learning_rate', from: step, to: step + 130 });
    }
    if (step % 211 === 3) {
      const edits = [step % 2 ? '-L0H1' : '+L0H1'];
      bodies.push({ type: 'mask_applied', step, revision: step, scope: 'clamp', edits, kept_fraction: 1 });
    }
  }
  bodies.push({
    type: 'run_finished',
    step: steps,
    reason: 'completed',
    summary: { step: steps, seconds: 1, metrics: {} },
  });
  return bodies.map((body, i) => stamped(body, i + 1));
}

/** What may be compared of two states: their curves by their points. */
function comparable({ curves, revision: _, ...rest }: RunState) {
  const points = [...curves].map(([name, curve]) => [
    name,
    Array.from({ length: curve.length }, (_, i) => curve.view().at(i)),
  ]);
  return { ...rest, curves: Object.fromEntries(points) };
}

test('the state at any step, in any order, is that of folding the events up to it', () => {
  const all = events(1500);
  const timeline = new Timeline();
  for (let i = 0; i < all.length; i += 333) timeline.add(all.slice(i, i + 333));
  expect([timeline.from, timeline.to]).toEqual([0, 1500]);
  for (const step of [0, 1, 700, 1499, 1500, 350, 351, 1030, 3, 1200]) {
    const folded = all.filter((event) => event.step <= step).reduce(reduceRun, emptyRun);
    expect(comparable(timeline.at(step))).toEqual(comparable(folded));
  }
  expect(timeline.at(1499).phase).toBe('running');
  expect(timeline.at(1500).phase).toBe('finished');
});

test('a state that was taken stays as it was while others are', () => {
  const timeline = new Timeline();
  timeline.add(events(300));
  const early = timeline.at(100);
  const before = comparable(early);
  timeline.at(300);
  timeline.at(20);
  expect(comparable(early)).toEqual(before);
});

test('of a run that went on from an earlier step in its own folder only the new course counts', () => {
  const timeline = new Timeline();
  const first = events(300);
  timeline.add(first);
  const again: EventBody[] = [{ ...started(), step: 100 } as EventBody];
  for (let step = 110; step <= 200; step += 10) again.push({ type: 'metrics', step, values: { train_loss: 7 } });
  timeline.add(again.map((body, i) => stamped(body, first.length + i + 1)));
  expect([timeline.from, timeline.to]).toEqual([0, 200]);
  const state = timeline.at(150);
  const losses = state.curves.get('train_loss')!.view();
  expect([losses.at(99)!.step, losses.at(-1)!.step, losses.at(-1)!.value]).toEqual([99, 150, 7]);
  expect(state.marks.filter(({ step }) => step > 100)).toEqual([]);
  expect(timeline.stops().filter(({ step }) => step > 100)).toEqual([]);
});

test('what a run says after it went back belongs to the step that it went back to', () => {
  const bodies: EventBody[] = [
    started(),
    { type: 'metrics', step: 10, values: { train_loss: 1 } },
    { type: 'evaluated', step: 10, values: { eval_loss: { mean: 5, stderr: 1, n: 2 } } },
    { type: 'alert', step: 8, kind: 'diverged', message: 'back at step 8' },
  ];
  const timeline = new Timeline();
  timeline.add(bodies.map((body, i) => stamped(body, i + 1)));
  expect(timeline.at(9).alert?.message).toBe('back at step 8');
  expect(timeline.at(9).estimates).toEqual({});
  expect(timeline.at(10).estimates['eval_loss']?.mean).toBe(5);
});

test('a run with 50,000 changes is opened, and gone back in, without copying what came before over and over', () => {
  const path = 'train.learning_rate';
  const all = Array.from({ length: 50_000 }, (_, i) =>
    stamped(i === 0 ? started() : { type: 'control_changed', step: i, path, from: i, to: i + 1 }, i + 1),
  );
  const timeline = new Timeline();
  const before = process.cpuUsage();
  for (let i = 0; i < all.length; i += 1500) timeline.add(all.slice(i, i + 1500));
  expect(timeline.at(40_000)).toMatchObject({ step: 40_000, controls: { [path]: 40_001 } });
  expect(timeline.stops()).toHaveLength(49_999);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(20_000);
});
