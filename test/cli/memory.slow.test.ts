import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { sandbox } from './program.ts';
import { growthOf } from './resident.ts';

const box = sandbox();
afterAll(() => box.remove());

test.skipIf(!existsSync('/proc/self/status'))(
  'after 100,000 steps the process is as large as after 10,000',
  async () => {
    const { live, resident } = await growthOf(box.folder, 'yang-tiny', 100_000);
    // What lives is the same at every run; what is resident depends on when the system gets pages back.
    expect(live).toBeLessThan(0.05);
    expect(resident).toBeLessThan(0.05);
  },
);
