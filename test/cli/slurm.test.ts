import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { type Finished, finished, sandbox, until } from './program.ts';
import { needsSlurm, SlurmCluster, whyNoCluster } from './slurm_cluster.ts';
import { TerminalSession } from './terminal.ts';

const missing = whyNoCluster();
if (missing) console.warn(`sweeps on Slurm are not tested: ${missing}`);

/** What runs are, and how fast they go: 0 as fast as they can, else so many steps a second. */
const steps = 800;
const slow = 20;
/** For what takes a second or two where nothing else is done, in milliseconds. */
const patience = 60_000;

describe.skipIf(missing && !needsSlurm)('a sweep on Slurm', () => {
  const box = sandbox();
  // Where people keep runs.
  const directory = join(box.folder, `it's a "place" of $HOME`);
  let cluster: SlurmCluster;
  beforeAll(async () => {
    const own = join(box.folder, 'slurm');
    mkdirSync(own);
    cluster = await SlurmCluster.start(own, 4);
    Object.assign(box.environment, { SLURM_CONF: cluster.environment['SLURM_CONF'], SQUEUE_STATES: 'FAILED' });
  }, 120_000);
  afterAll(async () => {
    await cluster?.stop();
    box.remove();
  });

  const sweep = (name: string, ...words: string[]): string[] => {
    const common = ['--steps', String(steps), '--set', 'evaluate.every=100', '--device', 'cpu'];
    return ['sweep', 'yang-tiny', '--dir', directory, '--name', name, ...common, ...words];
  };
  const away = ['--on', 'slurm', '--time', '10'];
  const textOf = (name: string, file: string): string => readFileSync(join(directory, name, file), 'utf8');
  const cellsOf = (name: string): Record<string, unknown>[] => JSON.parse(textOf(name, 'sweep.json')).cells;
  const jobOf = (name: string, i: number): string => {
    const { job, index } = cellsOf(name)[i]!['task'] as { job: string; index: number };
    return `${job}_${index}`;
  };
  const isTraining = (name: string, run: string) => (): boolean => {
    try {
      return textOf(name, join(run, 'journal.jsonl')).includes('"metrics"');
    } catch {
      return false;
    }
  };

  const few = sweep('given', '--grid', 'model.heads=2', '--seeds', '2', '--set', `train.pace=${slow}`, ...away);

  /** The same here, while the machine has nothing to do but wait. */
  let here: Promise<Finished>;

  it('is submitted by a command that returns, and refused here meanwhile', async () => {
    const first = await box.run(...few);
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toMatch(/2 submitted as job \d+; .*\n2 queued\n/);
    await until(isTraining('given', 'heads-2_seed-0'), patience);
    await until(isTraining('given', 'heads-2_seed-1'), patience);
    await cluster.call('scancel', jobOf('given', 0));
    // Slurm looks at limits every 30 s: the tests below go on meanwhile.
    await cluster.call('scontrol', 'update', `JobId=${jobOf('given', 1)}`, 'TimeLimit=1');
    const refused = await box.run(...sweep('given', '--grid', 'model.heads=2', '--seeds', '2'));
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringMatching(/Slurm has 1 of its runs; go on with --on slurm/),
    ]);
    here = box.run(...sweep('here', '--grid', 'model.heads=2,4', '--seeds', '6'));
  }, 120_000);

  it('is refused in the words of sbatch', async () => {
    const { code, err } = await box.run(...sweep('none', ...away, '--partition', 'nowhere'));
    expect([code, err]).toEqual([2, expect.stringMatching(/^incline: sbatch: .*[Ii]nvalid partition.*\n$/)]);
    expect(err.trim().split('\n')).toHaveLength(1);
    const long = await box.run(...sweep('none', '--on', 'slurm', '--time', '99-0'));
    expect([long.code, long.err]).toEqual([2, expect.stringMatching(/^incline: sbatch: .*time limit.*\n$/)]);
  }, 120_000);

  it('says why a run failed, and tries it alone again when told', async () => {
    const rates = ['--grid', 'train.learning_rate=0.01,1000', '--set', 'train.optimizer=sgd', ...away];
    expect((await box.run(...sweep('mixed', ...rates))).code).toBe(0);
    let ended = await box.run(...sweep('mixed', ...rates));
    await until(async () => {
      ended = await box.run(...sweep('mixed', ...rates));
      return ended.out.includes('\n1 done · 1 failed\n');
    }, patience);
    expect(ended.code).toBe(2);
    expect(ended.err).toMatch(/learning_rate 1000 · seed 0 failed: .*(diverged|not finite)/);
    const again = await box.run(...sweep('mixed', ...rates, '--retry'));
    expect([again.code, again.out]).toEqual([0, expect.stringMatching(/\n1 submitted as .*\n1 queued · 1 done\n/)]);
  }, 120_000);

  it('is cancelled with what it trains saved', async () => {
    const words = ['--seeds', '3', '--set', `train.pace=${slow}`, '--array-limit', '1', ...away];
    expect((await box.run(...sweep('left', ...words))).code).toBe(0);
    await until(isTraining('left', 'seed-0'), patience);
    // Seeds alone, too, are seen to wait, and why.
    const screen = TerminalSession.open(box.folder, box.environment, ['attach', 'left', '--dir', directory]);
    await screen.see(/● 1 training[^\n]*◇ 2 queued|◇ 2 queued[^\n]*● 1 training/, patience);
    screen.press('q');
    await screen.see(/d leaves it going with Slurm/);
    screen.press('d');
    expect(await screen.exit()).toBe(0);
    const other = Number(/\d+/.exec(await cluster.call('sbatch', '--parsable', '--hold', '--wrap=true'))?.[0]);
    const { code, out } = await box.run('stop', 'left', '--dir', directory);
    expect([code, out]).toEqual([0, 'left: cancelled, 3 of 3 runs are left; the command that submitted it goes on\n']);
    expect(cellsOf('left').map(({ state, reason }) => [state, reason])).toEqual([
      ['stopped', expect.stringMatching(/^told to end: stopped at step \d+, saved$/)],
      ['stopped', 'left the queue before it started'],
      ['stopped', expect.stringMatching(/^(cancelled|left the queue before it started)$/)],
    ]);
    // Nobody else's.
    expect(await cluster.call('squeue', '--noheader', '--format=%i')).toContain(`${other}\n`);
    await cluster.call('scancel', String(other));
  }, 120_000);

  it('comes to the bytes of one here, though runs are cancelled, reach their limit, and the submitter is killed', async () => {
    let results = '';
    await until(
      async () => {
        results = (await box.run('sweep', 'results', 'given', '--dir', directory)).out;
        return !results.includes('\nrunning ');
      },
      45_000,
      2500,
    );
    expect(results).toMatch(/\nstopped {2}heads-2_seed-0: cancelled: stopped at step \d+, saved\n/);
    expect(results).toMatch(/\nstopped {2}heads-2_seed-1: near its time limit: stopped at step \d+, saved\n/);

    const all = sweep('given', '--grid', 'model.heads=2,4', '--seeds', '6', ...away);
    const killed = box.start(...all);
    setTimeout(() => killed.kill('SIGKILL'), 500 + RandomStream.named(Date.now() % 2 ** 31, 'kill').integer(1500));
    await finished(killed);
    await until(
      async () => {
        const { code, out, err } = await box.run(...all);
        expect([code, err]).toEqual([0, '']);
        return out.includes('\n12 done\n');
      },
      150_000,
      2500,
    );
    expect((await here).code).toBe(0);
    expect(textOf('given', 'results.csv')).toBe(textOf('here', 'results.csv'));
    expect(textOf('given', 'curves.csv')).toBe(textOf('here', 'curves.csv'));
    const hashes = (name: string): unknown[] => cellsOf(name).map(({ sha256 }) => sha256);
    expect(hashes('given')).toEqual(hashes('here'));
    expect(hashes('here')[0]).toMatch(/^[0-9a-f]{64}$/);
  }, 180_000);
});

it('without Slurm, a sweep on it is refused in a line, and its options without it', async () => {
  const box = sandbox();
  try {
    Object.assign(box.environment, { PATH: box.folder });
    const refused = await box.run('sweep', 'yang-tiny', '--on', 'slurm');
    expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/^incline: there is no sbatch here; .*\n$/)]);
    const stray = await box.run('sweep', 'yang-tiny', '--array-limit', '3');
    expect([stray.code, stray.err]).toEqual([2, 'incline: --array-limit needs --on slurm\n']);
    expect(readdirSync(box.folder)).toEqual([]);
  } finally {
    box.remove();
  }
}, 30_000);
