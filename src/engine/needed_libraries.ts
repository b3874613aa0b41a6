import { closeSync, openSync, readSync } from 'node:fs';

/** Types of segments and entries, and places in the headers, of the ELF format for 64 bits (System V ABI, chapters 4 and 5). */
const segment = { load: 1, dynamic: 2 } as const;
const entry = { needed: 1n, stringTable: 5n } as const;
const headerBytes = 64;
const entryBytes = 16;
/** Largest table that is read, in bytes. */
const largest = 2 ** 20;
const longestName = 256;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/**
 * Names of the shared libraries that a shared library asks the loader for, as `libcudart.so.12`, in order; undefined where the
 * file is not there or not one of 64 bits, little-endian.
 */
export function neededLibraries(path: string): string[] | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return neededIn(file);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function neededIn(file: number): string[] | undefined {
  const header = bytesOf(file, 0, headerBytes);
  // 0x7f E L F, 64 bits, little-endian.
  if (header.readUInt32BE(0) !== 0x7f454c46 || header.readUInt16BE(4) !== 0x0201) return undefined;
  const segments = segmentsOf(file, header);
  const dynamic = segments.find(({ type }) => type === segment.dynamic);
  if (!dynamic) return [];
  const table = bytesOf(file, dynamic.offset, dynamic.size);
  const entries = Array.from({ length: Math.floor(table.length / entryBytes) }, (_, i) => ({
    tag: table.readBigInt64LE(i * entryBytes),
    value: Number(table.readBigUInt64LE(i * entryBytes + 8)),
  }));
  const address = entries.find(({ tag }) => tag === entry.stringTable)!.value;
  const home = segments.find(
    (one) => one.type === segment.load && address >= one.address && address < one.address + one.size,
  )!;
  const strings = home.offset + address - home.address;
  return entries.filter(({ tag }) => tag === entry.needed).map(({ value }) => nameAt(file, strings + value));
}

/** A text that ends with a zero. */
function nameAt(file: number, position: number): string {
  const bytes = Buffer.alloc(longestName);
  const there = readSync(file, bytes, 0, longestName, position);
  return bytes.toString('latin1', 0, bytes.subarray(0, there).indexOf(0));
}

function segmentsOf(file: number, header: Buffer): Segment[] {
  const start = Number(header.readBigUInt64LE(32));
  const [size, count] = [header.readUInt16LE(54), header.readUInt16LE(56)];
  const table = bytesOf(file, start, size * count);
  return Array.from({ length: count }, (_, i) => {
    const at = (offset: number): number => Number(table.readBigUInt64LE(i * size + offset));
    return { type: table.readUInt32LE(i * size), offset: at(8), address: at(16), size: at(32) };
  });
}

/** @throws RangeError where the file ends before, or it is too much */
function bytesOf(file: number, position: number, length: number): Buffer {
  if (length > largest) throw new RangeError(`${length} bytes`);
  const bytes = Buffer.alloc(length);
  if (readSync(file, bytes, 0, length, position) < length) throw new RangeError('it ends before');
  return bytes;
}
