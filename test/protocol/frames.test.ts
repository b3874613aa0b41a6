import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeProbe,
  encodeServerMessage,
  type Frame,
  FrameDecoder,
  FrameError,
} from '../../src/protocol/frames.ts';
import type { ClientMessage, ProbeFrame } from '../../src/protocol/messages.ts';

const pause: ClientMessage = { type: 'pause', id: 7 };

/** Frames of `bytes` when they arrive in pieces of these sizes, the last one repeated. */
function decodeInPieces(bytes: Uint8Array, sizes: readonly number[]): Frame[] {
  const decoder = new FrameDecoder();
  const frames: Frame[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)]!;
    frames.push(...decoder.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return frames;
}

describe('the wire format', () => {
  it('is two little-endian lengths, the header, the payload', () => {
    expect([...encodeClientMessage(pause)]).toEqual([
      27,
      0,
      0,
      0,
      23,
      0,
      0,
      0,
      ...Buffer.from('{"type":"pause","id":7}'),
    ]);
    const probe = encodeProbe({ step: 1, tensors: { a: { shape: [1], data: Float32Array.of(-2) } } });
    expect([...probe.subarray(-4)]).toEqual([0, 0, 0, 0xc0]);
    expect(probe.readUInt32LE(0)).toBe(probe.length - 4);
    expect(probe.readUInt32LE(4)).toBe(probe.length - 12);
  });
});

describe('a stream cut anywhere', () => {
  const tensor = fc.float32Array({ maxLength: 20 }).map((data) => ({ shape: [data.length], data }));
  const probe: fc.Arbitrary<ProbeFrame> = fc.record(
    { step: fc.nat(), tensors: fc.dictionary(fc.string(), tensor, { noNullPrototype: true }) },
    { noNullPrototype: true },
  );
  const pieces = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 30 });

  it('gives the same messages in the same order', () => {
    fc.assert(
      fc.property(fc.array(probe, { maxLength: 5 }), pieces, (probes, sizes) => {
        const bytes = Buffer.concat(
          probes.flatMap((frame, id) => [encodeClientMessage({ ...pause, id }), encodeProbe(frame)]),
        );
        const frames = decodeInPieces(bytes, sizes);
        expect(frames).toHaveLength(2 * probes.length);
        for (const [i, sent] of probes.entries()) {
          expect(decodeClientMessage(frames[2 * i]!)).toEqual({ ...pause, id: i });
          expect(decodeServerMessage(frames[2 * i + 1]!)).toEqual({ type: 'probe', frame: sent });
        }
      }),
      { numRuns: 200 },
    );
  });

  it('that is noise gives frames or a FrameError, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), pieces, (noise, at, sizes) => {
        const bytes = Buffer.concat([encodeClientMessage(pause), encodeClientMessage(pause)]);
        bytes.set(noise.subarray(0, bytes.length - at), at);
        try {
          for (const frame of decodeInPieces(bytes, sizes)) decodeClientMessage(frame);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes time in proportion to its length, even byte by byte', () => {
    const data = new Float32Array(2 ** 19);
    const bytes = encodeProbe({ step: 1, tensors: { a: { shape: [data.length], data } } });
    const start = performance.now();
    expect(decodeInPieces(bytes, [1])).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('refusals', () => {
  const raw = (total: number, header: number, text: string): Buffer => {
    const bytes = Buffer.alloc(8 + text.length);
    bytes.writeUInt32LE(total, 0);
    bytes.writeUInt32LE(header, 4);
    bytes.write(text, 8);
    return bytes;
  };

  it.each([
    ['longer than the limit, before it has arrived', raw(64 * 2 ** 20 + 1, 2, '{}')],
    ['too short for its own lengths', raw(3, 0, '')],
    ['with a header longer than itself', raw(6, 3, '{}')],
    ['with a header that is not JSON', raw(6, 2, '{x')],
  ])('a frame %s', (_, bytes) => {
    expect(() => new FrameDecoder().push(bytes)).toThrow(FrameError);
  });

  it('a frame longer than a limit of the receiver', () => {
    expect(new FrameDecoder(27).push(encodeClientMessage(pause))).toHaveLength(1);
    expect(() => new FrameDecoder(26).push(encodeClientMessage(pause))).toThrow(FrameError);
  });

  const frame = (header: unknown, payload = new Uint8Array(0)): Frame => ({ header, payload });
  it.each([
    null,
    [],
    'pause',
    { type: 'pause' },
    { type: 'pause', id: '1' },
    { type: 'fly', id: 1 },
    { type: 'step', id: 1, count: -1 },
    { type: 'run_to', id: 1, step: 1.5 },
    { type: 'set', id: 1, path: 3, value: 1 },
    { type: 'set', id: 1, path: 'a' },
    { type: 'snapshot', id: 1 },
    { type: 'watch', id: 1, rate: 1e9 },
    { type: 'watch', id: 1, rate: null },
  ])('as a request: %j', (header) => {
    expect(() => decodeClientMessage(frame(header))).toThrow(FrameError);
  });

  it.each<[unknown, number]>([
    [null, 0],
    [{ type: 'events' }, 0],
    [{ type: 'events', events: [3] }, 0],
    [{ type: 'status', status: 3 }, 0],
    [{ type: 'reply', id: 1 }, 0],
    [{ type: 'probe', step: 1 }, 0],
    [{ type: 'probe', step: 1, tensors: [{ name: 'a', shape: [2] }] }, 4],
    [{ type: 'probe', step: 1, tensors: [{ name: 'a', shape: [1] }] }, 8],
    [{ type: 'probe', step: 1, tensors: [{ name: 'a', shape: [2 ** 40, 2 ** 40] }] }, 8],
    [{ type: 'probe', step: 1, tensors: [{ name: 'a', shape: [-1] }] }, 8],
    [{ type: 'probe', step: 1, tensors: [null] }, 0],
  ])('as a message of a trainer: %j with %i bytes', (header, bytes) => {
    expect(() => decodeServerMessage(frame(header, new Uint8Array(bytes)))).toThrow(FrameError);
  });

  it('every request that exists is accepted', () => {
    const requests: ClientMessage[] = [
      { id: 0, type: 'pause' },
      { id: 1, type: 'resume' },
      { id: 2, type: 'step', count: 3 },
      { id: 3, type: 'run_to', step: 9 },
      { id: 4, type: 'set', path: 'train.pace', value: 2 },
      { id: 5, type: 'snapshot', why: 'key' },
      { id: 6, type: 'stop' },
      { id: 7, type: 'watch', rate: 4 },
    ];
    const bytes = Buffer.concat(requests.map(encodeClientMessage));
    expect(new FrameDecoder().push(bytes).map(decodeClientMessage)).toEqual(requests);
  });

  it('every message of a trainer is accepted', () => {
    const status = { step: 1, state: 'running', stepsPerSecond: 2, until: 3, pace: 0, clients: 1 } as const;
    const event = { v: 1, seq: 1, time: '', type: 'paused', step: 3 } as const;
    const messages = [
      { type: 'status', status },
      { type: 'events', events: [event] },
      { type: 'reply', id: 1, ok: false, step: 2, error: 'no' },
    ] as const;
    const bytes = Buffer.concat(messages.map(encodeServerMessage));
    expect(new FrameDecoder().push(bytes).map(decodeServerMessage)).toEqual(messages);
  });
});
