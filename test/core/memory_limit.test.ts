import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { memoryRefused } from '../../src/core/memory_limit.ts';

test.each([
  'Array buffer allocation failed',
  "Non-zero status code returned while running Mul node. Name:'mul_184' Status Message: std::bad_alloc",
  'spawn ENOMEM',
])('memory that is refused is no fault of the program: %s', (message) => {
  expect(memoryRefused(new Error(message))?.message).toContain(`memory was refused (${message}); `);
});

test('what is known, or something else, stays as it is', () => {
  expect(memoryRefused(new UserError({ what: 'out of memory' }))).toBeUndefined();
  expect(memoryRefused(new RangeError('Invalid array length'))).toBeUndefined();
  expect(memoryRefused('out of memory')).toBeUndefined();
});
