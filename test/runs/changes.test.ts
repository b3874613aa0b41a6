import { expect, it } from 'vitest';
import type { EventBody } from '../../src/protocol/events.ts';
import { noChanges, settingChange, withChange } from '../../src/runs/changes.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { emptyRun } from '../../src/runs/state.ts';
import { stamped, started } from '../ui/fake_source.ts';

const lr = (from: number, to: number) => settingChange('train.learning_rate', from, to);

it('takes back what a change says it takes back, wherever that lies, and makes it again', () => {
  const two = withChange(withChange(noChanges, lr(0.1, 0.2)), lr(0.2, 0.3));
  expect(two.done).toHaveLength(2);
  const back = withChange(two, lr(0.3, 0.2), 'undo');
  expect([back.done.length, back.undone.length]).toEqual([1, 1]);
  expect(withChange(back, lr(0.2, 0.3), 'redo')).toEqual(two);
  expect(withChange(back, lr(0.2, 0.5))).toMatchObject({ done: [{}, { label: 'learning rate 0.500' }], undone: [] });
  expect(withChange(two, lr(0.3, 0.3))).toBe(two);
  // Another screen has changed something else meanwhile.
  const batch = settingChange('train.batch', 64, 128);
  expect(withChange(withChange(two, batch), lr(0.3, 0.2), 'undo').done).toEqual([two.done[0], batch]);
  // There is nothing like it to take back.
  expect(withChange(two, lr(0.3, 0.7), 'undo')).toMatchObject({ done: [{}, {}, { label: 'learning rate 0.700' }] });
});

it('counts the reverse of a change that is made by hand for a change, and takes that back', () => {
  const byHand = withChange(withChange(noChanges, lr(0.1, 0.2)), lr(0.2, 0.1));
  expect(byHand.done).toHaveLength(2);
  const once = withChange(byHand, lr(0.1, 0.2), 'undo');
  expect(once).toMatchObject({ done: [{ label: 'learning rate 0.200' }], undone: [{ label: 'learning rate 0.100' }] });
  expect(withChange(once, lr(0.2, 0.1), 'undo').done).toEqual([]);
});

it('knows from the journal alone what can be taken back', () => {
  const mask = (edits: string[], scope: 'probe' | 'clamp', revision: number): EventBody => ({
    type: 'mask_applied',
    step: 5,
    revision,
    scope,
    edits,
    kept_fraction: 0.5,
  });
  const run = [
    started({ neurons: 8 }),
    { type: 'control_changed', step: 3, path: 'train.batch', from: 64, to: 128 } as const,
    mask(['-L0H1-2', '-L0N4'], 'clamp', 1),
    mask(['+L0H1'], 'clamp', 2),
    { ...mask(['-L0H1'], 'clamp', 3), why: 'undo' } as EventBody,
  ].reduce((state, body, index) => reduceRun(state, stamped(body, index)), emptyRun);
  expect(run.changes.done.map(({ label }) => label)).toEqual(['batch 128', 'pruned 2 heads, pruned 1 neuron (clamp)']);
  expect(run.changes.done.at(-1)!.inverse).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0H1-2', '+L0N4'] });
  expect(run.changes.undone).toMatchObject([{ label: 'restored L0H1 (clamp)' }]);
});
