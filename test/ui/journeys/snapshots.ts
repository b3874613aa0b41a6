import { expect } from 'vitest';
import { activations } from '../fake_source.ts';
import type { Journey } from './driver.tsx';

/** Saving, marking, looking back, forking and comparing. */
export const snapshots: Readonly<Record<string, Journey>> = {
  snapshot: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    screen.source.emit({ type: 'snapshot_saved', step: 200, file: 'step-00000200.safetensors', why: 'key' });
    await screen.settle();
    expect(screen.source.asked).toEqual({ type: 'snapshot', why: 'key' });
    expect(screen.text).toMatch(/┊ snapshot|snapshot \(key\)/);
    expect(screen.text).toContain('snapshot at step 200');
  },
  fork: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'snapshot', why: 'fork' });
    expect(screen.left).toEqual([]);
    screen.source.emit({ type: 'snapshot_saved', step: 200, file: 'step-00000200.safetensors', why: 'fork' });
    await screen.settle();
    expect([screen.left, screen.fork]).toEqual([['fork'], 'step-00000200.safetensors']);
    // What only a new run can have is offered once.
    const other = await open();
    await other.press(':', 'heads 8', 'enter');
    expect(other.source.asked).toBeUndefined();
    expect(other.text).toContain('heads 8 needs a new run: b starts one with it');
    await other.press(key);
    expect(other.text).toContain('fork with heads 8');
    other.source.emit({ type: 'snapshot_saved', step: 200, file: 'step-00000200.safetensors', why: 'fork' });
    await other.settle();
    expect([other.left, other.settings]).toEqual([['fork'], ['model.heads=8']]);
    // The snapshot in view is what a new run starts from; it is sure to stay first.
    const past = await open();
    const [first, second] = [50, 150].map((step) => `step-00000${step}.safetensors`) as [string, string];
    past.source.emit({ type: 'snapshot_saved', step: 50, file: first, why: 'best' });
    past.source.emit({ type: 'snapshot_saved', step: 150, file: second, why: 'best' });
    await past.press(',', ',', ':', 'lr 0.5', 'enter');
    expect(past.text).toContain('lr 0.500 needs a new run: b starts one from step 50 with it');
    await past.press(key);
    expect(past.source.asked).toEqual({ type: 'mark', file: first, marked: true });
    expect(past.left).toEqual([]);
    past.source.emit({ type: 'snapshot_marked', step: 200, file: first, marked: true });
    await past.settle();
    expect([past.left, past.fork, past.settings]).toEqual([['fork'], first, ['train.learning_rate=0.5']]);
    // So is it once the run has ended.
    const over = await open({ finished: true });
    await over.press(key);
    expect(over.text).toContain('the run has finished');
    over.source.emit({ type: 'snapshot_saved', step: 2000, file: second, why: 'end' });
    await over.press(key);
    expect([over.left, over.fork]).toEqual([['fork'], second]);
    const declined = await open();
    await declined.press(':', 'length 4', 'enter', 'tab', key);
    declined.source.emit({ type: 'snapshot_saved', step: 200, file: 'step-00000200.safetensors', why: 'fork' });
    await declined.settle();
    expect([declined.left, declined.settings]).toEqual([['fork'], []]);
  },
  compare: async (key, { open, openReplay }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('there is no snapshot yet');
    for (const step of [50, 150]) {
      screen.source.emit({ type: 'snapshot_saved', step, file: `step-00000${step}.safetensors`, why: 'key' });
    }
    await screen.press(key);
    expect(screen.text).toContain('step 150 is picked');
    const file = 'step-00000150.safetensors';
    expect(screen.source.asked).toEqual({ type: 'mark', file, marked: true });
    await screen.press(key);
    expect(screen.text).toContain('step 150 is no longer picked');
    expect(screen.source.asked).toEqual({ type: 'mark', file, marked: false });
    // A mark of the person's own stays when the snapshot is no longer picked.
    await screen.press(key, 'M', key);
    expect(screen.source.asked).toEqual({ type: 'mark', file, marked: true });
    screen.source.emit({ type: 'snapshot_marked', step: 150, file, marked: true });
    await screen.press(key, ',', ',', key);
    expect([screen.left, screen.picked]).toEqual([
      ['compare'],
      ['step-00000150.safetensors', 'step-0000050.safetensors'],
    ]);
    const replay = await openReplay();
    await replay.press(key, ';', key);
    expect([replay.left, replay.picked]).toEqual([
      ['compare'],
      ['step-00000050.safetensors', 'step-00000150.safetensors'],
    ]);
  },
  mark: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('there is no snapshot yet');
    const [first, second] = ['step-00000050.safetensors', 'step-00000150.safetensors'];
    screen.source.emit({ type: 'snapshot_saved', step: 50, file: first, why: 'automatic' });
    screen.source.emit({ type: 'snapshot_saved', step: 150, file: second, why: 'automatic' });
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mark', file: second, marked: true });
    expect(screen.text).toContain('✓ ★ snapshot of step 150 stays');
    screen.source.emit({ type: 'snapshot_marked', step: 150, file: second, marked: true });
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mark', file: second, marked: false });
    await screen.press(',');
    expect(screen.text).toContain('pictures of step 150 ★ ·');
    // The one that is looked at, not the newest.
    await screen.press(',', key);
    expect(screen.source.asked).toEqual({ type: 'mark', file: first, marked: true });
  },
  look_earlier: async (key, { open }) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('there is no earlier snapshot');
    for (const step of [50, 150]) {
      screen.source.emit({ type: 'snapshot_saved', step, file: `step-00000${step}.safetensors`, why: 'key' });
    }
    await screen.press(key);
    expect(screen.text).toContain('pictures of step 150');
    // The run goes on, its curves too; only the pictures stay where they are.
    screen.source.probe(activations(190));
    await screen.press(key);
    expect(screen.text).toContain('pictures of step 50');
    expect(screen.row('● training')).toContain('◂ LOOKING AT 50 ');
    await screen.press(key);
    expect(screen.text).toContain('there is no earlier snapshot');
  },
  look_later: async (key, { open }) => {
    const screen = await open();
    screen.source.emit({ type: 'snapshot_saved', step: 50, file: 'step-00000050.safetensors', why: 'key' });
    const entropy = () => screen.row('entropy');
    await screen.settle();
    const now = entropy();
    await screen.press(',');
    await screen.settle();
    expect(entropy()).not.toBe(now);
    await screen.press(key);
    expect(screen.text).toContain('pictures follow the run again');
    expect(entropy()).toBe(now);
    await screen.press(key);
    expect(screen.text).toContain('the pictures show the run as it is');
  },
};
