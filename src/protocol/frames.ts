import { isRecord } from '../core/record.ts';
import { sizeOf } from '../core/tensor.ts';
import { isChangeReason } from './event_check.ts';
import { isInterventionText } from './interventions.ts';
import type { ClientMessage, ProbeFrame, ServerMessage } from './messages.ts';

/** The peer does not speak this protocol, or bytes were lost: the connection is of no more use. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** One message as it travels: uint32 length of the rest, uint32 length of the header, header as JSON, payload. Little-endian. */
export interface Frame {
  readonly header: unknown;
  readonly payload: Uint8Array;
}

/** Why requests are refused once a run is over: its trainer leaves in a moment. */
export const overRefusals = { failed: 'the run has failed', ended: 'the run has ended' } as const;

/** How a trainer answers a request; `step` is where it took effect. */
export type Outcome = { readonly ok: boolean; readonly step: number; readonly error?: string };

/** What a client receives: messages, with the pictures of a probe unpacked. */
export type Received =
  | Exclude<ServerMessage, { readonly type: 'probe' }>
  | { readonly type: 'probe'; readonly frame: ProbeFrame };

/** Longest frame accepted, in bytes. */
const longestFrame = 64 * 2 ** 20;

export function encodeClientMessage(message: ClientMessage): Buffer {
  return encodeFrame(message, []);
}

export function encodeServerMessage(message: Exclude<ServerMessage, { readonly type: 'probe' }>): Buffer {
  return encodeFrame(message, []);
}

/** Tensors travel as float32, one after the other, in the order of the header. */
export function encodeProbe({ step, tensors }: ProbeFrame): Buffer {
  const entries = Object.entries(tensors);
  const header = { type: 'probe', step, tensors: entries.map(([name, { shape }]) => ({ name, shape })) };
  return encodeFrame(
    header,
    entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
}

/** @throws FrameError when it is not a message of a client */
export function decodeClientMessage({ header }: Frame): ClientMessage {
  if (!isRecord(header) || !isCount(header['id']) || !isRequest(header)) throw new FrameError('not a request');
  return header as ClientMessage;
}

/** @throws FrameError when it is not a message of a trainer */
export function decodeServerMessage({ header, payload }: Frame): Received {
  if (isRecord(header)) {
    if (header['type'] === 'probe') return { type: 'probe', frame: decodeProbe(header, payload) };
    if (header['type'] === 'events' && isList(header['events'])) return header as Received;
    if (header['type'] === 'status' && isRecord(header['status'])) return header as Received;
    if (header['type'] === 'reply' && isCount(header['id']) && typeof header['ok'] === 'boolean') {
      return header as Received;
    }
  }
  throw new FrameError('not a message of a trainer');
}

/** Cuts a stream of bytes, arriving in pieces of any size, into frames. Every byte is copied once. */
export class FrameDecoder {
  readonly #limit: number;
  readonly #prefix = new Uint8Array(4);
  /** The frame that is arriving, once its length is known. */
  #frame: Uint8Array | undefined;
  /** Bytes that have arrived of the frame, or of the prefix before it. */
  #filled = 0;

  constructor(limit = longestFrame) {
    this.#limit = limit;
  }

  /**
   * Takes the next bytes and gives the frames that they complete.
   * @throws FrameError when the stream is malformed; the decoder is of no use afterwards
   */
  push(piece: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    for (let rest = piece; rest.length > 0; ) {
      const target: Uint8Array = this.#frame ?? this.#prefix;
      const part = rest.subarray(0, target.length - this.#filled);
      target.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled < target.length) break;
      this.#filled = 0;
      if (this.#frame) frames.push(parseFrame(this.#frame));
      this.#frame = this.#frame ? undefined : new Uint8Array(this.#frameLength());
    }
    return frames;
  }

  #frameLength(): number {
    const length = uint32(this.#prefix, 0);
    if (length >= 4 && length <= this.#limit) return length;
    throw new FrameError(`a frame of ${length} bytes; between 4 and ${this.#limit} are accepted`);
  }
}

function encodeFrame(header: unknown, payload: readonly Uint8Array[]): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(8);
  const frame = Buffer.concat([lengths, json, ...payload]);
  frame.writeUInt32LE(frame.length - 4, 0);
  frame.writeUInt32LE(json.length, 4);
  return frame;
}

function parseFrame(bytes: Uint8Array): Frame {
  const end = 4 + uint32(bytes, 0);
  if (end > bytes.length) throw new FrameError('a header longer than its frame');
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + 4, end - 4).toString();
    return { header: JSON.parse(text), payload: bytes.subarray(end) };
  } catch {
    throw new FrameError('a header that is not JSON');
  }
}

function decodeProbe(header: Record<string, unknown>, payload: Uint8Array): ProbeFrame {
  const { step, tensors: described } = header;
  if (!isCount(step) || !Array.isArray(described)) throw new FrameError('a probe without step and tensors');
  let at = 0;
  const tensors = described.map((entry: unknown) => {
    const { name, shape } = isRecord(entry) ? entry : {};
    const bytes = isShape(shape) ? 4 * sizeOf(shape) : Number.NaN;
    if (typeof name !== 'string' || !(at + bytes <= payload.length)) {
      throw new FrameError('a probe whose tensors do not fit its payload');
    }
    const data = new Float32Array(new Uint8Array(payload.subarray(at, at + bytes)).buffer);
    at += bytes;
    return [name, { shape: shape as number[], data }] as const;
  });
  if (at !== payload.length) throw new FrameError('a probe with bytes that belong to no tensor');
  return { step, tensors: Object.fromEntries(tensors) };
}

/** Whether a request has the fields that its type needs; ranges are the trainer's to check. */
function isRequest(header: Record<string, unknown>): boolean {
  switch (header['type']) {
    case 'pause':
    case 'resume':
    case 'stop':
      return true;
    case 'step':
      return isCount(header['count']);
    case 'run_to':
      return isCount(header['step']);
    case 'set':
      return typeof header['path'] === 'string' && 'value' in header && isChangeReason(header['why']);
    case 'mask':
      return isScope(header['scope']) && isTexts(header['edits']) && isChangeReason(header['why']);
    case 'snapshot':
      return typeof header['why'] === 'string';
    case 'mark':
      return typeof header['file'] === 'string' && typeof header['marked'] === 'boolean';
    case 'remove':
      return typeof header['file'] === 'string';
    case 'watch':
      return (
        isRate(header['rate']) &&
        isOption(header['ablation']) &&
        isOption(header['gradients']) &&
        isOption(header['weights']) &&
        isInterventionText(header['kind'])
      );
    default:
      return false;
  }
}

function isRate(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 60;
}

function isOption(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

function isScope(value: unknown): boolean {
  return value === 'probe' || value === 'clamp';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isRecord);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}
