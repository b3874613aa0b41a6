import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireHere } from '../../src/cli/sweep/on_slurm.ts';
import type { Clock } from '../../src/core/clock.ts';
import { shellLine } from '../../src/core/shell.ts';
import { readSweep, type SweepRecord, writeSweep } from '../../src/sweep/record.ts';
import { cancelTasks } from '../../src/sweep/slurm/cancel.ts';
import { type CallSlurm, callSlurm, SlurmRefused } from '../../src/sweep/slurm/client.ts';
import { followed } from '../../src/sweep/slurm/follow.ts';
import { parseAccounting, parseExits, parseQueue } from '../../src/sweep/slurm/queue.ts';
import { batchScript, checkOptions, sbatchWords } from '../../src/sweep/slurm/script.ts';
import { submit } from '../../src/sweep/slurm/submit.ts';
import { verdictOf } from '../../src/sweep/slurm/verdict.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-slurm-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const hostile = `it's a "run" $HOME \`id\` $(id) \\ ; #!\n\ttab`;

function sweepOf(count: number, of: Partial<SweepRecord['cells'][number]> = {}): SweepRecord {
  const cells = Array.from({ length: count }, (_, i) => {
    return { id: `c${i}`, run: `c${i}`, settings: {}, seed: i, state: 'waiting' as const, config_sha256: '', ...of };
  });
  const rest = { grid: {}, zip: {}, seeds: [0], settings: { title: hostile }, steps: 1, config: {}, versions: {} };
  return { v: 1, name: 's', preset: hostile, created: '2026-01-02T03:04:05.000Z', ...rest, cells };
}

const place = { cwd: '/', program: 'main.js' };

describe('the script', () => {
  it('gives each task the words of its line, whatever is in them and in the names of folders', () => {
    const cwd = join(folder, hostile);
    mkdirSync(cwd);
    const program = join(cwd, `it's main.cjs`);
    writeFileSync(program, 'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2)]))');
    const lines = [['one', 'two'], ['', hostile, '-x', "''", '*', '~', 'a=b', 'é 😀'], ['three']];
    writeFileSync(join(folder, 'job.runs'), `${lines.map(shellLine).join('\n')}\n`);
    writeFileSync(join(folder, 'job.sh'), batchScript('job', sbatchWords('job', 3, {}), { cwd, program }));
    for (const [i, words] of lines.entries()) {
      const env = { ...process.env, LC_ALL: 'C.UTF-8', SLURM_ARRAY_TASK_ID: String(i + 1) };
      const out = execFileSync('bash', ['job.sh'], { cwd: folder, env, encoding: 'utf8' });
      expect(JSON.parse(out)).toEqual([cwd, ...words]);
    }
  });

  it('asks for what was asked for, and lets nothing else in', () => {
    const options = { partition: 'gpu', time: '2-12', cpus: 4, mem: '8G', gres: 'gpu:a100:1', account: 'lab' };
    const words = sbatchWords('s-12', 7, { ...options, arrayLimit: 2 });
    expect(
      batchScript('s-12', [...words, '--qos=high'], place)
        .split('\n')
        .slice(0, 13),
    ).toEqual([
      '#!/bin/bash',
      '#SBATCH --job-name=s-12',
      '#SBATCH --array=1-7%2',
      '#SBATCH --output=s-12-%a.log',
      '#SBATCH --open-mode=append',
      '#SBATCH --signal=B:USR1@60',
      '#SBATCH --partition=gpu',
      '#SBATCH --time=2-12',
      '#SBATCH --cpus-per-task=4',
      '#SBATCH --mem=8G',
      '#SBATCH --gres=gpu:a100:1',
      '#SBATCH --account=lab',
      '#SBATCH --qos=high',
    ]);
    for (const time of ['3', '0:3:0', '1:00:00', '0-1', '1-0:0:1', 'UNLIMITED', '0', '180:30']) {
      expect(() => checkOptions({ time }), time).not.toThrow();
    }
  });

  it.each([
    [{ time: '2' }, /^--time: 2 leaves no time to train: .*two minutes.*; expected 3 minutes or more/],
    [{ time: '0:2:59' }, /leaves no time/],
    [{ time: 'soon' }, /^--time: "soon" is no time; expected/],
    [{ time: '-5' }, /is no time/],
    [{ time: '1:2:3:4' }, /is no time/],
    [{ partition: 'a b' }, /^--partition: is "a b"; expected one word/],
    [{ account: 'x\n#SBATCH --uid=0' }, /^--account: is "x /],
    [{ cpus: 0.5 }, /^--cpus: is 0.5/],
    [{ arrayLimit: 0 }, /^--array-limit: is 0/],
    [{ sbatch: ['--qos=a\nrm -rf /'] }, /^--sbatch: is "--qos=a rm/],
    [{ sbatch: ['rm'] }, /^--sbatch: is "rm"; expected a line as --qos=high/],
  ])('refuses %j', (options, message) => {
    expect(() => checkOptions(options)).toThrow(message);
  });
});

describe('what Slurm says', () => {
  const names = new Set(['s-1', 's-2']);
  it('is read where it is of our jobs, and nothing that others named', () => {
    const text = [
      '7|3|PENDING|s-1|Priority',
      '7|1|RUNNING|s-1|None',
      '8|2|NODE_FAIL|s-2|None|with | bars \u001b[2J',
      '9|1|CANCELLED|s-11|None',
      '9|1|CANCELLED|evil|7|4|FAILED|s-1|None',
      '10|N/A|FAILED|s-1|None',
      'slurm_load_jobs error',
      '',
    ].join('\n');
    expect([...parseQueue(text, names)]).toEqual([
      ['s-1 3', { job: '7', word: 'PENDING', reason: 'Priority' }],
      ['s-1 1', { job: '7', word: 'RUNNING' }],
      ['s-2 2', { job: '8', word: 'NODE_FAIL', reason: 'None|with | bars \u001b[2J' }],
    ]);
    const past =
      '7_3|CANCELLED by 1000|s-1|0:15\n7_4|FAILED|s-1|0:9\n7_4.batch|FAILED|s-1|0:9\n7_[5-9]|PENDING|s-1|0:0\n8_1|FAILED|x|1:0\n';
    expect([...parseAccounting(past, names)]).toEqual([
      ['s-1 3', { job: '7', word: 'CANCELLED' }],
      ['s-1 4', { job: '7', word: 'FAILED', exit: { signal: 9, status: 0 } }],
    ]);
    expect([...parseExits('7|1|s-1|9|\n7|2|s-1|35072|\n7|N/A|s-1|9|\n7|3|s|1|9|\nbad\n')]).toEqual([
      ['s-1 1', { signal: 9, status: 0 }],
      ['s-1 2', { signal: 0, status: 137 }],
    ]);
  });

  const at = (step: number, ending?: string, saved = step) => ({ step, ending, saved });
  const task = (word: string) => ({ job: '7', word });
  const saved =
    'step 5\nincline: SIGUSR1: stopped at step 9, saved in x\nslurmstepd: error: *** JOB 7 CANCELLED AT now ***\n';
  it.each([
    ['COMPLETED', at(10, 'completed'), 'all done\n', { state: 'done' }],
    ['COMPLETED', at(4, 'stopped'), 'stopped\n', { state: 'stopped', reason: 'stopped at step 4' }],
    [
      'COMPLETED',
      at(4),
      'step 4\n',
      { state: 'stopped', reason: expect.stringMatching(/without an error.* 4 of 10$/) },
    ],
    ['COMPLETED', at(9, 'completed'), '', { state: 'stopped', reason: expect.stringMatching(/step 9 of 10$/) }],
    ['COMPLETED', at(7, 'budget'), '', { state: 'done' }],
    // Ended after its last state was saved: nothing would be left for another job.
    ['CANCELLED', at(10, 'stopped'), saved, { state: 'done' }],
    ['NODE_FAIL', at(10), 'step 10\n', { state: 'done' }],
    ['NODE_FAIL', at(10, undefined, 8), 'step 10\n', { state: 'stopped', reason: 'its node failed' }],
    ['FAILED', at(9, 'stopped'), saved, { state: 'stopped', reason: 'near its time limit: stopped at step 9, saved' }],
    [
      'CANCELLED',
      at(9, 'stopped'),
      saved.replace('USR1', 'TERM'),
      { state: 'stopped', reason: 'cancelled: stopped at step 9, saved' },
    ],
    ['FAILED', at(3, 'diverged'), 'x\nincline: the run diverged\n', { state: 'failed', reason: 'the run diverged' }],
    ['FAILED', at(0), '/bin/bash: node: not found\n', { state: 'failed', reason: '/bin/bash: node: not found' }],
    ['FAILED', at(4, 'stopped'), 'node: no such file\n', { state: 'failed', reason: 'node: no such file' }],
    ['FAILED', at(0), '', { state: 'failed', reason: 'FAILED, and printed no error' }],
    ['TIMEOUT', at(8), 'step 8\n', { state: 'stopped', reason: 'reached its time limit before it could save' }],
    ['CANCELLED', at(8), 'step 8\n', { state: 'stopped', reason: 'cancelled' }],
    ['NODE_FAIL', at(8), 'step 8\n', { state: 'stopped', reason: 'its node failed' }],
    ['OUT_OF_MEMORY', at(8), 'step 8\n', { state: 'failed', reason: 'out of memory; --mem gives it more' }],
    // Slurm has forgotten them.
    [undefined, at(10, 'completed'), '', { state: 'done' }],
    [undefined, at(9, 'completed'), '', { state: 'stopped', reason: 'Slurm does not know its job any more' }],
    [undefined, at(9, 'stopped'), saved, { state: 'stopped', reason: expect.stringMatching(/^near its time limit/) }],
    [
      undefined,
      at(9),
      'CANCELLED AT x DUE TO TIME LIMIT ***',
      { state: 'stopped', reason: expect.stringMatching(/limit/) },
    ],
    [
      undefined,
      at(9),
      'error: Detected 1 oom-kill event(s)',
      { state: 'failed', reason: expect.stringMatching(/memory/) },
    ],
  ])('a task that is %s, with its run %j, after %j', (word, look, output, verdict) => {
    expect(verdictOf(word === undefined ? undefined : task(word), look, output, 10)).toEqual(verdict);
  });

  it('of one that failed without a word is all that can be told of it', () => {
    const lost = { ...task('FAILED'), reason: 'JobLaunchFailure' };
    const reason = 'FAILED, and printed no error; Slurm says JobLaunchFailure';
    expect(verdictOf(lost, at(0), '', 10)).toEqual({ state: 'failed', reason });
  });

  it.each([
    [9, 0, '', 'killed by SIGKILL'],
    [0, 137, '', 'killed by SIGKILL'],
    [0, 3, '', 'ended with exit status 3, and printed no error'],
    [6, 0, 'FATAL ERROR: heap out of memory\n 1: 0xb76db1\n', 'killed by SIGABRT: FATAL ERROR: heap out of memory'],
    [0, 127, '/bin/bash: node: not found\n', '/bin/bash: node: not found'],
  ])(
    'of a process with signal %i and exit status %i names them, not what went well',
    (signal, status, said, reason) => {
      const failed = { ...task('FAILED'), reason: 'JobLaunchFailure', exit: { signal, status } };
      const output = `Prediction error  0.0123\n${said}saved step-00000050.safetensors (best)\n`;
      expect(verdictOf(failed, at(8), output, 10)).toEqual({ state: 'failed', reason });
    },
  );

  it('asks how a failed task ended, and goes without where the queue cannot say', async () => {
    const sweep = sweepOf(1, { state: 'running', task: { name: 's-1', index: 1, job: '9' } });
    mkdirSync(join(folder, 'slurm'));
    writeFileSync(join(folder, 'slurm', 's-1-1.log'), 'saved step-00000050.safetensors (best)\n');
    const call =
      (exits: () => Promise<string>): CallSlurm =>
      (_, words) =>
        words.some((word) => word.startsWith('--Format='))
          ? exits()
          : Promise.resolve('9|1|FAILED|s-1|JobLaunchFailure');
    const told = async (exits: () => Promise<string>) => (await followed(sweep, folder, call(exits))).cells[0]!.reason;
    expect(await told(async () => '9|1|s-1|9|\n')).toBe('killed by SIGKILL');
    const refused = () => Promise.reject(new SlurmRefused({ where: 'squeue', what: 'Invalid job format' }));
    expect(await told(refused)).toBe('FAILED, and printed no error; Slurm says JobLaunchFailure');
  });
});

describe('a sweep that is given to Slurm', () => {
  const refuse = (what: string) => Promise.reject(new SlurmRefused({ where: 'sbatch', what }));
  const given = (call: CallSlurm) => ({ ...place, options: {}, words: [], call });
  const files = () => readdirSync(join(folder, 'slurm')).sort();

  it('is written down before and after, in arrays that Slurm takes', async () => {
    const seen: unknown[] = [];
    const call: CallSlurm = async (command, words) => {
      if (command === 'scontrol') return 'X = 1\nMaxArraySize            = 3\n';
      seen.push([words.at(-3), readSweep(folder).cells.map(({ task }) => task?.job ?? task?.index)]);
      return `${40 + seen.length};cluster\n`;
    };
    const { sweep, jobs } = await submit(sweepOf(3), folder, ['c0', 'c1', 'c2'], given(call));
    expect(jobs).toEqual(['41', '42']);
    expect(seen.map((one) => (one as [string, unknown])[1])).toEqual([
      [1, 2, undefined],
      ['41', '41', 1],
    ]);
    expect(readSweep(folder)).toEqual(sweep);
    expect(sweep.cells.map(({ state, task }) => [state, task!.index, task!.job])).toEqual([
      ['queued', 1, '41'],
      ['queued', 2, '41'],
      ['queued', 1, '42'],
    ]);
    expect(files()).toHaveLength(4);
  });

  it('waits again where sbatch refuses, in one line of its words', async () => {
    const call: CallSlurm = (command) => (command === 'sbatch' ? refuse('a \u001b[2J bad\nname') : Promise.resolve(''));
    const failed = submit(sweepOf(2), folder, ['c0', 'c1'], given(call));
    await expect(failed).rejects.toThrow(/^sbatch: a \\u\{1b\}\[2J bad name$/);
    expect(readSweep(folder).cells.map(({ state, task }) => [state, task])).toEqual(
      Array(2).fill(['waiting', undefined]),
    );
    expect(files()).toEqual([]);
  });

  it('knows one whose submitter was killed by its name, and one that was never submitted', async () => {
    const sweep = sweepOf(4, { state: 'queued', task: { name: 's-1', index: 1 } });
    sweep.cells[3]!.task = { name: 's-1', index: 2, job: '9' };
    sweep.cells[1]!.task = { name: 's-2', index: 1 };
    sweep.cells[2]!.task = { name: 's-3', index: 1 };
    mkdirSync(join(folder, 'slurm'));
    writeFileSync(join(folder, 'slurm', 's-3-1.log'), 'incline: no such preset\n');
    const call: CallSlurm = (command) =>
      command === 'squeue' ? Promise.resolve('9|1|PENDING|s-1|Resources\n') : refuse('none');
    const { cells } = await followed(sweep, folder, call);
    expect(cells.map(({ state, reason, task }) => [state, reason, task])).toEqual([
      ['queued', 'Resources', { name: 's-1', index: 1, job: '9' }],
      ['waiting', undefined, undefined],
      ['failed', 'no such preset', undefined],
      ['stopped', 'left the queue before it started', undefined],
    ]);
    await expect(followed(sweep, folder, () => refuse('Unable to contact slurm controller'))).rejects.toThrow(/Unable/);
  });

  it('is cancelled by number and name: what waits at once, what runs once it has saved', async () => {
    const sweep = sweepOf(2, { state: 'queued' });
    for (const [i, cell] of sweep.cells.entries()) cell.task = { name: 's-1', index: i + 1, job: '9' };
    const calls: string[] = [];
    let [round, now] = [0, 0];
    const call: CallSlurm = async (command, words) => {
      if (command !== 'squeue') calls.push([command, ...words].join(' '));
      else
        return [
          ['PENDING', 'RUNNING'],
          ['CANCELLED', 'RUNNING'],
          ['CANCELLED', 'FAILED'],
        ]
          [round++]!.map((word, i) => `9|${i + 1}|${word}|s-1|None\n9|${i + 5}|RUNNING|other|None`)
          .join('\n');
      return '';
    };
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms;
      },
    } as unknown as Clock;
    let waited = 0;
    await cancelTasks(sweep, {
      call,
      clock,
      onWait: (runs) => {
        waited += runs;
      },
    });
    expect(calls).toEqual(['scancel 9_1', 'scancel --batch --signal=TERM 9_2']);
    expect(waited).toBe(1);

    [round, now] = [0, 0];
    calls.length = 0;
    const stuck: CallSlurm = async (command, words) => {
      if (command === 'squeue') return '9|1|RUNNING|s-1|None\n9|2|CANCELLED|s-1|None\n';
      calls.push([command, ...words].join(' '));
      return '';
    };
    await expect(cancelTasks(sweep, { call: stuck, clock, onWait: () => undefined })).rejects.toThrow(/still has 1/);
    expect(calls.slice(0, 2)).toEqual(['scancel --batch --signal=TERM 9_1', 'scancel 9_1']);
  });
});

it('what a cluster was given goes on here once it is not there, and once it does not answer only by force', async () => {
  const sweep = sweepOf(2, { state: 'running', step: 5, task: { name: 's-1', index: 1, job: '9' } });
  sweep.cells[1] = { ...sweepOf(2).cells[1]!, state: 'done' };
  await writeSweep(folder, sweep);
  const { PATH } = process.env;
  try {
    process.env['PATH'] = folder;
    await expect(requireHere(folder, false)).rejects.toThrow(
      /does not answer \(there is no squeue here\); --force goes on/,
    );
    expect((await requireHere(folder, true)).cells).toEqual([
      { ...sweepOf(2).cells[0], state: 'waiting', step: 5 },
      sweep.cells[1],
    ]);
    writeFileSync(join(folder, 'squeue'), '#!/bin/sh\necho "9|1|RUNNING|s-1|None"\n', { mode: 0o700 });
    await expect(requireHere(folder, true)).rejects.toThrow(/Slurm has 1 of its runs; go on with --on slurm, or stop/);
    writeFileSync(join(folder, 'squeue'), '#!/bin/sh\necho "9|1|CANCELLED|s-1|None"\n', { mode: 0o700 });
    expect((await requireHere(folder, false)).cells.map(({ state }) => state)).toEqual(['stopped', 'done']);
  } finally {
    process.env['PATH'] = PATH;
  }
});

it('a command that is not there is said in a line', async () => {
  await expect(callSlurm('sbatch-that-is-not-there', [])).rejects.toThrow(
    /^there is no sbatch-that-is-not-there here; .*PATH$/,
  );
  await expect(callSlurm('ls', ['/nowhere-at-all'])).rejects.toThrow(/^ls: .*nowhere-at-all/);
  expect(existsSync('/nowhere-at-all')).toBe(false);
});
