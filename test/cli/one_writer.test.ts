import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { wholeEvents } from './journal.ts';
import { type Finished, finished, program, sandbox, until } from './program.ts';

let box: ReturnType<typeof sandbox>;
let started: number[];
beforeEach(() => {
  box = sandbox();
  started = [];
});
afterEach(() => {
  for (const pid of started) end(pid);
  box.remove();
});

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone by itself.
  }
}

/** The program as a login with a temporary folder of its own runs it. */
function login(name: string) {
  const own = join(box.folder, name);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const env = { ...box.environment, XDG_RUNTIME_DIR: '', TMPDIR: own };
  const start = (...words: string[]): ChildProcess => {
    const child = spawn(process.execPath, [program, ...words], {
      cwd: box.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child.pid!);
    return child;
  };
  return { own, start, run: (...words: string[]): Promise<Finished> => finished(start(...words)) };
}

const runAt = (run: string, ...parts: string[]): string => join(box.folder, 'snapshots', run, ...parts);
const lockOf = (run: string) => JSON.parse(readFileSync(runAt(run, 'lock.json'), 'utf8'));

/** Starts a run in the background that would go on for hours. @returns its trainer's process */
async function detached(from: ReturnType<typeof login>, run: string, ...words: string[]): Promise<number> {
  const settings = ['--threads', '1', '--steps', '10000000', '--set', 'snapshot.occasions=false'];
  const begun = await from.run('train', 'yang-tiny', '--name', run, '--detach', ...settings, ...words);
  expect(begun).toMatchObject({ code: 0, err: '' });
  const { pid } = lockOf(run);
  started.push(pid);
  return pid;
}

/** A run that has ended with a snapshot of step 20. */
async function finishedRun(run: string): Promise<void> {
  const { code, err } = await login('first').run('train', 'yang-tiny', '--name', run, '--headless', '--steps', '20');
  expect({ code, err }).toEqual({ code: 0, err: '' });
}

const journal = (run: string) => wholeEvents(runAt(run, 'journal.jsonl'));

it('a second trainer is refused in one line, though it comes with another temporary folder', async () => {
  await finishedRun('shared');
  const goOn = ['train', '--resume', 'shared', '--in-place', '--steps', '1000000', '--threads', '1'];
  expect((await login('one').run(...goOn, '--detach')).code).toBe(0);
  const { pid } = lockOf('shared');
  started.push(pid);
  const record = readFileSync(runAt('shared', 'run.json'), 'utf8');
  const second = await login('two').run(...goOn, '--headless');
  expect(second).toMatchObject({ code: 2 });
  expect(second.err).toMatch(
    new RegExp(
      `^incline: \\S+: being trained by process ${pid} of ${hostname()} since [^\\n]+incline stop shared[^\\n]*\\n$`,
    ),
  );
  expect(readFileSync(runAt('shared', 'run.json'), 'utf8')).toBe(record);
  expect((await login('three').run('stop', 'shared')).code).toBe(0);
  const seqs = journal('shared').map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  expect(existsSync(runAt('shared', 'lock.json'))).toBe(false);
}, 90_000);

it('of several that start at once on the lock of a dead one, one trains', async () => {
  const pid = await detached(login('one'), 'crowd', '--set', 'snapshot.every=10');
  await until(() => readdirSync(runAt('crowd')).some((name) => name.startsWith('step-')));
  end(pid);
  const words = ['train', '--resume', 'crowd', '--in-place', '--headless', '--threads', '1', '--set', 'train.pace=20'];
  const starters = Array.from({ length: 4 }, (_, i) => login(`crowd${i}`).start(...words));
  const ends = Promise.all(starters.map((child) => finished(child)));
  await until(() => starters.filter(({ exitCode }) => exitCode !== null).length === 3, 60_000);
  expect((await login('last').run('stop', 'crowd')).code).toBe(0);
  const refused = (await ends).filter(({ code }) => code !== 0);
  expect(refused).toHaveLength(3);
  const line = expect.stringMatching(/^incline: [^\n]*being trained by process[^\n]*\n$/);
  for (const { code, err } of refused) expect({ code, err }).toEqual({ code: 2, err: line });
  expect(journal('crowd').filter(({ type }) => type === 'run_started')).toHaveLength(2);
  expect(JSON.parse(readFileSync(runAt('crowd', 'run.json'), 'utf8')).courses).toHaveLength(1);
  expect(readdirSync(runAt('crowd')).filter((name) => name.includes('lock'))).toEqual([]);
}, 120_000);

it('a killed trainer is succeeded at once, and so is one whose number another process has now', async () => {
  const pid = await detached(login('one'), 'killed', '--set', 'snapshot.every=50');
  await until(() => readdirSync(runAt('killed')).some((name) => name.startsWith('step-')));
  end(pid);
  expect(lockOf('killed').pid).toBe(pid);
  const goOn = ['train', '--resume', 'killed', '--in-place', '--threads', '1', '--headless'];
  const lock = lockOf('killed');
  // Each of them goes on until all starts together have had so many seconds.
  expect(await login('two').run(...goOn, '--set', 'train.budget_s=1')).toMatchObject({ code: 0, err: '' });
  // This test's own process has the number now, but began at another time.
  writeFileSync(runAt('killed', 'lock.json'), JSON.stringify({ ...lock, pid: process.pid }));
  expect(await login('three').run(...goOn, '--set', 'train.budget_s=1.3')).toMatchObject({ code: 0, err: '' });
  // The same number and start, but before the machine was started again.
  const before = { ...lock, pid: process.pid, boot: '00000000-0000-4000-8000-000000000000' };
  writeFileSync(runAt('killed', 'lock.json'), JSON.stringify(before));
  expect(await login('four').run(...goOn, '--set', 'train.budget_s=1.6')).toMatchObject({ code: 0, err: '' });
  journal('killed');
}, 120_000);

it('the lock of another host holds while it may live, and says which host it is', async () => {
  await finishedRun('afar');
  const lock = { v: 1, id: '00000000-0000-4000-8000-000000000000', host: 'alpha', pid: 77, socket: '/nowhere/0.sock' };
  const write = (age: number): void => {
    const date = new Date(Date.now() - age).toISOString();
    writeFileSync(runAt('afar', 'lock.json'), JSON.stringify({ ...lock, started: date, heartbeat: date }));
  };
  const { run } = login('one');
  const goOn = ['train', '--resume', 'afar', '--in-place', '--steps', '40', '--headless'];
  write(60_000);
  const refused = await run(...goOn);
  expect(refused).toMatchObject({ code: 2, out: '' });
  expect(refused.err).toMatch(/process 77 of alpha since .*5 minutes.*--force/);
  for (const words of [
    ['stop', 'afar'],
    ['snapshots', 'remove', 'afar', '--yes'],
    ['snapshots', 'rename', 'afar', 'near'],
  ]) {
    expect(await run(...words)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^[^\n]*alpha[^\n]*\n$/),
    });
  }
  expect((await run('snapshots', 'list')).out).toMatch(/afar .*being trained on alpha/);
  expect(await run(...goOn, '--force')).toMatchObject({ code: 0, err: '' });
}, 90_000);

it('a trainer whose run was taken over from another host ends, and writes nothing more', async () => {
  const pid = await detached(login('one'), 'taken');
  await until(() => readFileSync(runAt('taken', 'journal.jsonl'), 'utf8').includes('"metrics"'));
  const date = new Date().toISOString();
  const theirs = {
    v: 1,
    id: '00000000-0000-4000-8000-000000000000',
    host: 'alpha',
    pid: 77,
    started: date,
    heartbeat: date,
  };
  writeFileSync(runAt('taken', 'next'), JSON.stringify(theirs));
  renameSync(runAt('taken', 'next'), runAt('taken', 'lock.json'));
  const size = statSync(runAt('taken', 'journal.jsonl')).size;
  await until(() =>
    /process 77 of alpha has taken this run over/.test(readFileSync(runAt('taken', 'trainer.log'), 'utf8')),
  );
  await until(() => !existsSync(`/proc/${pid}/stat`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  expect(lockOf('taken')).toEqual(theirs);
  expect(readdirSync(runAt('taken')).filter((name) => name.startsWith('step-'))).toEqual([]);
  // What was under way when the lock changed is the last that was written.
  expect(statSync(runAt('taken', 'journal.jsonl')).size - size).toBeLessThan(2 ** 20);
  journal('taken');
}, 60_000);

it('is found by its lock where the index is of another login, or was cleaned away', async () => {
  const { own, run } = login('one');
  await detached(login('one'), 'found');
  const [folder] = readdirSync(own).filter((name) => name.startsWith('incline'));
  rmSync(join(own, folder!), { recursive: true });
  // It makes its socket anew.
  await until(() => existsSync(lockOf('found').socket), 20_000);
  await until(() => readdirSync(join(own, folder!)).some((name) => name.endsWith('.json')));
  const stopped = await login('two').run('stop', 'found');
  expect(stopped).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^found: stopped and saved at step /) });
  expect((await run('stop')).out).toBe('no run is going in snapshots\n');
}, 90_000);

it('a trainer that is stopped for a while is not struck off, and commands say that it does not answer', async () => {
  const from = login('one');
  const pid = await detached(from, 'frozen');
  process.kill(pid, 'SIGSTOP');
  const crowd: Socket[] = [];
  try {
    const refusals: string[] = [];
    for (let i = 0; i < 600; i++) {
      const socket = connect(lockOf('frozen').socket);
      socket.on('error', (error: NodeJS.ErrnoException) => refusals.push(error.code!));
      crowd.push(socket);
    }
    await until(() => refusals.includes('EAGAIN'));
    const asked = await from.run('stop', 'frozen');
    expect(asked).toMatchObject({ code: 2, out: '' });
    expect(asked.err).toMatch(
      new RegExp(`frozen: process ${pid} does not answer; it is suspended; kill -CONT ${pid}[^\\n]*\\n$`),
    );
    expect((await from.run('snapshots', 'remove', 'frozen', '--yes')).code).toBe(2);
  } finally {
    for (const socket of crowd) socket.destroy();
    process.kill(pid, 'SIGCONT');
  }
  // The crowd comes first: that may take longer than a moment, which is then said.
  const silent = expect.stringMatching(/^(waiting for process \d+ of [^\n]* to answer …\n)?$/);
  expect(await from.run('stop', 'frozen')).toMatchObject({ code: 0, err: silent });
}, 90_000);

it('stop means the runs of its folder, unless it is told otherwise', async () => {
  const from = login('one');
  await detached(from, 'ours');
  const there = ['--dir', 'other', '--detach', '--threads', '1', '--steps', '10000000'];
  expect((await from.run('train', 'yang-tiny', '--name', 'theirs', ...there)).code).toBe(0);
  const other = JSON.parse(readFileSync(join(box.folder, 'other', 'theirs', 'lock.json'), 'utf8'));
  started.push(other.pid);
  const away = await from.run('stop', 'theirs');
  expect(away).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/other.*--everywhere/) });
  const all = await from.run('stop', '--all');
  expect(all).toMatchObject({ code: 0, out: expect.stringMatching(/^ours: stopped[^\n]*\n$/) });
  expect(() => process.kill(other.pid, 0)).not.toThrow();
  const everywhere = await from.run('stop', '--all', '--everywhere');
  expect(everywhere).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/would stop theirs .*--yes/) });
  expect(await from.run('stop', '--all', '--everywhere', '--yes')).toMatchObject({ code: 0 });
  expect((await from.run('stop', '--dir', 'other')).out).toBe('no run is going in other\n');
}, 90_000);

it('says what is lost where the last state could not be saved', async () => {
  const from = login('one');
  await detached(from, 'lost', '--set', 'snapshot.every=50', '--set', 'snapshot.keep=1');
  await until(() => readdirSync(runAt('lost')).some((name) => name.startsWith('step-')));
  // Its files are written to where the folder was.
  renameSync(runAt('lost'), runAt('moved'));
  const once = await from.run('stop', 'moved');
  expect(once).toMatchObject({ code: 2, err: expect.stringMatching(/could not be saved; stop again/) });
  const twice = await from.run('stop', 'moved');
  expect(twice.code).toBe(0);
  const told =
    /^moved: stopped at step ([\d ]+), which is not saved; the last snapshot is of step ([\d ]+); go on from it with /;
  expect(twice.out).toMatch(told);
  const [, lost, kept] = told.exec(twice.out.replace(/\u00a0|\u202f/g, ' '))!;
  expect(Number(lost!.replace(/ /g, ''))).toBeGreaterThan(Number(kept!.replace(/ /g, '')));
}, 90_000);

it('a start that fails leaves no folder; one without a socket trains where nobody needs one', async () => {
  const from = login('x'.repeat(90));
  const failed = await from.run('train', 'yang-tiny', '--name', 'short', '--detach');
  expect(failed).toMatchObject({ code: 2, err: expect.stringMatching(/no safe folder for sockets.*TMPDIR/) });
  expect(existsSync(runAt('short'))).toBe(false);
  const trained = await from.run('train', 'yang-tiny', '--name', 'short', '--headless', '--steps', '20');
  expect(trained).toMatchObject({ code: 0, err: '' });
}, 60_000);

it('going on in a folder that others can enter makes it private again', async () => {
  await finishedRun('open');
  chmodSync(runAt('open'), 0o777);
  const goOn = ['train', '--resume', 'open', '--in-place', '--steps', '40', '--headless'];
  expect(await login('one').run(...goOn)).toMatchObject({ code: 0, err: '' });
  expect(statSync(runAt('open')).mode & 0o777).toBe(0o700);
}, 60_000);

it('a job that is started again finds its own run, and goes on or starts', async () => {
  const { run } = login('one');
  const job = (steps: number, ...words: string[]) =>
    run('train', 'yang-tiny', '--name', 'job', '--resume-or-start', '--headless', '--steps', String(steps), ...words);
  expect(await run('train', 'yang-tiny', '--resume-or-start')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--name/),
  });
  // Killed before its first snapshot: it starts anew in the same folder.
  const first = login('one').start(
    'train',
    'yang-tiny',
    '--name',
    'job',
    '--resume-or-start',
    '--headless',
    '--set',
    'snapshot.occasions=false',
    '--set',
    'train.pace=50',
    '--steps',
    '1000',
  );
  await until(
    () =>
      existsSync(runAt('job', 'journal.jsonl')) &&
      readFileSync(runAt('job', 'journal.jsonl'), 'utf8').includes('"metrics"'),
  );
  first.kill('SIGKILL');
  await finished(first);
  expect(await job(20)).toMatchObject({ code: 0, err: '' });
  expect(await job(40)).toMatchObject({ code: 0, err: '' });
  const starts = journal('job').filter(({ type }) => type === 'run_started');
  expect(starts.map(({ step }) => step)).toEqual([0, 0, 20]);
  // Nothing is left to do.
  expect(await job(40)).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/job has all its steps/) });
}, 120_000);

it('a budget is of all starts of a run, and the last word on it counts', async () => {
  const { run } = login('one');
  const job = (budget: number) =>
    run(
      ...['train', 'yang-tiny', '--name', 'timed', '--resume-or-start', '--headless', '--steps', '4000000'],
      ...['--set', `train.budget_s=${budget}`],
    );
  const spent = (): number => {
    const file = readdirSync(runAt('timed')).filter((one) => one.endsWith('.safetensors'));
    const seconds = file.map((one) =>
      Number(/"trained_s":"([\d.e-]+)"/.exec(readFileSync(runAt('timed', one)).toString('latin1'))![1]),
    );
    return Math.max(...seconds);
  };
  expect(await job(0.3)).toMatchObject({ code: 0, out: expect.stringMatching(/budget_s.*is spent/) });
  const first = spent();
  expect(first).toBeGreaterThanOrEqual(0.3);
  expect(await job(0.3)).toMatchObject({ code: 0, out: expect.stringMatching(/timed .*has spent its budget/) });
  const inPlace = await run('train', '--resume', 'timed', '--in-place', '--headless');
  expect(inPlace).toMatchObject({ code: 2, err: expect.stringMatching(/train\.budget_s is 0\.3 and .* spent 0\.3/) });
  expect(await job(0.8)).toMatchObject({ code: 0, out: expect.stringMatching(/budget_s.*is spent/) });
  expect(spent()).toBeGreaterThanOrEqual(0.8);
  const seconds = journal('timed').filter(({ type }) => type === 'run_finished');
  expect(seconds).toHaveLength(2);
  // A run that branches off has a budget of its own.
  const branch = await run('train', '--resume', 'timed', '--name', 'branch', '--headless');
  expect(branch).toMatchObject({ code: 0, out: expect.stringMatching(/budget_s.*is spent/) });
}, 60_000);

it('a snapshot of a clock that ran ahead has no age below nothing', async () => {
  await finishedRun('ahead');
  const files = readdirSync(runAt('ahead')).filter((name) => name.endsWith('.safetensors'));
  for (const file of files) {
    const text = readFileSync(runAt('ahead', file)).toString('latin1');
    writeFileSync(runAt('ahead', file), Buffer.from(text.replace(/"created":"20\d\d/, '"created":"2061'), 'latin1'));
  }
  const { out } = await login('one').run('snapshots', 'list');
  for (const file of files) expect(out).toContain(file);
  expect(out).not.toContain(' ago');
  expect(out).toMatch(/dated ahead/);
}, 60_000);
