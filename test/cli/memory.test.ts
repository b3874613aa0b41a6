import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { sandbox } from './program.ts';
import { growthOf } from './resident.ts';

const box = sandbox();
afterAll(() => box.remove());

test.skipIf(!existsSync('/proc/self/status'))(
  'twenty thousand steps take no more memory than ten thousand',
  { timeout: 180_000 },
  async () => {
    const { live, resident } = await growthOf(box.folder, 'yang-tiny', 20_000);
    // What lives is the same at every run; what is resident depends on when the system gets pages back.
    expect(live).toBeLessThan(0.05);
    expect(resident).toBeLessThan(0.1);
  },
);
