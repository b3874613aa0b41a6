import { expect } from 'vitest';
import { keyTo } from '../fake_model.ts';
import { activations } from '../fake_source.ts';
import type { Journey } from './driver.tsx';

/** Cursors among heads, tokens and neurons. */
export const attention: Readonly<Record<string, Journey>> = {
  move_head: async (key, { open }) => {
    const screen = await open();
    await screen.press('tab', 'right', 'right');
    expect(screen.text).toContain('▸H2');
    await screen.press(key);
    const across = { left: 1, h: 1, right: 3, l: 3 }[key];
    // All six heads stand in one row: there is none above or below.
    expect(screen.text).toContain(`▸H${across ?? 2}`);
    expect(screen.text).toContain(`L0H${across ?? 2}`);
  },
  times_even: async (key, { open }) => {
    const screen = await open();
    await screen.press(keyTo('heads'));
    expect(screen.text).not.toContain('× even 0');
    await screen.press(key);
    // Eight keys: a weight of one is eight times an even spread.
    expect(screen.text).toMatch(/× even 0 .* [1-8]\.00/);
    expect(screen.row('% ')).toContain('% weights');
    await screen.press(key);
    expect(screen.text).not.toContain('× even 0');
  },
  move_cell: async (key, { open }) => {
    const screen = await open();
    await screen.press('tab', 'tab', 'right', 'right', 'down', 'down');
    const cell = () =>
      screen
        .row('L0H0')
        .match(/query +(\d+) → key +(\d+)/)!
        .slice(1)
        .map(Number);
    // The first query is token 8.
    expect(cell()).toEqual([10, 2]);
    await screen.press(key);
    // Queries run down, keys across.
    const moved = { left: [10, 1], h: [10, 1], right: [10, 3], l: [10, 3], up: [9, 2], k: [9, 2] }[key] ?? [11, 2];
    expect(cell()).toEqual(moved);
  },
  move_weight: async (key, { open }) => {
    const screen = await open();
    const cell = () =>
      screen
        .row(`${keyTo('weights')} head weights`)
        .match(/H(\d+), token +(\d+)/)!
        .slice(1)
        .map(Number);
    await screen.press(keyTo('weights'), 'right', 'right', 'down', 'down');
    expect(cell()).toEqual([2, 10]);
    await screen.press(key);
    const moved = { left: [2, 9], h: [2, 9], right: [2, 11], l: [2, 11], up: [1, 10], k: [1, 10] }[key] ?? [3, 10];
    expect(cell()).toEqual(moved);
    // One selection for all panels.
    expect(screen.text).toContain(`▸H${moved[0]}`);
  },
  move_token: async (key, { open }) => {
    const screen = await open();
    await screen.press(keyTo('prompt'), 'right', 'right');
    expect(screen.row(`${keyTo('prompt')} prompt`)).toMatch(/token +10, query/);
    await screen.press(key);
    const token = key === 'left' || key === 'h' ? 9 : 11;
    expect(screen.row(`${keyTo('prompt')} prompt`)).toMatch(new RegExp(`token +${token}, query`));
    expect(screen.row('3 L0H0')).toMatch(new RegExp(`query +${token} →`));
    await screen.press(...new Array(10).fill('left'));
    expect(screen.row(`${keyTo('prompt')} prompt`)).toMatch(/token +[01], given/);
  },
  move_neuron: async (key, { open }) => {
    const screen = await open({ neurons: 4 });
    // Norm and angle of four neurons: by angle 1, 0, 3, 2; by norm 3, 1, 2, 0.
    const pairs = { shape: [4, 2], data: Float32Array.of(4, 1, 2, 0.5, 3, 2.5, 1, 2) };
    const { step, tensors } = activations(210, { neurons: 4 });
    screen.source.probe({ step, tensors: { ...tensors, neuron_feature: pairs, neuron_label: pairs } });
    await screen.settle();
    await screen.press('9');
    expect(screen.row('9 neurons')).toContain('L0N0');
    await screen.press('right');
    expect(screen.row('9 neurons')).toContain('L0N3');
    await screen.press('up', key);
    const next = { left: 1, h: 1, right: 0, l: 0, up: 2, k: 2, down: 3, j: 3 }[key];
    expect(screen.row('9 neurons')).toContain(`L0N${next}`);
    await screen.press('x');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: [`-L0N${next}`] });
  },
  next_prompt: async (key, { open }) => {
    const alone = await open();
    await alone.press(key);
    expect(alone.text).toContain('there is one probe prompt');
    const screen = await open({ prompts: 3 });
    await screen.press(keyTo('prompt'));
    expect(screen.row(`${keyTo('prompt')} prompt`)).toContain('probe 1/3');
    const before = screen.row('prediction');
    await screen.press(key);
    for (const title of ['2 heads', '3 L0H0', `${keyTo('prompt')} prompt`])
      expect(screen.row(title)).toContain('probe 2/3');
    expect(screen.row('prediction')).not.toBe(before);
    await screen.press(key, key);
    expect(screen.row('prediction')).toBe(before);
    // From all heads, esc leads to the mean of the prompts, and the key back to the one that was looked at.
    await screen.press('2', 'esc');
    for (const title of ['2 heads', '3 L0H0']) expect(screen.row(title)).toContain('mean of 3');
    expect(screen.row(`${keyTo('prompt')} prompt`)).toContain('probe 1/3');
    await screen.press('esc');
    expect(screen.text).toContain('this is the outermost level');
    await screen.press('right', 'enter', 'down', 'esc');
    expect(screen.row('3 L0H1')).toContain('mean of 3');
    await screen.press(key);
    expect(screen.row('3 L0H1')).toContain('probe 1/3');
  },
};
