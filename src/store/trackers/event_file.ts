import { crc32c } from '../../core/crc32c.ts';
import { bytesOf, ProtobufWriter } from '../../core/protobuf.ts';

// TensorBoard's event files: records of TensorFlow (core/lib/io/record_writer.h) that hold `Event` messages
// (core/util/event.proto) with summaries (core/framework/summary.proto). Numbers of fields are from there.

/** When something was, in seconds since 1970, and after which update. */
export interface Moment {
  readonly seconds: number;
  readonly step: number;
}

/** What TensorBoard shows of one name at a step. */
export type Summary = ProtobufWriter;

/** How a file begins: what format it is of, and the step from which on earlier files no longer count. */
export function head(moment: Moment): Buffer {
  const started = new ProtobufWriter().integer(1, 1);
  const version = new ProtobufWriter().double(1, moment.seconds).bytes(3, 'brain.Event:2');
  return Buffer.concat([record(version), record(eventAt(moment).bytes(7, started))]);
}

/** What was measured or drawn at a moment. */
export function summaries(moment: Moment, values: readonly Summary[]): Buffer {
  const summary = new ProtobufWriter();
  for (const value of values) summary.bytes(1, value);
  return record(eventAt(moment).bytes(5, summary));
}

/** A gap is NaN, which TensorBoard marks. */
export function scalar(tag: string, value: number | null): Summary {
  return new ProtobufWriter().bytes(1, tag).float(2, value ?? Number.NaN);
}

/** Text in Markdown. */
export function text(tag: string, content: string): Summary {
  const one = new ProtobufWriter().bytes(2, new ProtobufWriter().integer(1, 1));
  // Strings, DT_STRING.
  const tensor = new ProtobufWriter().integer(1, 7).bytes(2, one).bytes(8, content);
  const plugin = new ProtobufWriter().bytes(1, new ProtobufWriter().bytes(1, 'text'));
  return new ProtobufWriter().bytes(1, tag).bytes(8, tensor).bytes(9, plugin);
}

/** A picture in red, green and blue. */
export function image(tag: string, picture: { width: number; height: number; png: Uint8Array }): Summary {
  const { width, height, png } = picture;
  const content = new ProtobufWriter().integer(1, height).integer(2, width).integer(3, 3).bytes(4, png);
  return new ProtobufWriter().bytes(1, tag).bytes(4, content);
}

/** Bars of a histogram. */
const bars = 30;

/** How numbers are spread, in bars of equal width from the smallest to the largest of them. */
export function histogram(tag: string, numbers: ArrayLike<number>): Summary {
  let [least, most, sum, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
    squares += value * value;
  }
  const width = (most - least) / bars || 1;
  const counts = new Float64Array(bars);
  for (let i = 0; i < numbers.length; i++) {
    counts[Math.min(bars - 1, Math.floor((numbers[i]! - least) / width))]!++;
  }
  const limits = Float64Array.from({ length: bars }, (_, bar) => least + (bar + 1) * width);
  const content = new ProtobufWriter()
    .double(1, least)
    .double(2, most)
    .double(3, numbers.length)
    .double(4, sum)
    .double(5, squares)
    .bytes(6, bytesOf(limits))
    .bytes(7, bytesOf(counts));
  return new ProtobufWriter().bytes(1, tag).bytes(5, content);
}

const eventAt = ({ seconds, step }: Moment): ProtobufWriter => new ProtobufWriter().double(1, seconds).integer(2, step);

/** Length, its check sum, the message, its check sum, little-endian. */
function record(message: ProtobufWriter): Buffer {
  const data = message.finish();
  const bytes = Buffer.alloc(data.length + 16);
  bytes.writeBigUInt64LE(BigInt(data.length));
  bytes.writeUInt32LE(masked(bytes.subarray(0, 8)), 8);
  bytes.set(data, 12);
  bytes.writeUInt32LE(masked(data), 12 + data.length);
  return bytes;
}

/** The sum of bytes that may hold sums themselves. */
function masked(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
