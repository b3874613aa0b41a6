import { expect } from 'vitest';
import type { Journey, Screens } from './driver.tsx';

/** Presses a key at step 100 of a replay and looks where that leads, and at what is said there. */
async function replayed({ openReplay }: Screens, key: string, step: number, said = ''): Promise<void> {
  const screen = await openReplay();
  const before = screen.row('train ');
  await screen.press(key);
  expect(screen.row('of 200')).toMatch(new RegExp(`step +${step} of 200`));
  expect(screen.text).toContain(said);
  expect(screen.text).toMatch(new RegExp(`pictures of step ${Math.floor(step / 20) * 20}\\b`));
  // The curves end at the cursor, and so do their numbers.
  if (Math.abs(step - 100) >= 10) expect(screen.row('train ')).not.toBe(before);
}

/** A run that is played back. */
export const replay: Readonly<Record<string, Journey>> = {
  play: async (key, { openReplay }) => {
    const screen = await openReplay();
    expect(screen.text).toContain('‖ replay');
    const began = performance.now();
    await screen.press(key);
    expect(screen.text).toContain('▶ replay');
    expect(screen.text).toContain('space pause');
    await new Promise((resolve) => setTimeout(resolve, 400));
    await screen.press(key);
    const [, step] = /step +(\d+) of 200/.exec(screen.row('of 200'))!;
    // 200 steps in 20 s, from step 100 on.
    expect(Number(step)).toBeGreaterThanOrEqual(103);
    expect(Number(step)).toBeLessThanOrEqual(Math.min(200, 101 + (performance.now() - began) / 100));
    expect(screen.text).toContain('‖ replay');
  },
  scrub_back: (key, screens) => replayed(screens, key, 96),
  scrub_on: (key, screens) => replayed(screens, key, 104),
  first_step: (key, screens) => replayed(screens, key, 0),
  last_step: (key, screens) => replayed(screens, key, 200),
  earlier_snapshot: (key, screens) => replayed(screens, key, 50),
  later_snapshot: (key, screens) => replayed(screens, key, 150, '◆ snapshot (key)'),
  earlier_change: (key, screens) => replayed(screens, key, 80, 'learning rate 0.0100 → 0.0200'),
  later_change: (key, screens) => replayed(screens, key, 120, 'learning rate 0.0200 → 0.0300'),
  next_step: (key, screens) => replayed(screens, key, 110),
  previous_step: (key, screens) => replayed(screens, key, 90),
  go_to: async (key, { openReplay }) => {
    const screen = await openReplay();
    await screen.press(key, '3', '3', 'enter');
    expect(screen.row('of 200')).toMatch(/step +33 of 200/);
    await screen.press(key, '9', '9', '9', 'enter');
    expect(screen.row('of 200')).toMatch(/step +200 of 200/);
  },
  fork_past: async (key, { openReplay }) => {
    const screen = await openReplay();
    await screen.press(',', ',', '<', '<', '<', '<', '<', '<', '<', '<', '<', '<', '<', '<', '<');
    await screen.press(key);
    expect(screen.text).toContain('there is no snapshot before this step');
    await screen.press(':', 'heads 8', 'enter');
    expect(screen.text).toContain(':heads: there is no snapshot before this step; ; goes to the next one');
    await screen.press(';');
    expect(screen.text).toContain('b fork from 50');
    await screen.press(':', 'heads 8', 'enter');
    expect(screen.text).toContain('heads 8 needs a new run: b starts one from step 50 with it');
    await screen.press(key);
    expect([screen.left, screen.fork, screen.settings]).toEqual([
      ['fork'],
      'step-00000050.safetensors',
      ['model.heads=8'],
    ]);
  },
  play_slower: async (key, { openReplay }) => {
    const screen = await openReplay();
    await screen.press(key);
    expect(screen.text).toContain('5.00 steps/s, all in 40 s');
  },
  play_faster: async (key, { openReplay }) => {
    const screen = await openReplay();
    await screen.press(key, key);
    expect(screen.text).toContain('40.0 steps/s, all in 5.0 s');
  },
};
