import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Feed, Loop } from '../../src/ui/screen/loop.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';

interface Model {
  readonly look: ReturnType<typeof chooseLook>;
  /** What has happened, in its order. */
  readonly told: readonly string[];
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A screen each frame of which is 8 000 bytes. */
function looped(connection: 'local' | 'slow', feed?: Feed<Model, string>) {
  const frames: { readonly at: number; readonly told: string }[] = [];
  const look = chooseLook({ TERM: 'xterm' }, { connection });
  const loop = new Loop<Model, string, string>(
    { look, told: [] },
    {
      update: (model, action) => ({ model: { ...model, told: [...model.told, action] }, effects: [action] }),
      perform: (effect) => effect === 'leave' && loop.stop(),
      draw: ({ told }) => frames.push({ at: performance.now() - began, told: told.join(' ') }),
      sent: {
        get frames() {
          return frames.length;
        },
        get bytes() {
          return frames.length * 8000;
        },
      },
      feed,
    },
  );
  const began = performance.now();
  return { loop, frames };
}

it('draws once for actions that come together, at once, and at most thirty times a second after that', async () => {
  const { loop, frames } = looped('local');
  for (const action of ['a', 'b', 'c']) loop.dispatch(action);
  await vi.advanceTimersByTimeAsync(5);
  expect(frames).toEqual([{ at: expect.closeTo(0, -1), told: 'a b c' }]);
  for (let key = 0; key < 200; key++) {
    loop.dispatch('k');
    await vi.advanceTimersByTimeAsync(5);
  }
  expect(frames.length).toBeGreaterThan(20);
  expect(frames.length).toBeLessThanOrEqual(32);
  expect(frames.at(-1)!.told).toMatch(/^a b c( k)+$/);
});

it('sends no more than the line carries, with a second of it that answers may run ahead', async () => {
  const { loop, frames } = looped('slow');
  for (let key = 0; key < 2000; key++) {
    loop.dispatch('k');
    await vi.advanceTimersByTimeAsync(5);
  }
  // Ten seconds and the one ahead, at 7 000 bytes a second.
  expect(frames.length).toBeGreaterThan(6);
  expect(frames.length * 8000).toBeLessThanOrEqual(7000 * 11 + 8000);
});

it('takes what has come before an action, and what it kept after it', async () => {
  const waiting: string[] = [];
  const feed: Feed<Model, string> = {
    next: (model) => (waiting[0] === 'key' && !model.told.includes('known') ? undefined : waiting.shift()),
    pictureWaits: false,
    keeps: (_, action) => action === 'key' && waiting.push(action) > 0,
  };
  const { loop, frames } = looped('local', feed);
  waiting.push('news');
  loop.dispatch('key');
  loop.dispatch('known');
  await vi.advanceTimersByTimeAsync(50);
  expect(loop.model.told).toEqual(['news', 'known', 'key']);
  waiting.push('more');
  loop.arrived();
  await vi.advanceTimersByTimeAsync(200);
  expect(frames.at(-1)!.told).toBe('news known key more');
});

it('neither acts nor draws once it is left', async () => {
  const { loop, frames } = looped('local');
  loop.dispatch('leave');
  loop.dispatch('more');
  loop.redraw();
  loop.arrived();
  await vi.advanceTimersByTimeAsync(1000);
  expect([loop.model.told, frames]).toEqual([['leave'], []]);
});
