/** Fields of a protocol buffer message: number and content, integers or bytes. */
function* fields(bytes: Uint8Array): Generator<[number, number | Uint8Array]> {
  let at = 0;
  const integer = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = integer();
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    if (wire === 0) yield [field, integer()];
    else {
      const length = wire === 2 ? integer() : 4;
      yield [field, bytes.subarray(at, at + length)];
      at += length;
    }
  }
}

/** What a message has in a field that holds bytes. */
export const parts = (bytes: Uint8Array, field: number): Uint8Array[] =>
  [...fields(bytes)].flatMap(([number, content]) => (number === field ? [content as Uint8Array] : []));
