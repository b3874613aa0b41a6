import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  headerBytes,
  type StoredTensor,
} from '../../src/snapshots/safetensors.ts';

/** A file with this header and so many bytes of data. */
function fileOf(header: unknown, dataBytes = 0): Uint8Array {
  const json = typeof header === 'string' ? Buffer.from(header, 'latin1') : Buffer.from(JSON.stringify(header));
  const file = Buffer.alloc(8 + json.length + dataBytes);
  file.writeBigUInt64LE(BigInt(json.length));
  json.copy(file, 8);
  return file;
}

const entry = (shape: unknown, begin: unknown, end: unknown, dtype: unknown = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('writing', () => {
  it('gives the bytes that the specification asks for, computed by hand', () => {
    const header = '{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const bytes = encodeSafetensors({ x: { shape: [2], data: Float32Array.of(1, -2) } }, { a: 'b' });
    expect(header.length).toBe(79);
    expect([...bytes]).toEqual([
      ...[80, 0, 0, 0, 0, 0, 0, 0],
      ...Buffer.from(`${header} `),
      ...[0x00, 0x00, 0x80, 0x3f],
      ...[0x00, 0x00, 0x00, 0xc0],
    ]);
  });

  it('aligns every tensor to its own width and does not depend on the order given', () => {
    const tensors: Record<string, StoredTensor> = {
      a: { shape: [1], data: Float32Array.of(1) },
      b: { shape: [1], data: BigInt64Array.of(2n) },
      c: { shape: [3], data: Float32Array.of(3, 4, 5) },
      d: { shape: [1], data: Float64Array.of(6) },
    };
    const bytes = encodeSafetensors(tensors, {});
    const { header } = decodeSafetensors(bytes, 'x');
    expect([...header.tensors.keys()]).toEqual(['b', 'd', 'a', 'c']);
    for (const { begin, dtype } of header.tensors.values())
      expect((header.bytes + begin) % (dtype === 'F32' ? 4 : 8)).toBe(0);
    expect(encodeSafetensors(Object.fromEntries(Object.entries(tensors).reverse()), {})).toEqual(bytes);
  });

  it('refuses a shape that its data do not fill', () => {
    expect(() => encodeSafetensors({ x: { shape: [3], data: Float32Array.of(1) } }, {})).toThrow(RangeError);
  });
});

describe('reading', () => {
  it('gives back what was written, to the bit', () => {
    const numbers = fc.float32Array({ maxLength: 6 });
    const names = fc.string({ unit: 'binary' }).filter((name) => name !== '__metadata__');
    const texts = fc.dictionary(fc.string(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.dictionary(names, numbers), texts, (arrays, metadata) => {
        const tensors = Object.fromEntries(
          Object.entries(arrays).map(([name, data]) => [name, { shape: [1, data.length], data }] as const),
        );
        const read = decodeSafetensors(encodeSafetensors(tensors, metadata), 'x');
        expect(new Map(read.header.metadata)).toEqual(new Map(Object.entries(metadata)));
        expect(read.tensors.size).toBe(Object.keys(tensors).length);
        for (const [name, { data }] of Object.entries(tensors)) {
          const back = read.tensors.get(name)!.data;
          expect(Buffer.from(back.buffer).equals(Buffer.from(data.buffer, data.byteOffset, data.byteLength))).toBe(
            true,
          );
        }
      }),
      { numRuns: 100 },
    );
  });

  it('takes what other writers may do: no padding, spaces, unaligned data, scalars, empty tensors, no metadata', () => {
    const header =
      '{ "s": {"shape": [], "dtype": "F64", "data_offsets": [4, 12]},\n"e": {"dtype":"I64","shape":[0,5],"data_offsets":[4,4]}, "f": {"dtype":"F32","shape":[1],"data_offsets":[0,4]}}   ';
    const file = Buffer.from(fileOf(header, 12));
    file.writeDoubleLE(Math.PI, file.length - 8);
    const { tensors } = decodeSafetensors(file, 'x');
    expect(tensors.get('s')).toEqual({ shape: [], data: Float64Array.of(Math.PI) });
    expect(tensors.get('e')!.data).toHaveLength(0);
  });

  const malformed: readonly [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /0 bytes long/],
    ['a bare prefix', new Uint8Array(8), /does not begin with/],
    ['a huge header length', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 0x7b), /is not a snapshot/],
    ['text', Buffer.from('step,train_loss\n1,0.5\n'), /is not a snapshot \(no safetensors header\)/],
    ['a header cut short', fileOf({}).slice(0, 9), /cut short/],
    ['a header that is no object', fileOf('[1]'), /begin with {/],
    ['bad JSON', fileOf('{"a":'), /not valid JSON/],
    ['text after the header', fileOf('{}x'), /not valid JSON/],
    ['a byte order mark', fileOf('\xef\xbb\xbf{}'), /begin with {/],
    ['wrong UTF-8', fileOf('{"\xff":1}'), /UTF-8/],
    ['metadata that is text', fileOf({ __metadata__: 'x' }), /metadata/],
    ['metadata with a number', fileOf({ __metadata__: { step: 3 } }), /metadata/],
    ['an unknown type', fileOf({ x: entry([1], 0, 4, 'F8_E5M2') }, 4), /F8_E5M2/],
    ['a type named like a method', fileOf({ x: entry([1], 0, 4, 'toString') }, 4), /toString/],
    ['a negative length', fileOf({ x: entry([-1], 0, 4) }, 4), /shape/],
    ['a broken length', fileOf({ x: entry([0.5], 0, 2) }, 2), /shape/],
    ['offsets that fall', fileOf({ x: entry([1], 4, 0) }, 4), /offsets hold/],
    ['offsets that are text', fileOf({ x: entry([1], '0', '4') }, 4), /offsets/],
    ['a shape of another size', fileOf({ x: entry([2], 0, 4) }, 4), /needs 8 bytes/],
    ['a shape that overflows', fileOf({ x: entry([2 ** 40, 2 ** 40], 0, 4) }, 4), /needs/],
    ['an overflow hidden by a zero', fileOf({ x: entry([2 ** 40, 2 ** 40, 0], 0, 0) }), /needs/],
    ['data past the end', fileOf({ x: entry([2], 0, 8) }, 4), /need 8 bytes/],
    ['data left over', fileOf({ x: entry([1], 0, 4) }, 5), /need 4 bytes/],
    ['a hole', fileOf({ x: entry([1], 0, 4), y: entry([1], 5, 9) }, 9), /belong to none/],
    ['a hole at the start', fileOf({ x: entry([1], 4, 8) }, 8), /belong to none/],
    ['an overlap', fileOf({ x: entry([2], 0, 8), y: entry([1], 4, 8) }, 8), /overlaps/],
    ['two of the same bytes', fileOf({ x: entry([1], 0, 4), y: entry([1], 0, 4) }, 4), /overlaps/],
    ['a missing field', fileOf({ x: { dtype: 'F32', shape: [0] } }), /exactly/],
    ['an unknown field', fileOf({ x: { ...entry([0], 0, 0), more: 1 } }), /exactly/],
    ['a tensor twice', fileOf('{"x":1,"x":1}'), /"x" twice/],
    ['a tensor twice in disguise', fileOf('{"x":1,"\\u0078" :1}'), /"x" twice/],
    ['metadata twice', fileOf('{"__metadata__":{"a":"1","a":"2"}}'), /"a" twice/],
    ['deep nesting', fileOf('{"a":[[['.padEnd(1_000_000, '[')), /deep/],
  ];
  it('refuses a header that is there but too long to be read', () => {
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(25_000_001n);
    expect(() => headerBytes(start, 30_000_000, 'x')).toThrow(/more than the 25000000/);
  });

  it.each(malformed)('refuses %s in one line', (_, file, message) => {
    let error: unknown;
    try {
      decodeSafetensors(file, 'runs/a.safetensors');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/^runs\/a\.safetensors: [^\n]*$/);
  });

  it('shows names from the file without what could steer a terminal', () => {
    const file = fileOf(JSON.stringify({ ['\u001b[2J\u009b31m\n'.padEnd(500, 'x')]: 1 }));
    const message = (() => {
      try {
        return decodeSafetensors(Buffer.from(file), 'f');
      } catch (error) {
        return (error as Error).message;
      }
    })();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not appear
    expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect((message as string).length).toBeLessThan(300);
  });

  it('reads a long hostile header quickly', () => {
    const keys = Array.from({ length: 100_001 }, (_, i) => `"${i}":0`).join();
    const start = performance.now();
    expect(() => decodeSafetensors(fileOf(`{${keys}}`), 'f')).toThrow(/more than 100000 keys/);
    expect(() => decodeSafetensors(fileOf(`{"${'\\"'.repeat(5_000_000)}`), 'f')).toThrow(/not valid JSON/);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
