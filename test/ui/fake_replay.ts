import type { EventBody } from '../../src/protocol/events.ts';
import type { Recorded } from '../../src/runs/open_replay.ts';
import { ReplaySource } from '../../src/runs/replay.ts';
import { Timeline } from '../../src/runs/timeline.ts';
import { type Picture, Pictures } from '../../src/store/pictures.ts';
import { activations, measured, stamped, started } from './fake_source.ts';

export function fakeReplay(step?: number, notices: readonly string[] = []): ReplaySource {
  return new ReplaySource({ ...fakeRecord(), notices, step });
}

/** A run of 200 steps, evaluated every ten, with a picture every twenty, two snapshots and two changes. */
export function fakeRecord(): Recorded {
  const timeline = new Timeline();
  const bodies: EventBody[] = [started()];
  const rate = (from: number, to: number) =>
    ({ type: 'control_changed', path: 'train.learning_rate', from, to }) as const;
  const extra: Record<number, EventBody> = {
    50: { type: 'snapshot_saved', step: 50, file: 'step-00000050.safetensors', why: 'key' },
    80: { step: 80, ...rate(0.01, 0.02) },
    120: { step: 120, ...rate(0.02, 0.03) },
    150: { type: 'snapshot_saved', step: 150, file: 'step-00000150.safetensors', why: 'key' },
  };
  for (let at = 0; at <= 200; at += 10) bodies.push(...measured(at), ...[extra[at] ?? []].flat());
  timeline.add(bodies.map((body, index) => stamped(body, index + 1)));
  const pictures = Array.from(
    { length: 11 },
    (_, i): Picture => ({ step: 20 * i, load: async () => activations(20 * i) }),
  );
  return { timeline, stops: timeline.stops(), pictures: new Pictures(pictures), snapshots: new Map(), notices: [] };
}
