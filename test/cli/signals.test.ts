import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import type { RunEvent } from '../../src/protocol/events.ts';
import { wholeEvents } from './journal.ts';
import { finished, killTrainers, sandbox, until } from './program.ts';
import { TerminalSession } from './terminal.ts';

vi.setConfig({ testTimeout: 60_000 });

const box = sandbox();
const sessions: TerminalSession[] = [];
afterEach(() => {
  for (const session of sessions.splice(0)) session.kill();
});
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});

const runFolder = (run: string) => join(box.folder, 'snapshots', run);
const snapshots = (run: string) => readdirSync(runFolder(run)).filter((name) => name.endsWith('.safetensors'));
const events = (run: string): RunEvent[] => {
  const path = join(runFolder(run), 'journal.jsonl');
  return existsSync(path) ? wholeEvents(path) : [];
};
const isTraining = (run: string) => until(() => (events(run).at(-1)?.step ?? 0) > 20);
const long = (run: string) =>
  ['yang-tiny', '--steps', '10000000', '--set', 'train.schedule=constant', '--threads', '1', '--name', run] as const;
// Every signal to every kind of process is among the faults that are injected (`test/faults`); here is what each is told.
const saving = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

describe('a run without a screen', () => {
  test.each(['SIGTERM', 'SIGUSR1'] as const)('saves on %s, says so in a line, and ends with 130', async (signal) => {
    const child = box.start('train', ...long(signal), '--json');
    const end = finished(child);
    await isTraining(signal);
    child.kill(signal);
    const { code, err } = await end;
    const { step } = events(signal).at(-1)!;
    expect(code).toBe(130);
    expect(err).toMatch(
      new RegExp(`^incline: ${signal}: stopped at step [\\d\u202f ]+, saved in snapshots/${signal}/.*\\n$`),
    );
    expect(snapshots(signal)).toContain(`step-${String(step).padStart(8, '0')}.safetensors`);
    expect(events(signal).at(-1)).toMatchObject({ type: 'run_finished', reason: 'stopped' });
  });

  test.each(['SIGHUP', 'SIGUSR2'] as const)(
    'ends in a moment on %s while it prepares, and says that nothing was trained',
    async (signal) => {
      const run = `early-${signal}`;
      // Measuring an engine for this takes seconds.
      const child = box.start('train', 'garg-linear', '--headless', '--device', 'cpu', '--name', run);
      child.stdout!.once('data', () => child.kill(signal));
      const began = performance.now();
      const { code, err } = await finished(child);
      expect(code).toBe(130);
      expect(err).toMatch(
        new RegExp(`^incline: ${signal} while the run was being prepared: nothing was trained.*\\n$`),
      );
      expect(performance.now() - began).toBeLessThan(20_000);
      expect(
        readdirSync(box.folder, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('.sock')),
      ).toBe(false);
    },
  );

  test('a signal that arrives twice at once, as by way of npm, still saves', async () => {
    const child = box.start('train', ...long('twice'), '--json');
    const end = finished(child);
    await isTraining('twice');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect((await end).code).toBe(130);
    expect(snapshots('twice').length).toBeGreaterThan(0);
  });
});

describe('the trainer of a run with a screen', () => {
  const start = async (run: string) => {
    await box.run('train', ...long(run), '--detach');
    await isTraining(run);
    const entry = readdirSync(box.folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /^incline[^/]*\/[0-9a-f]{12}\.json$/.test(name))
      .map((name) => JSON.parse(readFileSync(join(box.folder, name), 'utf8')) as { run: string; pid: number })
      .find((live) => live.run === run)!;
    return entry.pid;
  };
  const isGone = (pid: number) => !existsSync(`/proc/${pid}/stat`);

  test.each(['SIGUSR1'] as const)('saves on %s and ends', async (signal) => {
    const run = `trainer-${signal}`;
    const pid = await start(run);
    process.kill(pid, signal);
    await until(() => isGone(pid));
    expect(events(run).at(-1)).toMatchObject({ type: 'run_finished', reason: 'stopped' });
    expect(snapshots(run).length).toBeGreaterThan(0);
    expect(readFileSync(join(runFolder(run), 'trainer.log'), 'utf8')).not.toContain('Debugger');
  });

  test('goes on when the terminal of its start is gone', async () => {
    const pid = await start('hung-up');
    process.kill(pid, 'SIGHUP');
    const { step } = events('hung-up').at(-1)!;
    await until(() => events('hung-up').at(-1)!.step > step + 20);
    process.kill(pid, 'SIGTERM');
    await until(() => isGone(pid));
  });

  test('ends on one SIGTERM though its folder is gone', async () => {
    const pid = await start('removed');
    // It is written to meanwhile, so that it may have to be emptied again.
    await until(() => {
      try {
        rmSync(runFolder('removed'), { recursive: true });
        return true;
      } catch {
        return false;
      }
    }, 30_000);
    process.kill(pid, 'SIGTERM');
    await until(() => isGone(pid), 30_000);
  });
});

describe('a screen', () => {
  const restored = '\x1b[?25h\x1b[?1049l';

  test.each(['SIGQUIT', 'SIGUSR1'] as const)(
    'leaves its run on %s with the terminal as it was, and ends with 130',
    async (signal) => {
      const run = `screen-${signal}`;
      const screen = TerminalSession.open(box.folder, box.environment, ['train', ...long(run)]);
      sessions.push(screen);
      await screen.see(/● training/, 30_000);
      process.kill(screen.pid, signal);
      expect(await screen.exit()).toBe(130);
      expect(screen.raw.lastIndexOf(restored)).toBeGreaterThan(screen.raw.lastIndexOf('\x1b[?1049h'));
      expect(screen.text).toContain(`npx incline attach ${run}`);
      expect(screen.raw).not.toContain('Debugger');
      const { step } = events(run).at(-1)!;
      await until(() => events(run).at(-1)!.step > step);
      killTrainers(box.folder);
    },
  );

  test.each([['the home screen', [], /yang-quick/]] as const)('%s ends with 130 too', async (_name, words, seen) => {
    const screen = TerminalSession.open(box.folder, box.environment, words);
    sessions.push(screen);
    await screen.see(seen, 30_000);
    process.kill(screen.pid, 'SIGUSR1');
    expect(await screen.exit()).toBe(130);
    expect(screen.raw.lastIndexOf(restored)).toBeGreaterThan(screen.raw.lastIndexOf('\x1b[?1049h'));
  });

  test('in plain sentences ends on SIGHUP', async () => {
    const environment = { ...box.environment, INK_SCREEN_READER: 'true' };
    const screen = TerminalSession.open(box.folder, environment, ['train', ...long('plain')]);
    sessions.push(screen);
    await screen.see(/step/, 30_000);
    process.kill(screen.pid, 'SIGHUP');
    await screen.exit();
    killTrainers(box.folder);
  });
});

describe('other commands', () => {
  const lengthy = ['theory', 'yang-quick', '--draws', '1000', '--over', 'model.heads=1,2,3,4,5,6,7,8'];
  test.skipIf(!existsSync('/proc/self/stat'))('end by a signal as programs do, and open no debugger', async () => {
    const children = saving.map((signal) => {
      const child = box.start(...lengthy);
      const end = new Promise((resolve) => child.on('exit', (code, by) => resolve(by ?? code)));
      return { signal, child, end, all: finished(child) };
    });
    // By then each has begun, however busy the machine is.
    for (const { child } of children) await until(() => worked(child.pid!) > 1, 60_000);
    for (const { signal, child } of children) child.kill(signal);
    for (const { signal, end, all } of children) {
      expect(await end).toBe(signal);
      expect((await all).err).toBe('');
    }
  });

  /** Seconds that a process has worked. */
  const worked = (pid: number): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };

  /** Whether a process accepts connections from this machine. */
  const listens = (pid: number): boolean => {
    const ports = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    const listening = new Set(ports.filter((cells) => cells[3] === '0A').map((cells) => `socket:[${cells[9]}]`));
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => listening.has(linkOf(join(folder, fd))));
  };
  const linkOf = (path: string): string => {
    try {
      return readlinkSync(path);
    } catch {
      return '';
    }
  };

  test.skipIf(!existsSync('/proc/net/tcp'))(
    'a signal before the program has loaded opens no debugger that stays',
    async () => {
      const early = async (delay: number): Promise<void> => {
        const child = box.start(...lengthy);
        const all = finished(child);
        let by: NodeJS.Signals | null = null;
        child.on('exit', (_, signal) => {
          by = signal;
        });
        await new Promise((resolve) => setTimeout(resolve, delay));
        child.kill('SIGUSR1');
        await new Promise((resolve) => setTimeout(resolve, 2000));
        // Node had its own meaning for it until the program had begun.
        if (by === null) expect(listens(child.pid!)).toBe(false);
        else expect(by).toBe('SIGUSR1');
        child.kill('SIGKILL');
        await all;
      };
      await Promise.all([10, 30, 50, 80, 120].map(early));
    },
  );
});
