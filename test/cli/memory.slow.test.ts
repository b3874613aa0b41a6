import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { sandbox } from './program.ts';
import { residentSizes } from './resident.ts';

const box = sandbox();
afterAll(() => box.remove());

test.skipIf(!existsSync('/proc/self/status'))(
  'after 100,000 steps the process is as large as after 1,000',
  async () => {
    const sizes = await residentSizes(box.folder, 'yang-tiny', 100_000);
    expect(Math.abs(sizes.at(-1)!.bytes / sizes[0]!.bytes - 1)).toBeLessThan(0.05);
  },
);
