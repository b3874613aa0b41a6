import type { RandomStream } from '../../src/core/random.ts';

/** Values of every wrong type and size. */
const strange: readonly unknown[] = [null, -1, 1e308, 2 ** 53, 0.5, '', 'x'.repeat(300), [], {}, true, [[]], { v: 1 }];

/** Damage to a file: cut off, bits turned, bytes put in, taken out or repeated, long runs of one byte. */
export function mutateBytes(file: Buffer, stream: RandomStream): Buffer {
  const at = stream.integer(Math.max(1, file.length));
  const some = 1 + stream.integer(40);
  switch (stream.integer(6)) {
    case 0:
      return file.subarray(0, at);
    case 1: {
      const bytes = Buffer.from(file);
      for (let i = 0; i < some; i++) bytes[stream.integer(bytes.length)]! ^= 1 << stream.integer(8);
      return bytes;
    }
    case 2:
      return Buffer.concat([file.subarray(0, at), Buffer.alloc(some, stream.integer(256)), file.subarray(at)]);
    case 3:
      return Buffer.concat([file.subarray(0, at), file.subarray(Math.min(file.length, at + some))]);
    case 4:
      return Buffer.concat([file, file.subarray(at)]);
    default: {
      const bytes = Buffer.from(file);
      return bytes.fill(stream.integer(2) === 0 ? 0 : 0xff, at, Math.min(bytes.length, at + some));
    }
  }
}

/** The value with one of its parts, anywhere inside, replaced, removed or made huge. */
function mutateJson(value: unknown, stream: RandomStream): unknown {
  const copy = structuredClone(value);
  const places = placesOf(copy);
  if (places.length === 0) return strange[stream.integer(strange.length)];
  const { holder, key } = places[stream.integer(places.length)]!;
  if (stream.integer(5) === 0) Reflect.deleteProperty(holder, key);
  else Reflect.set(holder, key, strange[stream.integer(strange.length)]);
  return copy;
}

/** A file of JSON with its bytes or one of its parts damaged. */
export function mutateBytesOrJson(file: Buffer, stream: RandomStream): Buffer {
  if (stream.integer(2) === 0) return mutateBytes(file, stream);
  return Buffer.from(JSON.stringify(mutateJson(JSON.parse(file.toString()), stream)) ?? '');
}

function placesOf(value: unknown): { holder: object; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [{ holder: value, key }, ...placesOf(inner)]);
}

/** A safetensors file with its header changed as JSON, or its length field overwritten; everything else stays. */
export function mutateSnapshot(file: Buffer, stream: RandomStream): Buffer {
  const kind = stream.integer(4);
  if (kind === 0) return mutateBytes(file, stream);
  const length = Number(file.readBigUInt64LE(0));
  if (kind === 1) {
    const bytes = Buffer.from(file);
    const lengths = [0n, 1n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, BigInt(length + 8), BigInt(file.length)];
    bytes.writeBigUInt64LE(lengths[stream.integer(lengths.length)]!, 0);
    return bytes;
  }
  const header = JSON.parse(file.toString('utf8', 8, 8 + length));
  // The checksum would hide what the header says.
  Reflect.deleteProperty(header.__metadata__, 'sha256');
  const changed = kind === 2 ? mutateJson(header, stream) : withInnerJson(header, stream);
  const text = Buffer.from(JSON.stringify(changed));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([start, text, file.subarray(8 + length)]);
}

/** The header with one of the texts of its metadata, which are JSON themselves, changed inside. */
function withInnerJson(header: { __metadata__: Record<string, string> }, stream: RandomStream) {
  const fields = ['config', 'events', 'rng', 'engine', 'step', 'seed', 'mask_revision', 'trained_s'];
  const field = fields[stream.integer(fields.length)]!;
  const inner = JSON.stringify(mutateJson(JSON.parse(header.__metadata__[field] ?? 'null'), stream)) ?? 'null';
  return { ...header, __metadata__: { ...header.__metadata__, [field]: inner } };
}

/** A journal with one line damaged, left out, repeated or moved. */
export function mutateJournal(file: Buffer, stream: RandomStream): Buffer {
  const lines = file.toString('utf8').split('\n').slice(0, -1);
  const at = stream.integer(lines.length);
  switch (stream.integer(5)) {
    case 0:
      return mutateBytes(file, stream);
    case 1:
      lines.splice(at, 1);
      break;
    case 2:
      lines.splice(stream.integer(lines.length), 0, lines[at]!);
      break;
    default:
      // The first lines hold the most structure.
      for (const line of [at, stream.integer(Math.min(6, lines.length))]) {
        lines[line] = JSON.stringify(mutateJson(JSON.parse(lines[line]!), stream)) ?? '';
      }
  }
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}
