import { test } from 'vitest';
import { expectSameBytesAfterKills } from './killed_sweeps.ts';

test('a sweep comes to the same bytes when it and its runs are killed at random moments: 30 times', () =>
  expectSameBytesAfterKills(30));
