const newline = 10;

/**
 * Whole lines of a stream of bytes, with their newlines, as many at a time as a chunk completes. A last line without its
 * newline is left out.
 * @param longest most bytes of a line that are held
 * @throws RangeError when a line is longer
 */
export async function* wholeLines(chunks: AsyncIterable<Buffer>, longest: number): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(newline) + 1;
    if (length + (end === 0 ? chunk.length : chunk.indexOf(newline)) > longest) {
      throw new RangeError(`longer than ${longest} bytes`);
    }
    if (end === 0) {
      pieces.push(chunk);
      length += chunk.length;
      continue;
    }
    yield Buffer.concat([...pieces, chunk.subarray(0, end)]);
    pieces = [chunk.subarray(end)];
    length = pieces[0]!.length;
  }
}
