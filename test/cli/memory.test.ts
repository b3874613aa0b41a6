import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { finished, program, sandbox } from './program.ts';
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

test.skipIf(!existsSync('/proc/self/limits'))(
  'a limit on addresses that is too low is named',
  async () => {
    // 4 GB: more than Node itself needs, and less than half of what such batches do.
    const words = ['train', 'garg-linear-small', '--headless', '--device', 'cpu', '--set', 'train.batch=60000'];
    const command = ['-c', 'ulimit -v 4000000; exec "$@"', 'sh', process.execPath, program, ...words];
    const { code, err } = await finished(spawn('sh', command, { cwd: box.folder, env: box.environment }));
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(
        /^incline: cpu has no room for .*; ulimit -v allows this process 3\.81 GiB of addresses: raise it, or lower train\.batch, .*\n$/,
      ),
    });
  },
  60_000,
);
