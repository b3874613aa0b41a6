import { inflateSync } from 'node:zlib';

// Reads event files of TensorBoard from the published formats alone: TensorFlow's record format with its masked CRC-32C, and the
// wire format of protocol buffers.

/** Fields of a message by number: whole numbers, or bytes of what has a width or a length. */
type Message = ReadonlyMap<number, readonly (number | Buffer)[]>;

export interface SummaryRead {
  readonly step: number;
  readonly seconds: number;
  readonly tag: string;
  readonly scalar?: number;
  readonly text?: string;
  readonly plugin?: string;
  readonly image?: {
    readonly width: number;
    readonly height: number;
    readonly pixel: (x: number, y: number) => number;
  };
  readonly histogram?: Readonly<Record<'min' | 'max' | 'num' | 'sum' | 'squares', number>> & {
    readonly limits: readonly number[];
    readonly counts: readonly number[];
  };
}

/** Summaries in the order of the file, and steps at which a run is said to have started. @throws Error where a sum is wrong */
export function readEvents(file: Buffer): { version: string; starts: number[]; summaries: SummaryRead[] } {
  const events = recordsOf(file).map(messageOf);
  const version = text(events[0]!, 3);
  const starts = events.filter((event) => event.has(7)).map((event) => whole(event, 2));
  const summaries = events.flatMap((event) =>
    messages(event, 5).flatMap((summary) =>
      messages(summary, 1).map((value) => ({
        step: whole(event, 2),
        seconds: (event.get(1)![0] as Buffer).readDoubleLE(),
        tag: text(value, 1),
        ...contentOf(value),
      })),
    ),
  );
  return { version, starts, summaries };
}

function contentOf(value: Message): Partial<SummaryRead> {
  const [image] = messages(value, 4);
  const [histogram] = messages(value, 5);
  const [tensor] = messages(value, 8);
  if (image) return { image: pictureOf(image) };
  if (histogram) {
    const double = (field: number): number => (histogram.get(field)![0] as Buffer).readDoubleLE();
    const doubles = (field: number): number[] => {
      const bytes = histogram.get(field)![0] as Buffer;
      return Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i));
    };
    const [min, max, num, sum, squares] = [1, 2, 3, 4, 5].map(double) as [number, number, number, number, number];
    return { histogram: { min, max, num, sum, squares, limits: doubles(6), counts: doubles(7) } };
  }
  if (tensor) {
    const plugin = text(messages(messages(value, 9)[0]!, 1)[0]!, 1);
    return { text: text(tensor, 8), plugin };
  }
  return { scalar: (value.get(2)![0] as Buffer).readFloatLE() };
}

/** A PNG of 8 bits a channel, unfiltered. */
function pictureOf(image: Message): NonNullable<SummaryRead['image']> {
  const png = image.get(4)![0] as Buffer;
  const [height, width] = [whole(image, 1), whole(image, 2)];
  if (png.readUInt32BE(16) !== width || png.readUInt32BE(20) !== height)
    throw new Error('the picture has another size');
  const start = png.indexOf('IDAT') + 4;
  const rows = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)));
  return { width, height, pixel: (x, y) => rows.readUIntBE(y * (1 + 3 * width) + 1 + 3 * x, 3) };
}

function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    if (file.readUInt32LE(at + 8) !== masked(file.subarray(at, at + 8))) throw new Error(`length at ${at}: wrong sum`);
    if (file.readUInt32LE(at + 12 + length) !== masked(data)) throw new Error(`record at ${at}: wrong sum`);
    records.push(data);
    at += 16 + length;
  }
  return records;
}

function masked(bytes: Uint8Array): number {
  let sum = 0xffffffffn;
  for (const byte of bytes) {
    sum ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) sum = sum & 1n ? (sum >> 1n) ^ 0x82f63b78n : sum >> 1n;
  }
  const crc = sum ^ 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

function messageOf(bytes: Buffer): Message {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let power = 1; ; power *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * power;
      if (byte < 128) return value;
    }
  };
  const widths: Readonly<Record<number, () => number>> = { 1: () => 8, 2: varint, 5: () => 4 };
  while (at < bytes.length) {
    const key = varint();
    const width = widths[key % 8];
    let value: number | Buffer;
    if (width) {
      const size = width();
      value = bytes.subarray(at, at + size);
      at += size;
    } else value = varint();
    fields.set(Math.floor(key / 8), [...(fields.get(Math.floor(key / 8)) ?? []), value]);
  }
  return fields;
}

const messages = (message: Message, field: number): Message[] =>
  (message.get(field) ?? []).map((bytes) => messageOf(bytes as Buffer));
const text = (message: Message, field: number): string => String(message.get(field)?.[0] ?? '');
const whole = (message: Message, field: number): number => Number(message.get(field)?.[0] ?? 0);
