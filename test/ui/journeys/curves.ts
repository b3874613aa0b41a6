import { expect } from 'vitest';
import { panelKey } from '../../../src/ui/layout/opening.ts';
import { contextPanel } from '../../../src/ui/panels/context/panel.ts';
import { modelAt } from '../fake_model.ts';
import type { Journey } from './driver.tsx';

/** What the curves show, and of which steps. */
export const curves: Readonly<Record<string, Journey>> = {
  places: async (key, { open }) => {
    const screen = await open();
    const values = { 'error_at/1': { mean: 2, stderr: null, n: 0 }, 'error_at/2': { mean: 0.5, stderr: null, n: 0 } };
    const evaluated = { type: 'evaluated', step: 60, values } as const;
    screen.source.emit(evaluated);
    await screen.settle();
    expect(screen.text).not.toContain('Error after n examples');
    await screen.press(panelKey(modelAt(0, { more: [evaluated] }), contextPanel), key);
    expect(screen.row('Error after n examples')).toContain('by step');
    expect(screen.text).toMatch(/0\.500 .*2\.00/);
    await screen.press(key);
    expect(screen.text).not.toContain(', by step');
  },
  chart: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('this run has no other curves');
    screen.source.emit({
      type: 'evaluated',
      step: 60,
      values: { gap: { mean: 0.5, stderr: null, n: 0 } },
    });
    await screen.settle();
    await screen.press(key);
    expect(screen.row('1 gap L − L*')).toContain('log y');
    await screen.press(key);
    expect(screen.text).toContain('1 loss');
  },
  cursor: async (key, { open }) => {
    const screen = await open();
    const best = /in-domain +1\.47 best +1\.47 @200/;
    expect(screen.row('◆ in-domain')).toMatch(best);
    // On the newest step first.
    await screen.press(key);
    expect(screen.row('1 loss')).toMatch(/step \d+–200 ·/);
    await screen.press('left', 'left', 'left');
    const at = () => Number(/step (\d+)/.exec(screen.row('1 loss'))![1]);
    const before = at();
    await screen.press(key);
    const after = at();
    if (key === 'left' || key === 'h') expect(after).toBeLessThan(before);
    else expect(after).toBeGreaterThan(before);
    const measured = Math.floor(Number(/step \d+–(\d+)/.exec(screen.row('1 loss'))![1]) / 10) * 10;
    expect(screen.row('◆ in-domain')).toContain(`${(4 * Math.exp(-measured / 200)).toFixed(2)} `);
    // Zoomed in, the view goes round the cursor and along with it.
    await screen.press('+', '+', '+', '+');
    const inside = screen.row('│  step');
    expect(at()).toBeGreaterThan(0);
    await screen.press(...new Array(70).fill('left'));
    expect(screen.row('│  step')).not.toBe(inside);
    await screen.press('esc');
    expect(screen.row('1 loss')).not.toContain('step ');
    expect(screen.text).toMatch(best);
  },
  pan: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('all steps are in view');
    await screen.press('+', '+', '+', '+');
    const first = screen.row('│  step');
    await screen.press('H', 'H');
    const back = screen.row('│  step');
    expect(back).not.toBe(first);
    await screen.press(key);
    const moved = screen.row('│  step');
    if (key === 'L') expect(moved).not.toBe(back);
    else expect(moved).not.toBe(first);
  },
  log_y: async (key, { open }) => {
    const screen = await open();
    expect(screen.text).toContain('log y ·');
    await screen.press(key);
    expect(screen.text).toContain('linear y ');
  },
  log_x: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('log y · log x');
    await screen.press('+');
    expect(screen.text).toContain('zoom needs linear steps');
  },
  smooth: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('smoothed 0.90');
    await screen.press(key, key);
    expect(screen.text).not.toContain('smoothed');
  },
  closer: async (key, { open }) => {
    const screen = await open();
    const whole = screen.row('│  step');
    await screen.press(key);
    expect(screen.row('│  step')).not.toBe(whole);
  },
  wider: async (key, { open }) => {
    const screen = await open();
    const whole = screen.row('│  step');
    await screen.press(key);
    expect(screen.text).toContain('all steps are in view');
    await screen.press('+', '+', key, key);
    expect(screen.row('│  step')).toBe(whole);
  },
  whole: async (key, { open }) => {
    const screen = await open();
    const whole = screen.row('│  step');
    await screen.press('+', '+', '+', key);
    expect(screen.row('│  step')).toBe(whole);
  },
};
