import { describe, expect, test } from 'vitest';
import { bytesOf, ProtobufWriter } from '../../src/core/protobuf.ts';

const hex = (writer: ProtobufWriter) => Buffer.from(writer.finish()).toString('hex');

// Expected bytes from the examples of "Encoding", Protocol Buffers documentation, and by hand from its rules.
describe('ProtobufWriter', () => {
  test('an integer is a varint, lowest seven bits first', () => {
    expect(hex(new ProtobufWriter().integer(1, 150))).toBe('089601');
  });

  test('integers at the edges of one and two bytes', () => {
    expect(hex(new ProtobufWriter().integer(1, 127).integer(1, 128))).toBe('087f088001');
  });

  test('an integer beyond 32 bits', () => {
    expect(hex(new ProtobufWriter().integer(1, 1099511627776))).toBe('08808080808020');
  });

  test('text is its length and its bytes', () => {
    expect(hex(new ProtobufWriter().bytes(2, 'testing'))).toBe('120774657374696e67');
  });

  test('a message inside another', () => {
    expect(hex(new ProtobufWriter().bytes(3, new ProtobufWriter().integer(1, 150)))).toBe('1a03089601');
  });

  test('a field number above 15 takes two bytes', () => {
    expect(hex(new ProtobufWriter().integer(20, 1))).toBe('a00101');
  });

  test('a float is four bytes, lowest first', () => {
    expect(hex(new ProtobufWriter().float(2, 1.5))).toBe('150000c03f');
  });

  test('a double is eight bytes, lowest first', () => {
    expect(hex(new ProtobufWriter().double(1, -2))).toBe('0900000000000000c0');
  });

  test('only the part of a buffer that a typed array shows', () => {
    const whole = Float32Array.of(1, 1.5, 2);
    expect(hex(new ProtobufWriter().bytes(9, bytesOf(whole.subarray(1, 2))))).toBe('4a040000c03f');
  });
});
