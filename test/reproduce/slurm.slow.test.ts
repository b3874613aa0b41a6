import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandbox, until } from '../cli/program.ts';
import { needsSlurm, SlurmCluster, whyNoCluster } from '../cli/slurm_cluster.ts';

describe.skipIf(whyNoCluster() && !needsSlurm)('a figure made on Slurm', () => {
  const box = sandbox();
  let cluster: SlurmCluster;
  beforeAll(async () => {
    const own = join(box.folder, 'slurm');
    mkdirSync(own);
    cluster = await SlurmCluster.start(own, 4);
    Object.assign(box.environment, { SLURM_CONF: cluster.environment['SLURM_CONF'] });
  }, 120_000);
  afterAll(async () => {
    await cluster?.stop();
    box.remove();
  });

  it('is submitted by a command that returns, and drawn by the same command once its runs are there', async () => {
    const words = ['reproduce', 'li-quick', '--on', 'slurm', '--time', '10'];
    const first = await box.run(...words);
    expect(first.out).toMatch(/4 submitted as job/);
    expect(first.err).toMatch(/4 runs are with Slurm; the same command looks again/);
    expect(first.code).toBe(0);
    await until(async () => (await box.run(...words)).out.includes('3 claims of 1 figure'), 300_000, 2000);
    expect(await box.run(...words)).toMatchObject({ code: 0, err: '' });
  }, 400_000);
});
