import { crc32 } from 'node:zlib';
import { UserError } from '../core/errors.ts';
import { fromHalf, toHalf } from '../core/half.ts';
import { openPlain } from '../core/plain_files.ts';
import { sizeOf } from '../core/tensor.ts';
import type { ProbeFrame } from '../protocol/messages.ts';

/**
 * Format of `probe.bin`: these 16 bytes, then records. A record is uint32 length of its body, uint32 CRC-32 of the body,
 * body; a body is uint32 length of its header, header `{step, tensors: [{name, shape}]}` as JSON, tensors as float16, one
 * after the other. Little-endian. Steps rise. What the first record holds holds for the later ones unless they say
 * otherwise. A record that the end of the file cuts off is left out.
 */
export const probeMagic = Buffer.from('incline-probe/1\n', 'latin1');

/** Name of the file in a run's folder. */
export const probeFileName = 'probe.bin';

/** Largest file that is read, in bytes: twice what is written. */
const largestFile = 128 * 2 ** 20;
const longestHeader = 2 ** 16;
/** Bytes before a record's body. */
const prefix = 8;

/** Where the record of a step lies. */
interface RecordPlace {
  readonly step: number;
  readonly begin: number;
  readonly end: number;
}

/** What a file of pictures holds, without the pictures. */
export interface ProbeIndex {
  readonly path: string;
  readonly records: readonly RecordPlace[];
}

type Tensors = ProbeFrame['tensors'];

/** A frame as a record; tensors that are bit for bit those of `first` are left out. */
export function encodeProbeRecord({ step, tensors }: ProbeFrame, first?: Tensors): Buffer {
  const halves = Object.entries(tensors).flatMap(([name, { shape, data }]) => {
    if (isSame(data, first?.[name]?.data)) return [];
    const half = new Uint16Array(data.length);
    for (let i = 0; i < data.length; i++) half[i] = toHalf(data[i]!);
    return [{ name, shape, data: half }];
  });
  const described = halves.map(({ name, shape }) => ({ name, shape }));
  const header = Buffer.from(JSON.stringify({ step, tensors: described }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const body = Buffer.concat([
    length,
    header,
    ...halves.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  ]);
  const start = Buffer.alloc(prefix);
  start.writeUInt32LE(body.length, 0);
  start.writeUInt32LE(crc32(body), 4);
  return Buffer.concat([start, body]);
}

function isSame(data: Float32Array, before: Float32Array | undefined): boolean {
  if (before?.length !== data.length) return false;
  for (let i = 0; i < data.length; i++) if (!Object.is(data[i], before[i])) return false;
  return true;
}

/**
 * The steps that a file of pictures holds, and where; reads headers only.
 * @throws UserError when the file cannot be read or is damaged before its last record
 */
export async function indexProbeFile(path: string): Promise<ProbeIndex> {
  const file = await openPlain(path);
  try {
    const { size } = await file.stat();
    if (size > largestFile)
      throw damagedPictures(path, `${size} bytes long, more than the ${largestFile} that are read`);
    const read = async (at: number, length: number): Promise<Buffer> => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - at)));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
      return bytes.subarray(0, bytesRead);
    };
    if (!(await read(0, probeMagic.length)).equals(probeMagic)) throw damagedPictures(path, 'not a file of pictures');
    const records: RecordPlace[] = [];
    for (let begin = probeMagic.length; ; ) {
      const start = await read(begin, prefix + 4);
      if (start.length < prefix + 4) break;
      const end = begin + prefix + start.readUInt32LE(0);
      if (end > size) break;
      const headerLength = start.readUInt32LE(prefix);
      if (headerLength > longestHeader || begin + prefix + 4 + headerLength > end) {
        throw damagedPictures(path, `a record at byte ${begin} with a header longer than itself`);
      }
      const { step } = parseHeader(
        await read(begin + prefix + 4, headerLength),
        end - begin - prefix - 4 - headerLength,
        path,
      );
      if (step <= (records.at(-1)?.step ?? -1))
        throw damagedPictures(path, `step ${step} does not come after the one before`);
      records.push({ step, begin, end });
      begin = end;
    }
    return { path, records };
  } finally {
    await file.close();
  }
}

/** The bytes of records, as they stand in the file. */
export async function readRecords({ path }: ProbeIndex, places: readonly RecordPlace[]): Promise<Buffer[]> {
  const file = await openPlain(path);
  try {
    const records: Buffer[] = [];
    for (const { begin, end } of places) {
      const bytes = Buffer.alloc(end - begin);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, begin);
      records.push(bytes.subarray(0, bytesRead));
    }
    return records;
  } finally {
    await file.close();
  }
}

/** For every record whether it matches its checksum; none does without the first, which holds what the others leave out. */
export async function intactRecords(index: ProbeIndex): Promise<readonly boolean[]> {
  const intact: boolean[] = [];
  for (const place of index.records) {
    const [record] = await readRecords(index, [place]);
    intact.push(intact[0] !== false && isIntact(record!));
  }
  return intact;
}

function isIntact(record: Buffer): boolean {
  const body = record.subarray(prefix);
  return body.length >= 4 && record.readUInt32LE(0) === body.length && crc32(body) === record.readUInt32LE(4);
}

/** Picture number `position` of a file. @throws UserError when it is damaged */
export async function readProbeFrame(index: ProbeIndex, position: number): Promise<ProbeFrame> {
  const place = index.records[position]!;
  const [first, own] = await readRecords(index, [index.records[0]!, place]);
  const tensors = { ...decodeRecord(first!, index.path), ...decodeRecord(own!, index.path) };
  return { step: place.step, tensors };
}

function decodeRecord(record: Buffer, path: string): Tensors {
  if (!isIntact(record)) throw damagedPictures(path, 'a picture does not match its checksum');
  const body = record.subarray(prefix);
  const start = 4 + body.readUInt32LE(0);
  const { tensors } = parseHeader(body.subarray(4, start), body.length - start, path);
  let at = start;
  const decoded = tensors.map(({ name, shape }) => {
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = fromHalf(body.readUInt16LE(at + 2 * i));
    at += 2 * data.length;
    return [name, { shape, data }] as const;
  });
  return Object.fromEntries(decoded);
}

interface RecordHeader {
  readonly step: number;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

function parseHeader(bytes: Buffer, payload: number, path: string): RecordHeader {
  let header: Partial<RecordHeader> | null;
  try {
    header = JSON.parse(bytes.toString());
  } catch {
    throw damagedPictures(path, 'a record whose header is not JSON');
  }
  const { step, tensors } = header ?? {};
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isCount(step) || !Array.isArray(tensors)) throw damagedPictures(path, 'a record without step and tensors');
  let needed = 0;
  for (const { name, shape } of tensors.map((entry) => entry ?? {})) {
    if (typeof name !== 'string' || !Array.isArray(shape) || !shape.every(isCount)) {
      throw damagedPictures(path, 'a record whose tensors have no name or shape');
    }
    needed += 2 * sizeOf(shape);
  }
  if (needed !== payload) throw damagedPictures(path, `tensors of ${needed} bytes in a record that holds ${payload}`);
  return header as RecordHeader;
}

/** The complaint about a file of pictures. */
export function damagedPictures(path: string, what: string): UserError {
  return new UserError({ where: path, what, fix: 'remove the file: only pictures between snapshots are lost' });
}
