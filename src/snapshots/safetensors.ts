import { UserError } from '../core/errors.ts';
import { fromHalf } from '../core/half.ts';
import { isRecord } from '../core/record.ts';
import { sizeOf } from '../core/tensor.ts';
import { parseStrictJson, quote } from './strict-json.ts';

/**
 * Numbers of a file, row-major: float32 (`F32`), float64 (`F64`) or int64 (`I64`). Half precision (`F16`, `BF16`), which
 * other programs write, is widened to float32 on reading, exactly.
 */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array;
}

/** Where a tensor lies: bytes begin ≤ i < end of the data part. */
export interface TensorEntry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Bytes before the data part. */
  readonly bytes: number;
}

/** Bytes of a number, and its reading from bytes that begin at a multiple of its width. */
const dtypes = {
  F32: { width: 4, read: (bytes: ArrayBuffer) => new Float32Array(bytes) },
  F64: { width: 8, read: (bytes: ArrayBuffer) => new Float64Array(bytes) },
  I64: { width: 8, read: (bytes: ArrayBuffer) => new BigInt64Array(bytes) },
  F16: { width: 2, read: (bytes: ArrayBuffer) => Float32Array.from(new Uint16Array(bytes), fromHalf) },
  BF16: { width: 2, read: (bytes: ArrayBuffer) => fromBrain(new Uint16Array(bytes)) },
} as const;
type Dtype = keyof typeof dtypes;

/** bfloat16 is the upper half of a float32. */
function fromBrain(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}

/** Longest header that is read, in bytes: hundreds of times what the largest run needs. */
const longestHeader = 25_000_000;

/** Bytes of the number that says how long the header is. */
const prefix = 8;

/**
 * Bytes of a safetensors file (https://github.com/huggingface/safetensors#format): length of the header as a
 * little-endian unsigned 64-bit number, header as JSON, data. The header is padded with spaces to a multiple of 8 bytes
 * and wide numbers come first, so every tensor is aligned to its own width. Same input, same bytes.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const sorted = Object.entries(tensors).sort(
    ([a, { data: left }], [b, { data: right }]) => right.BYTES_PER_ELEMENT - left.BYTES_PER_ELEMENT || (a < b ? -1 : 1),
  );
  let offset = 0;
  const entries = sorted.map(([name, { shape, data }]) => {
    if (sizeOf(shape) !== data.length || name === '__metadata__') {
      throw new RangeError(`tensor ${name} [${shape.join(', ')}] cannot hold ${data.length} numbers`);
    }
    const begin = offset;
    offset += data.byteLength;
    return [name, { dtype: dtypeOf(data), shape, data_offsets: [begin, offset] }] as const;
  });
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(prefix + headerLength + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, prefix, prefix + headerLength);
  file.set(json, prefix);
  let at = prefix + headerLength;
  for (const [, { data }] of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * All of a safetensors file. Memory stays within a small multiple of the file's size whatever the file says.
 * @param where name of the file, for messages
 * @throws UserError when the file is truncated, damaged or not of this format
 */
export function decodeSafetensors(
  file: Uint8Array,
  where: string,
): { readonly header: SafetensorsHeader; readonly tensors: ReadonlyMap<string, StoredTensor> } {
  const header = decodeHeader(file, file.length, where);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of header.tensors) {
    tensors.set(name, tensorOf(entry, file.subarray(header.bytes + entry.begin, header.bytes + entry.end)));
  }
  return { header, tensors };
}

/** The tensor of an entry from its bytes, begin ≤ i < end of the data part. */
export function tensorOf({ dtype, shape }: TensorEntry, bytes: Uint8Array): StoredTensor {
  // A copy, because views must be aligned and data in files of other programs need not be.
  return { shape, data: dtypes[dtype].read(new Uint8Array(bytes).buffer) };
}

/**
 * How many bytes come before the data part, from the first 8 bytes of a file.
 * @throws UserError when that cannot be
 */
export function headerBytes(start: Uint8Array, fileSize: number, where: string): number {
  if (fileSize < prefix || start.length < prefix) throw damaged(where, `only ${fileSize} bytes long`);
  const length = new DataView(start.buffer, start.byteOffset, prefix).getBigUint64(0, true);
  if (length > BigInt(longestHeader)) {
    // What is cut short needs a header that can be: such a number is the start of something else.
    if (length > BigInt(fileSize)) throw damaged(where, 'is not a snapshot (no safetensors header)');
    throw damaged(where, `says that its header has ${length} bytes, more than the ${longestHeader} that are read`);
  }
  if (length > BigInt(fileSize - prefix)) {
    throw damaged(where, `cut short: its header needs ${length} bytes, ${fileSize - prefix} are there`);
  }
  return prefix + Number(length);
}

/**
 * What a file of `fileSize` bytes holds, from its start (at least the whole header).
 * @throws UserError when the header is malformed or the tensors do not exactly fill the rest of the file
 */
export function decodeHeader(start: Uint8Array, fileSize: number, where: string): SafetensorsHeader {
  const bytes = headerBytes(start, fileSize, where);
  const root = parseStrictJson(start.subarray(prefix, bytes), (what) => damaged(where, what));
  const { __metadata__: metadata = {}, ...entries } = root;
  const tensors = new Map(
    Object.entries(entries).map(([name, value]) => [name, tensorEntry(name, value, where)] as const),
  );
  checkCoverage(tensors, fileSize - bytes, where);
  return { metadata: textsOf(metadata, where), tensors, bytes };
}

function textsOf(metadata: unknown, where: string): ReadonlyMap<string, string> {
  if (!isRecord(metadata) || !Object.values(metadata).every((text) => typeof text === 'string')) {
    throw damaged(where, 'its metadata is not made of strings');
  }
  return new Map(Object.entries(metadata as Record<string, string>));
}

function tensorEntry(name: string, value: unknown, where: string): TensorEntry {
  const complain = (what: string): UserError => damaged(where, `tensor ${quote(name)} ${what}`);
  if (!isRecord(value) || Object.keys(value).sort().join() !== 'data_offsets,dtype,shape') {
    throw complain('is not described by exactly dtype, shape and data_offsets');
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypes, dtype)) {
    throw complain(`is of type ${quote(dtype)}, not one of ${Object.keys(dtypes).join(', ')}`);
  }
  if (!isLengths(shape)) throw complain('has a shape that is not a list of whole numbers');
  if (!isLengths(offsets) || offsets.length !== 2) throw complain('has offsets that are not two whole numbers');
  const [begin, end] = offsets as [number, number];
  let size: number = dtypes[dtype as Dtype].width;
  for (const length of shape) size *= length;
  // An overflowing shape becomes NaN or an inexact number; a zero among its lengths must not hide that.
  const largest = shape.reduce((product, length) => product * Math.max(1, length), 1);
  if (end - begin !== size || !Number.isSafeInteger(largest)) {
    throw complain(`of shape ${quote(shape)} needs ${size} bytes, its offsets hold ${end - begin}`);
  }
  return { dtype: dtype as Dtype, shape, begin, end };
}

/** Tensors must fill the data part from first to last byte, without holes and without sharing. */
function checkCoverage(tensors: ReadonlyMap<string, TensorEntry>, dataSize: number, where: string): void {
  let reached = 0;
  const inOrder = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [name, { begin, end }] of inOrder) {
    if (begin < reached) throw damaged(where, `tensor ${quote(name)} overlaps the one before it`);
    if (begin > reached) throw damaged(where, `${begin - reached} bytes before tensor ${quote(name)} belong to none`);
    reached = end;
  }
  if (reached !== dataSize) {
    throw damaged(where, `its tensors need ${reached} bytes of data, ${dataSize} are there`);
  }
}

function dtypeOf(data: StoredTensor['data']): 'F32' | 'F64' | 'I64' {
  return data instanceof Float32Array ? 'F32' : data instanceof Float64Array ? 'F64' : 'I64';
}

function isLengths(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0);
}

function damaged(where: string, what: string): UserError {
  return new UserError({ where, what, expected: 'a whole safetensors file', fix: 'use another snapshot' });
}
