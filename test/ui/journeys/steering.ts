import { expect } from 'vitest';
import { applied, type Journey, set } from './driver.tsx';

/** Pausing, stepping, pacing, and taking changes back. */
export const steering: Readonly<Record<string, Journey>> = {
  pause: async (key, { open }) => {
    const screen = await open();
    let answer: (outcome: { ok: boolean; step: number }) => void = () => {};
    screen.source.answer = () => new Promise((resolve) => (answer = resolve));
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'pause' });
    expect(screen.text).toContain('○ pause pending');
    answer({ ok: true, step: 207 });
    screen.source.status({ state: 'paused', step: 207 });
    await screen.settle();
    expect(screen.text).toContain('✓ pause at step 207');
    expect(screen.text).toContain('‖ paused');
    expect(screen.text).toContain('space resume');
    screen.source.answer = () => ({ ok: true, step: 207 });
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'resume' });
  },
  members: async (key, { openGroup }) => {
    const { screen, sources } = await openGroup();
    // All are in view: the panels show one that trains.
    expect(screen.text).toMatch(
      /seeds {2}\[all\] {2}0 ✓ [\d.]+ ▸1 ● 10 % {2}2 ● 10 % {2}3 ○ .*keys act on all 2 that train · panels: seed 1/,
    );
    expect(screen.text).toContain('mean ± sd of 3 seeds');
    // As far as the one that is done, not as the one that the panels show.
    expect(screen.text).toMatch(/ step +0 [^\n]*2 000/);
    await screen.press('space');
    expect(sources.map(({ asked }) => asked?.type)).toEqual([undefined, 'pause', 'pause', undefined]);
    await screen.press(key);
    const seed = key === ']' ? 0 : 3;
    expect(screen.row('3 ○')).toContain(seed === 0 ? '[0 ✓ ' : '[3 ○]');
    await screen.press(key);
    const second = key === ']' ? 1 : 2;
    expect(screen.row('3 ○')).toMatch(new RegExp(`\\[${second} ● 10 %\\].*keys act on seed ${second}`));
    expect(screen.text).toContain(`seed ${second}, band of 3 seeds`);
    await screen.press('.');
    const asked = sources.map(({ asked: one }) => one?.type);
    expect(asked).toEqual([undefined, ...(second === 1 ? ['step', 'pause'] : ['pause', 'step']), undefined]);
    expect(screen.text).toContain(`one step · seed ${second}`);
    await screen.press(key, key, key);
    expect(screen.row('3 ○')).toContain('[all]');
  },
  step: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'step', count: 1 });
  },
  run_to: async (key, { open }) => {
    const screen = await open();
    await screen.press(key, '5', '0', '0');
    expect(screen.text).toContain('run to step 500_');
    await screen.press('enter');
    expect(screen.source.asked).toEqual({ type: 'run_to', step: 500 });
  },
  slower: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 50 });
  },
  faster: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('the run has no cap on its pace');
    screen.source.status({ pace: 40 });
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 80 });
  },
  undo: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('nothing is left to take back');
    await screen.press(':', 'lr 0.5', 'enter');
    set(screen, 'train.learning_rate', 0.01, 0.5);
    await screen.press('2', 'P');
    applied(screen, [], 'clamp');
    await screen.press('x');
    applied(screen, ['-L0H0'], 'clamp');
    // What another screen changed can be taken back as well.
    set(screen, 'train.batch', 64, 128);
    await screen.settle();
    const back = [
      [{ type: 'set', path: 'train.batch', value: 64 }, () => set(screen, 'train.batch', 128, 64, 'undo')],
      [{ type: 'mask', scope: 'clamp', edits: ['+L0H0'] }, () => applied(screen, ['+L0H0'], 'clamp', 'undo')],
      [{ type: 'mask', scope: 'probe', edits: [] }, () => applied(screen, [], 'probe', 'undo')],
      [
        { type: 'set', path: 'train.learning_rate', value: 0.01 },
        () => set(screen, 'train.learning_rate', 0.5, 0.01, 'undo'),
      ],
    ] as const;
    for (const [request, confirm] of back) {
      // The trainer answers once what was asked is in force.
      screen.source.answer = ({ type }) => {
        if (type !== 'watch') confirm();
        return { ok: true, step: 200 };
      };
      await screen.press(key);
      expect(screen.source.asked).toEqual({ ...request, why: 'undo' });
    }
    screen.source.answer = () => ({ ok: true, step: 200 });
    expect(screen.text).toContain('✓ undo learning rate 0.500, from step');
    await screen.press(key);
    expect(screen.text).toContain('nothing is left to take back');
    // Done by hand, the reverse of a change is a change as well.
    await screen.press('x');
    applied(screen, ['-L0H0']);
    await screen.press('x');
    applied(screen, ['+L0H0']);
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H0'], why: 'undo' });
    applied(screen, ['-L0H0'], 'probe', 'undo');
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0H0'], why: 'undo' });
  },
  redo: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('nothing has been taken back');
    await screen.press(':', 'pace 20', 'enter');
    set(screen, 'train.pace', 0, 20);
    await screen.press('u');
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 0, why: 'undo' });
    set(screen, 'train.pace', 20, 0, 'undo');
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 20, why: 'redo' });
    set(screen, 'train.pace', 0, 20, 'redo');
    // Before the trainer has confirmed anything: pressed quickly, keys add up.
    screen.source.answer = () => new Promise(() => {});
    await screen.press('u', key, 'u');
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 0, why: 'undo' });
    // A new change leaves nothing to make again.
    await screen.press('2', 'x', key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H0'] });
  },
};
