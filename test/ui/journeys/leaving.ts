import { expect } from 'vitest';
import { type Journey, set } from './driver.tsx';

/** Leaving the screen, for good or for a while. */
export const leaving: Readonly<Record<string, Journey>> = {
  leave: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('npx incline attach');
    const finished = await open({ finished: true });
    expect(finished.row('✓ finished in')).toBeTruthy();
    expect(finished.text).toContain('q leave');
    await finished.press(key);
    expect(finished.left).toEqual(['finished']);
    // After the end the screen says how it ended and how the run was set, not what was last pressed.
    const paced = await open();
    await paced.press(':', 'pace 40', 'enter');
    set(paced, 'train.pace', 0, 40);
    const summary = { step: 2000, seconds: 9, metrics: {} };
    paced.source.emit({ type: 'run_finished', step: 2000, reason: 'completed', summary });
    paced.source.disconnect();
    await paced.settle();
    expect(paced.row('✓ finished in 9.0 s')).toBeTruthy();
    expect(paced.text).toContain('pace 40.0 steps/s');
  },
  leave_detach: async (key, { open }) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.left).toEqual(['detach']);
  },
  leave_stop: async (key, { open }) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.source.asked).toEqual({ type: 'stop' });
    expect(screen.left).toEqual([]);
    screen.source.emit({
      type: 'run_finished',
      step: 201,
      reason: 'stopped',
      summary: { step: 201, seconds: 1, metrics: {} },
    });
    await screen.settle();
    expect(screen.left).toEqual(['stop']);
  },
  leave_cancel: async (key, { open }) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.text).not.toContain('leave the screen');
    expect(screen.left).toEqual([]);
  },
  choice_next: async (key, { open }) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.text).toMatch(/▸ s {2}stop and save/);
  },
  choice_previous: async (key, { open }) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.text).toMatch(/▸ c {2}cancel/);
  },
  choice_take: async (key, { open }) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.left).toEqual(['detach']);
  },
  suspend: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.left).toEqual(['suspended']);
  },
};
