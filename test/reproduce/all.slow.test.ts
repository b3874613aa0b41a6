import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Claims } from '../../src/reproduce/trial.ts';
import { sandbox } from '../cli/program.ts';

const place = sandbox();
afterAll(() => place.remove());

test('every recipe at its small size: controls fail as they must, a finding tells of what is refuted, and all is computed anew alike', async () => {
  const { code, out, err } = await place.run('reproduce', '--all', '--quick');
  console.log(out);
  expect(code, err).toBe(0);
  const quick = join(place.folder, 'reproduced/quick');
  for (const name of readdirSync(quick)) {
    const { claims, differs } = JSON.parse(readFileSync(join(quick, name, 'claims.json'), 'utf8')) as Claims;
    if (claims.some(({ verdict }) => verdict === 'refuted')) expect(differs, name).not.toEqual([]);
  }
  const again = await place.run('reproduce', '--verify', 'reproduced');
  console.log(again.out);
  expect(again.code, again.err).toBe(0);
}, 3_600_000);
