/** A safetensors file with its header, an object of JSON, changed; the data stays as it is. */
export function rewriteHeader<T>(file: Buffer, change: (header: T) => object): Buffer {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as T;
  const text = Buffer.from(JSON.stringify(change(header)));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([start, text, file.subarray(8 + length)]);
}
