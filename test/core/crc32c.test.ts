import { expect, test } from 'vitest';
import { crc32c } from '../../src/core/crc32c.ts';

test.each([
  ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(255), 0x62a8ab43],
  ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['nothing', new Uint8Array(0), 0],
])('is as in the examples of RFC 3720, section B.4: %s', (_name, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});
