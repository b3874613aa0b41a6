import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { complaintsOf, soak, tableOf } from './soak_run.ts';

test.skipIf(!existsSync('/proc/self/status'))(
  'twenty thousand steps while screens come and go: memory, files and timers stay, the journal is bounded',
  { timeout: 300_000 },
  async () => {
    const samples = await soak(20_000, 1, () => undefined);
    console.log(tableOf(samples));
    expect(complaintsOf(samples)).toEqual([]);
  },
);
