import { expect } from 'vitest';
import { total } from '../small_runs.ts';
import { bytesOf, historyOf, type Script, steered } from '../steered.ts';

const save = (at: number): Script[number] => ({ at, request: { type: 'snapshot', why: 'key' } });
const rate = (at: number, value: number): Script[number] => ({
  at,
  request: { type: 'set', path: 'train.learning_rate', value },
});
const prune = (at: number, edit: string): Script[number] => ({
  at,
  request: { type: 'mask', scope: 'clamp', edits: [edit] },
});

/**
 * Trains with changes of the learning rate and a clamped mask on the way, once in one go, once from the snapshot in the
 * middle, and once from a snapshot of that: all must end with the same bytes.
 */
export async function expectSameEnd(settings: Record<string, unknown>): Promise<void> {
  const before = [rate(3, 0.02), prune(5, '-L0H0')];
  const after = [rate(8, 0.005), prune(10, '+L0H0')];
  const whole = await steered(settings, [...before, save(6), ...after]);
  const middle = { file: whole.fileOf(6), step: 6 };
  const { config } = await whole.snapshotAt(6);
  const resumed = await steered({ ...config }, [after[0]!, save(9), after[1]!], middle);
  const fork = { file: resumed.fileOf(9), step: 9 };
  const forked = await steered({ ...(await resumed.snapshotAt(9)).config }, [after[1]!], fork);
  expect(whole.snapshot.step).toBe(total);
  expect(bytesOf(resumed.snapshot)).toEqual(bytesOf(whole.snapshot));
  expect(bytesOf(forked.snapshot)).toEqual(bytesOf(whole.snapshot));
  expect(historyOf(resumed.snapshot)).toEqual(historyOf(whole.snapshot));
  expect(historyOf(forked.snapshot)).toEqual(historyOf(whole.snapshot));
  // Baselines are measured in the background and may come later.
  const measured = ({ events }: typeof whole) =>
    events.flatMap((event) =>
      event.type === 'evaluated' && event.step === total
        ? Object.entries(event.values).filter(([name]) => !name.startsWith('baseline/'))
        : [],
    );
  expect(measured(whole).length).toBeGreaterThan(0);
  for (const other of [resumed, forked]) expect(measured(other)).toEqual(measured(whole));
}
