import { expect } from 'vitest';
import type { Journey } from './driver.tsx';

/** Commands, and the search of the help. */
export const typing: Readonly<Record<string, Journey>> = {
  command: async (key, { open }) => {
    const screen = await open();
    await screen.press(`${key}lr 0.02\r`);
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.learning_rate', value: 0.02 });
    expect(screen.text).toContain(
      '✓ learning rate 0.0200 at the peak of the linear schedule (next step), from step 200',
    );
  },
  line_take: async (key, { open }) => {
    const screen = await open();
    await screen.press(':', 'pace 20', key);
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 20 });
  },
  line_close: async (key, { open }) => {
    const screen = await open();
    await screen.press(':', 'stop', key);
    expect(screen.source.asked).toBeUndefined();
    expect(screen.text).not.toContain(':stop_');
  },
  line_complete: async (key, { open }) => {
    const screen = await open();
    await screen.press(':', 'pa', key);
    expect(screen.text).toContain(':pace _');
  },
  line_erase: async (key, { open }) => {
    const screen = await open();
    await screen.press(':', 'lrr', key);
    expect(screen.text).toContain(':lr_');
  },
  help: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('Pause the run, or go on');
    await screen.press('/', 's', 'n', 'a', 'p');
    expect(screen.text).toContain('Save a snapshot now.');
    expect(screen.text).not.toContain('Pause the run');
    await screen.press('q');
    expect(screen.text).toContain('no key matches');
    expect(screen.left).toEqual([]);
  },
  help_close: async (key, { open }) => {
    const screen = await open();
    await screen.press('?', key);
    expect(screen.text).not.toContain('type to filter');
    expect(screen.left).toEqual([]);
  },
  help_scroll: async (key, { open }) => {
    const screen = await open({ columns: 80, rows: 24 });
    await screen.press('?', 'down', 'down');
    expect(screen.text).toContain('2 more ↑');
    await screen.press(key);
    expect(screen.text).toContain(key === 'up' ? '1 more ↑' : '3 more ↑');
    // Beyond the first line there is nothing to come back from.
    await screen.press(...Array.from({ length: 9 }, () => 'up'), 'down');
    expect(screen.text).toContain('1 more ↑');
  },
  help_go: async (key, { open }) => {
    const screen = await open({ columns: 80, rows: 24 });
    await screen.press('?', '4');
    expect(screen.text).toMatch(/─╮[\s\S]*│ 1.start +2.here[\s\S]*│ pruning ─/);
    await screen.press(key);
    const headings: Readonly<Record<string, string>> = {
      ...{ '2': 'in curves', '3': 'the run', '4': 'pruning', '5': 'earlier steps', '6': 'looking' },
      ...{ left: 'the run', right: 'earlier steps', tab: 'earlier steps', 'shift+tab': 'the run' },
    };
    const heading = headings[key];
    if (heading) expect(screen.text).toMatch(new RegExp(`9.words +│ *\\n.*│ ${heading}`));
    // Once a search has begun, numbers belong to it.
    if (/\d/.test(key)) {
      await screen.press('l', key);
      expect(screen.text).toContain(`search l${key}_`);
    }
  },
  help_erase: async (key, { open }) => {
    const screen = await open();
    await screen.press('?', 'x', 'y', key);
    expect(screen.text).toContain('search x_');
  },
};
