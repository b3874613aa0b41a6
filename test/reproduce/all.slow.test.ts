import { afterAll, expect, test } from 'vitest';
import { sandbox } from '../cli/program.ts';

const place = sandbox();
afterAll(() => place.remove());

test('every recipe at its small size: controls fail as they must, nothing is refuted, and all is computed anew alike', async () => {
  const { code, out, err } = await place.run('reproduce', '--all', '--quick');
  console.log(out);
  expect(code, err).toBe(0);
  expect(out).not.toMatch(/: refuted$/m);
  const again = await place.run('reproduce', '--verify', 'reproduced');
  console.log(again.out);
  expect(again.code, again.err).toBe(0);
}, 3_600_000);
