import { expect } from 'vitest';
import { keyTo } from '../fake_model.ts';
import type { Journey } from './driver.tsx';

/** Which panels there are, which fills the screen, and its colours. */
export const panels: Readonly<Record<string, Journey>> = {
  focus_next: async (key, { open }) => {
    const screen = await open();
    for (const title of ['2 heads', '3 L0H0', `${keyTo('run')} run`, `${keyTo('pruning')} pruning`, '1 loss']) {
      await screen.press(key);
      expect(screen.text).toContain(`╭▸ ${title}`);
    }
  },
  focus_previous: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain(`╭▸ ${keyTo('pruning')} pruning`);
  },
  panel: async (key, { open }) => {
    const screen = await open();
    const title = ['loss', 'heads', 'L0H0', 'prompt', 'run', 'pruning', 'mixing', 'head weights'][Number(key) - 1];
    if (!title) {
      await screen.press(key);
      expect(screen.text).toContain(`${key}: this run has panels 1 to 8`);
      return;
    }
    if (key === '1') await screen.press('tab');
    await screen.press(key);
    expect(screen.text).toContain(`╭▸ ${key} ${title}`);
    // The loss and the heads keep their places while what is below them changes.
    expect(screen.text).toContain('1 loss');
    expect(screen.text).toContain('2 heads');
    await screen.press(key);
    expect(screen.text).not.toMatch(new RegExp(`╭[▸─] ${key} ${title}`));
    expect(screen.row('steps/s ')).toContain(`${key} `);
    await screen.press(key);
    expect(screen.text).toContain(`╭▸ ${key} ${title}`);
  },
  zoom_in: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).not.toContain('▸H0');
    await screen.press(key);
    expect(screen.text).toContain('it fills the screen already');
    await screen.press('esc', 'tab', key);
    // The heads fill the screen, then the selected one does.
    expect(screen.text).toContain('╭▸ 2 heads');
    expect(screen.text).not.toContain('1 loss');
    expect(screen.text).toContain('enter selected head');
    await screen.press(key);
    expect(screen.text).toContain('╭▸ 3 L0H0');
    expect(screen.text).not.toContain('2 heads');
  },
  out: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('this is the outermost level; q leaves');
    await screen.press('tab', 'enter', 'enter', key);
    expect(screen.text).toContain('▸H0');
    await screen.press(key);
    expect(screen.text).toContain('╭▸ 2 heads');
    expect(screen.left).toEqual([]);
  },
  postcard: async (key, { open, openReplay }) => {
    for (const screen of [await open(), await openReplay()]) {
      await screen.press(key);
      expect(screen.text).toContain('✓ a picture');
      await screen.press('tab');
      expect(screen.text).not.toContain('a picture');
    }
  },
  theme: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('colour map cividis, dark theme');
    // All colour maps come before the theme for another background, which says so.
    await screen.press(key);
    expect(screen.text).toContain('colour map grey, dark theme');
    await screen.press(key);
    expect(screen.text).toContain('light theme, for terminals with a light background');
    await screen.press(key, key, key);
    expect(screen.text).toContain('colour map viridis, dark theme');
  },
};
