import { crc32 } from 'node:zlib';
import type { StoredTensor } from './safetensors.ts';

/** NumPy's names of our number types. */
const descriptions = { Float32Array: '<f4', Float64Array: '<f8', BigInt64Array: '<i8' } as const;

/**
 * Tensors as an `.npz` file that `numpy.load` opens: an uncompressed zip archive of `<name>.npy`, format 1.0
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 * @throws RangeError when they take 4 GiB or more, beyond which zip needs another form
 */
export function encodeNpz(tensors: ReadonlyMap<string, StoredTensor>): Buffer {
  const files = [...tensors].map(([name, tensor]) => ({ name: Buffer.from(`${name}.npy`), data: encodeNpy(tensor) }));
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, data } of files) {
    const facts = entryFacts(name, data);
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), facts, name]);
    const place = Buffer.alloc(14);
    if (offset + local.length + data.length >= 2 ** 32) throw new RangeError('the tensors take 4 GiB or more');
    place.writeUInt32LE(offset, 10);
    centrals.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), facts, place, name);
    locals.push(local, data);
    offset += local.length + data.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** What the local header and the directory say alike: version, flags, no compression, a fixed date, sum, sizes. */
function entryFacts(name: Buffer, data: Buffer): Buffer {
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  // Names are UTF-8.
  facts.writeUInt16LE(0x800, 2);
  // 1 January 1980, the earliest date there is: the same tensors give the same bytes.
  facts.writeUInt16LE(0x21, 8);
  facts.writeUInt32LE(crc32(data), 10);
  facts.writeUInt32LE(data.length, 14);
  facts.writeUInt32LE(data.length, 18);
  facts.writeUInt16LE(name.length, 22);
  return facts;
}

function encodeNpy({ shape, data }: StoredTensor): Buffer {
  const type = descriptions[data.constructor.name as keyof typeof descriptions];
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${axes}), }`;
  const start = 10;
  // The data begins at a multiple of 64; the header ends with a line feed.
  const length = Math.ceil((start + text.length + 1) / 64) * 64 - start;
  const header = Buffer.alloc(start + length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(`${text.padEnd(length - 1)}\n`, start, 'latin1');
  return Buffer.concat([header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}
