import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { sandbox } from './program.ts';
import { residentSizes } from './resident.ts';

const box = sandbox();
afterAll(() => box.remove());

test.skipIf(!existsSync('/proc/self/status'))(
  'twenty thousand steps take no more memory than one thousand',
  async () => {
    const sizes = await residentSizes(box.folder, 'yang-tiny', 20_000);
    expect(sizes.at(-1)!.step).toBe(20_000);
    expect(sizes.at(-1)!.bytes / sizes[0]!.bytes).toBeLessThan(1.1);
  },
);
