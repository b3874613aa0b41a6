import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finished, sandbox, until } from './program.ts';

let box: ReturnType<typeof sandbox>;
let started: ChildProcess[];
beforeEach(() => {
  box = sandbox();
  started = [];
});
afterEach(async () => {
  for (const sweep of started) sweep.kill('SIGTERM');
  await Promise.all(started.map((sweep) => sweep.exitCode ?? sweep.signalCode ?? once(sweep, 'exit')));
  box.remove();
});

function start(...given: string[]): ChildProcess {
  const sweep = box.start(...given);
  started.push(sweep);
  return sweep;
}

const steps = 60;
const words = [
  'sweep',
  'yang-tiny',
  '--grid',
  'model.heads=2,4',
  '--steps',
  String(steps),
  '--set',
  'evaluate.every=20',
];
const name = 'yang-tiny-heads';

const folderOf = (sweep = name): string => join(box.folder, 'snapshots', sweep);
const textOf = (file: string, sweep = name): string => readFileSync(join(folderOf(sweep), file), 'utf8');
const recordOf = (sweep = name) => JSON.parse(textOf('sweep.json', sweep));
const statesOf = (sweep = name): string[] => recordOf(sweep).cells.map(({ state }: { state: string }) => state);

describe('a sweep', () => {
  it('trains every cell, tells mean and spread, and only what is new when more is asked for', async () => {
    const first = await box.run(...words, '--seeds', '2');
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toContain('4 runs of yang-tiny: 2 model.heads × 2 seeds');
    expect(first.out).toMatch(/heads 2 {2,}[\d.e-]+ ± [\d.e-]+/);
    expect(first.out).toMatch(/^\d+ runs in [\d.]+ (s|ms)$/m);
    const best = await box.run('sweep', 'results', 'yang-tiny-heads', '--value', 'best', '--csv');
    expect([best.code, best.err]).toEqual([0, 'note: --value best: every row has the last and the best value\n']);
    const rows = textOf('results.csv')
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    expect(rows[0]!.join()).toBe('cell,run,seed,model.heads,state,step,metric,last,best,best_step,stderr,n');
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([12]));
    const losses = rows.filter((row) => row[6] === 'eval_loss');
    expect(losses.map((row) => row.slice(2, 6))).toEqual([
      ['0', '2', 'done', '60'],
      ['1', '2', 'done', '60'],
      ['0', '4', 'done', '60'],
      ['1', '4', 'done', '60'],
    ]);
    for (const row of losses) expect([Number(row[7]) > 0, row[11]]).toEqual([true, '200']);
    expect(textOf('curves.csv')).toMatch(/^run,seed,model\.heads,metric,step,value\n.*,0,2,/);

    const saved = join(folderOf(), 'heads-2_seed-0', `step-${String(steps).padStart(8, '0')}.safetensors`);
    const before = statSync(saved).mtimeMs;
    const more = await box.run(...words, '--seeds', '3');
    expect([more.code, more.err]).toEqual([0, '']);
    expect(more.out).toContain('4 are done already');
    expect(statSync(saved).mtimeMs).toBe(before);
    expect(statesOf()).toEqual(Array(6).fill('done'));

    const list = await box.run('snapshots', 'list');
    expect(list.out).toContain(`${name}/heads-4_seed-2`);
    const alone = await box.run(
      'train',
      'yang-tiny',
      '--headless',
      '--seed',
      '1',
      '--threads',
      '1',
      '--name',
      'alone',
      ...words.slice(4),
      '--set',
      'model.heads=4',
    );
    expect(alone.code).toBe(0);
    const numbers = async (run: string) =>
      JSON.parse((await box.run('eval', run, '--json', '--no-baselines', '--threads', '1')).out).metrics;
    expect(await numbers(`${name}/heads-4_seed-1`)).toEqual(await numbers('alone'));
  }, 120_000);

  it('sees what became of runs that were done: gone, cut short, or trained on by somebody', async () => {
    const seeds = [...words, '--seeds', '2'];
    const calm = await box.run(...seeds);
    const hashes = recordOf().cells.map(({ sha256 }: { sha256: string }) => sha256);
    const [gone, short, onward] = recordOf().cells.map(({ run }: { run: string }) => run) as [string, string, string];
    rmSync(join(folderOf(), gone), { recursive: true });
    rmSync(join(folderOf(), short, 'step-00000060.safetensors'));
    const more = ['train', '--resume', join(folderOf(), onward), '--in-place', '--steps', '80', '--headless'];
    expect((await box.run(...more)).code).toBe(0);

    const results = await box.run('sweep', 'results', name);
    expect(results.err.match(/left out/g)).toHaveLength(3);
    expect(results.err).toContain(`${gone} is left out: it was done, and has no snapshot any more`);
    const again = await box.run(...seeds);
    expect(again.code).toBe(2);
    expect(again.err).toContain(`${gone}: it was done, and has no snapshot any more: it is trained again`);
    expect(again.err).toMatch(/trained it on to 80; rename or remove its folder/);
    expect(statesOf().sort()).toEqual(['done', 'done', 'done', 'failed']);

    rmSync(join(folderOf(), onward), { recursive: true });
    const mended = await box.run(...seeds, '--retry');
    expect([mended.code, mended.err]).toEqual([0, '']);
    expect(recordOf().cells.map(({ sha256 }: { sha256: string }) => sha256)).toEqual(hashes);
    const table = (out: string): string[] => out.split('\n').filter((line) => line.includes(' ± '));
    expect(table(mended.out)).toEqual(table(calm.out));
  }, 120_000);

  it('is refused as a whole when a cell cannot be trained, and says which and why', async () => {
    const grid = ['sweep', 'li-decoder', '--grid', 'model.heads=2,3,4', '--grid', 'model.width=64'];
    const refused = await box.run(...grid);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(
      /^incline: 1 combination cannot be trained: heads 3 · width 64: .*model\.heads.*--skip-impossible\n$/,
    );
    expect(existsSync(join(box.folder, 'snapshots'))).toBe(false);
    const dry = await box.run(...grid, '--skip-impossible', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.out).toContain('waiting  heads-2_width-64_seed-0');
    expect(dry.out).not.toContain('heads-3');
    expect(dry.err).toContain('left out: heads 3 · width 64');
  }, 60_000);

  it('shows the script of a cluster without one, and writes nothing', async () => {
    const grid = ['sweep', 'yang-tiny', '--grid', 'model.heads=2,4', '--seeds', '3', '--on', 'slurm', '--dry-run'];
    const { code, out, err } = await box.run(
      ...grid,
      '--partition',
      'short',
      '--time',
      '1:00:00',
      '--sbatch=--qos=high',
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const line of ['--array=1-6', '--partition=short', '--time=1:00:00', '--qos=high'])
      expect(out).toContain(`\n#SBATCH ${line}\n`);
    expect(out).toMatch(/\nexec .*main\.js "\$@"\n$/);
    expect(existsSync(join(box.folder, 'snapshots'))).toBe(false);
    expect(await box.run(...grid, '--time', 'soon')).toMatchObject({ code: 2 });
  });

  it('keeps why runs failed, trains the others, and tries again when told', async () => {
    const rates = [
      'sweep',
      'yang-tiny',
      '--grid',
      'train.learning_rate=0.01,1000',
      '--steps',
      '40',
      '--set',
      'train.optimizer=sgd',
    ];
    const { code, err } = await box.run(...rates);
    expect(code).toBe(2);
    expect(err).toMatch(/learning_rate 1000 · seed 0 failed: .*\n.*1 of 2 runs failed; .*--retry/);
    expect(statesOf('yang-tiny-learning_rate')).toEqual(['done', 'failed']);
    const again = await box.run(...rates);
    expect([again.code, again.out]).toEqual([2, expect.stringContaining('1 are done already, 1 failed\n')]);
    const table = await box.run('sweep', 'results', 'yang-tiny-learning_rate');
    expect(table.out).toMatch(/failed {3}learning_rate-1000_seed-0: /);
  }, 60_000);

  it('keeps to the budget of the last command, and to the preset as it was', async () => {
    const preset = JSON.parse(readFileSync(new URL('../../presets/yang-tiny.json', import.meta.url), 'utf8'));
    const write = (train: object): void =>
      writeFileSync(join(box.folder, 'mine.json'), JSON.stringify({ ...preset, train: { ...preset.train, ...train } }));
    write({});
    const mine = ['sweep', 'mine.json', '--seeds', '2', '--jobs', '1', '--name', 'mine'];
    const within = (...more: string[]) => box.run(...mine, '--steps', '3000', ...more);
    expect((await within('--budget', '0.1')).code).toBe(0);
    const short = recordOf('mine').cells.map(({ step }: { step: number }) => step);
    expect(Math.max(...short)).toBeLessThan(3000);
    // More time is asked for, while the file says something else: that is another sweep.
    write({ beta1: 0.5 });
    const refused = await within();
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringMatching(/settings differ: train\.beta1 0\.9 → 0\.5.*--name/),
    ]);
    // Whoever goes on without the command has what it was.
    rmSync(join(folderOf('mine'), 'seed-1'), { recursive: true });
    const record = recordOf('mine');
    const open = record.cells.map((cell: object) => ({ ...cell, state: 'waiting' }));
    const train = { ...record.config.train, budget_s: 0 };
    writeFileSync(
      join(folderOf('mine'), 'sweep.json'),
      JSON.stringify({ ...record, settings: { threads: 1 }, config: { ...record.config, train }, cells: open }),
    );
    expect((await box.run('sweeper', join('snapshots', 'mine'))).code).toBe(0);
    expect(recordOf('mine').cells.map(({ state, step }: { state: string; step: number }) => [state, step])).toEqual([
      ['done', 3000],
      ['done', 3000],
    ]);
    const run = JSON.parse(textOf('seed-1/run.json', 'mine'));
    expect([run.config.train.beta1, run.config.train.budget_s]).toEqual([0.9, 0]);
  }, 90_000);

  it('stops saved, with its runs, and goes on by the same command', async () => {
    const long = ['sweep', 'yang-tiny', '--grid', 'model.heads=2,4', '--steps', '400000', '--name', 'long'];
    const sweep = start(...long);
    const ended = finished(sweep);
    const isTraining = (): boolean =>
      existsSync(folderOf('long')) &&
      readdirSync(folderOf('long')).some((run) => existsSync(join(folderOf('long'), run, 'journal.jsonl')));
    await until(isTraining);
    const second = await box.run(...long);
    expect([second.code, second.err]).toEqual([
      2,
      expect.stringMatching(
        /being trained by process \d+ of [^;]*; watch it with: npx incline attach long; stop it first with: npx incline stop long\n$/,
      ),
    ]);
    const stop = await box.run('stop', 'long');
    expect([stop.code, stop.out]).toEqual([0, expect.stringContaining('long: stopped, its runs are saved')]);
    expect((await ended).code).toBe(130);
    expect(new Set(statesOf('long'))).toEqual(new Set(['stopped']));
    expect(existsSync(join(folderOf('long'), 'lock.json'))).toBe(false);
  }, 60_000);

  it('reads a file of its own, which the command line goes before', async () => {
    const file = {
      preset: 'yang-tiny',
      grid: { 'model.heads': '2:4:2' },
      seeds: '3-4',
      steps: 30,
      name: 'filed',
      set: { 'evaluate.every': 10 },
    };
    writeFileSync(join(box.folder, 'sweep.json'), JSON.stringify(file));
    const dry = await box.run('sweep', 'sweep.json', '--dry-run', '--seeds', '9,10');
    expect(dry.out).toContain('sweep filed · 4 runs of yang-tiny: 2 model.heads × 2 seeds · 30 steps each');
    expect(dry.out).toContain('heads-2_seed-10');
    const told = JSON.parse((await box.run('sweep', 'sweep.json', '--dry-run', '--json', '--seeds', '9-9')).out);
    expect(told).toMatchObject({ v: 1, sweep: 'filed', steps: 30, left_out: [] });
    expect(told.runs).toEqual([
      { run: 'heads-2_seed-9', settings: { 'model.heads': 2 }, seed: 9, state: 'waiting' },
      { run: 'heads-4_seed-9', settings: { 'model.heads': 4 }, seed: 9, state: 'waiting' },
    ]);
    // Its preset lies beside it, wherever the command is given.
    mkdirSync(join(box.folder, 'deep'));
    const preset = readFileSync(new URL('../../presets/yang-tiny.json', import.meta.url));
    writeFileSync(join(box.folder, 'deep', 'own.json'), preset);
    writeFileSync(join(box.folder, 'deep', 'sweep.json'), JSON.stringify({ ...file, preset: './own.json' }));
    const deep = await box.run('sweep', join('deep', 'sweep.json'), '--dry-run');
    expect([deep.code, deep.out]).toEqual([0, expect.stringContaining('runs of deep/own.json')]);
    writeFileSync(join(box.folder, 'sweep.json'), JSON.stringify({ ...file, grids: {} }));
    const refused = await box.run('sweep', 'sweep.json');
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringMatching(/sweep\.json: .*grids.*expected keys preset, name, grid/),
    ]);
  });

  it.each([
    [['--grid', 'model.head=2,4'], /^incline: --grid: unknown key model\.head; .*did you mean heads\?/],
    [['--grid', 'seed=1,2'], /seed has an option of its own; use --seeds/],
    [['--grid', 'model.heads=2,4', '--set', 'model.heads=2'], /model\.heads is given twice/],
    [['--zip', 'model.heads=2,4', '--zip', 'task.noise=0.1'], /not as many: model\.heads has 2, task\.noise has 1/],
    [['--seeds', 'many'], /"many" names no seeds/],
    [['--jobs', '0'], /--jobs: is 0/],
    [['--on', 'slurm', '--nice', '3'], /--nice goes without --on slurm; .*--sbatch=--nice=10/],
  ])('refuses %j in a line', async (given, message) => {
    const { code, err } = await box.run('sweep', 'yang-tiny', ...given);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
    expect(err.trim().split('\n')).toHaveLength(1);
    rmSync(folderOf(), { recursive: true, force: true });
  });
});
