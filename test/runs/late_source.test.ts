import { expect, it } from 'vitest';
import { LateSource } from '../../src/runs/late_source.ts';
import { FakeSource, started } from '../ui/fake_source.ts';

it('passes on what was asked before the run could be followed, and what it says', async () => {
  const source = new FakeSource();
  let arrive = (): void => {};
  const late = new LateSource(
    (onWait) =>
      new Promise((resolve) => {
        arrive = () => {
          onWait('a moment');
          resolve(source);
        };
      }),
  );
  const told: string[] = [];
  late.onWait((message) => told.push(message));
  late.onEvents((events) => told.push(...events.map(({ type }) => type)));
  const answer = late.request({ type: 'pause' });
  expect(told).toEqual([]);
  arrive();
  await expect(answer).resolves.toMatchObject({ ok: true });
  source.emit(started());
  expect(told).toEqual(['a moment', 'run_started']);
  source.disconnect();
  await expect(late.closed).resolves.toBe(undefined);
});

it('says why the run never came', async () => {
  const late = new LateSource(async () => {
    throw new Error('no room');
  });
  await expect(late.closed).rejects.toThrow('no room');
  await expect(late.request({ type: 'pause' })).rejects.toThrow('no room');
  late.close();
});
