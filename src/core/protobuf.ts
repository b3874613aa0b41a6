/** Writes protocol buffer messages: fields are appended in order, sub-messages as bytes. */
export class ProtobufWriter {
  readonly #pieces: Uint8Array[] = [];

  /** A non-negative integer (wire type 0). */
  integer(field: number, value: number): this {
    this.#pieces.push(varint(field * 8), varint(value));
    return this;
  }

  /** A 32-bit float (wire type 5). */
  float(field: number, value: number): this {
    this.#pieces.push(varint(field * 8 + 5), bytesOf(Float32Array.of(value)));
    return this;
  }

  /** A 64-bit float (wire type 1). */
  double(field: number, value: number): this {
    this.#pieces.push(varint(field * 8 + 1), bytesOf(Float64Array.of(value)));
    return this;
  }

  /** Bytes, text or a finished sub-message (wire type 2). */
  bytes(field: number, value: Uint8Array | string | ProtobufWriter): this {
    const content =
      typeof value === 'string'
        ? new TextEncoder().encode(value)
        : value instanceof ProtobufWriter
          ? value.finish()
          : value;
    this.#pieces.push(varint(field * 8 + 2), varint(content.length), content);
    return this;
  }

  finish(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces));
  }
}

/** The bytes of a typed array, as the little-endian platforms we run on hold them. */
export function bytesOf(array: Float32Array | Float64Array | BigInt64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Seven bits a byte, lowest first, the top bit set on all but the last. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
