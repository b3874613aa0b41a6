import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { expectSameBytesAfterKills } from './killed_sweeps.ts';
import { finished, program, sandbox } from './program.ts';

test(
  'a sweep comes to the same bytes when it and its runs are killed at random moments: 3 times',
  () => expectSameBytesAfterKills(3),
  180_000,
);

test('a run whose sweep is killed while it starts, or finds the run being trained, does not go on by itself', async () => {
  const box = sandbox();
  try {
    const words = ['train', 'yang-tiny', '--name', 'cell', '--resume-or-start', '--headless', '--steps', '10000000'];
    const start = () =>
      spawn(process.execPath, [program, ...words], {
        cwd: box.folder,
        env: box.environment,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
    const orphan = start();
    orphan.disconnect();
    expect(await once(orphan, 'exit')).toEqual([130, null]);

    const other = start();
    await once(other.stdout!, 'data');
    const refused = start();
    const said = once(refused, 'message');
    expect(await finished(refused)).toMatchObject({ code: 2, err: expect.stringContaining('being trained by') });
    expect((await said)[0]).toBe('busy');
    other.disconnect();
    expect(await once(other, 'exit')).toEqual([130, null]);
  } finally {
    box.remove();
  }
}, 60_000);
