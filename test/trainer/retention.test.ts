import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { emptyRun } from '../../src/runs/state.ts';
import { TrainingLoop } from '../../src/trainer/loop/loop.ts';
import { initialMask } from '../../src/trainer/loop/mask_state.ts';
import { apart, givenUp, policyOf, thinned } from '../../src/trainer/loop/retention.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { stamped, started } from '../ui/fake_source.ts';
import { FakeSession, ManualClock, MemoryPort, smallConfig } from './fake_session.ts';

const saved = (text: string) =>
  text.split(' ').map((part, step) => ({ file: part.split(':')[0]!, step, why: part.split(':')[1]! }));

test.each([
  ['the last automatic ones stay', 'a:automatic b:automatic c:automatic', 2, ['a']],
  [
    'those by key, at the end and before trouble always do',
    'a:key b:automatic c:last_finite d:end e:automatic',
    1,
    ['b'],
  ],
  ['of the best ones the newest', 'a:best b:best c:best', 5, ['a', 'b']],
  ['one that is also the best stays as long as it is', 'a:automatic a:best b:automatic c:automatic', 1, ['b']],
  ['and goes when a better one comes', 'a:automatic a:best b:automatic c:best', 1, ['a']],
  ['one that a person marked stays', 'a:automatic b:automatic a:marked c:automatic', 1, ['b']],
  ['one saved twice counts once', 'a:automatic b:automatic b:automatic', 2, []],
  ['of jumps the last five', '1:jump 2:jump 3:jump 4:jump 5:jump 6:jump', 1, ['1']],
])('%s', (_name, text, keep, gone) => {
  expect(givenUp(saved(text), policyOf(keep, 0))).toEqual(gone);
});

test('any time of a run has a snapshot near it on a log scale, from its first step on', async () => {
  const config = smallConfig({ 'train.steps': 20_000, 'snapshot.spread': 16 });
  const port = new MemoryPort();
  const session = new FakeSession();
  const facts = createExperiment(config, 'test').model.facts;
  const mask = initialMask(facts, undefined);
  await new TrainingLoop({ config, facts, mask, session, port, clock: new ManualClock(), unroll: 8 }).run();
  const run = [started(), ...port.events].reduce((state, body, i) => reduceRun(state, stamped(body, i + 1)), emptyRun);
  const steps = [...new Set(run.snapshots.map(({ step }) => step))];
  expect(steps[0]).toBe(0);
  expect(steps.at(-1)).toBe(20_000);
  expect(steps.length).toBeGreaterThan(10);
  for (const [i, step] of steps.slice(1).entries()) expect((step + 10) / (steps[i]! + 10)).toBeLessThan(3);
  // What is gone is journalled, each once.
  expect(port.of('snapshot_removed').map(({ file }) => file)).toEqual(port.removed);
});

test('whatever is saved, as many are left as may be, the first among them, and gaps grow geometrically at most', () => {
  const stream = RandomStream.named(13, 'retention');
  const between = (low: number, high: number) => low + Math.floor((high - low) * stream.uniform());
  for (let trial = 0; trial < 300; trial++) {
    const most = between(2, 20);
    const jumps: number[] = [];
    let left: { step: number; stays: boolean }[] = [];
    let [step, first] = [between(0, 5), -1];
    /** Longest way between two saves in a row, as they were saved. */
    let longest = 0;
    const growth = stream.uniform() < 0.5 ? 0 : 0.3 * stream.uniform();
    for (let save = 0; save < 200; save++) {
      if (first < 0) first = step;
      left.push({ step, stays: stream.uniform() < 0.05 });
      if (stream.uniform() < 0.02 && jumps.length < 5) jumps.push(step);
      const given = thinned(left, most, jumps);
      left = left.filter((point) => !given.includes(point));
      expect(left.filter(({ stays }) => !stays).length).toBeLessThanOrEqual(most);
      expect(left[0]!.step).toBe(first);
      expect(left.at(-1)!.step).toBe(step);
      const next = step + between(1, 3 + growth * step);
      longest = Math.max(longest, apart(step, next, jumps));
      step = next;
    }
    const ways = left.slice(1).map((point, i) => apart(left[i]!.step, point.step, jumps));
    const length = ways.reduce((sum, way) => sum + way, 0);
    const bound = Math.max(longest, (2 * length) / (most - 1));
    for (const way of ways) expect(way).toBeLessThanOrEqual(bound + 1e-9);
  }
});
