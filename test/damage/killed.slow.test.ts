import { test } from 'vitest';
import { expectWholeAfterKills } from './killed.ts';

test('a program killed while it saves leaves whole snapshots, and leftovers that are swept: 200 times', () =>
  expectWholeAfterKills(200));
