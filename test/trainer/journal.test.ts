import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { UserError } from '../../src/core/errors.ts';
import { StorageError } from '../../src/core/files.ts';
import type { EventBody, RunEvent } from '../../src/protocol/events.ts';
import { JournalWriter } from '../../src/store/journal_writer.ts';

/** Fails the next writes after having written so many bytes, as a disk that fills up does. */
const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY, writes: 0, meanwhile: () => {} }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    open: async (...parameters: Parameters<typeof real.open>) => {
      const file = await real.open(...parameters);
      const write = file.write.bind(file) as (
        bytes: Buffer,
        from: number,
        length: number,
        at: number,
      ) => Promise<unknown>;
      const limited = async (bytes: Buffer, from: number, length: number, at: number): Promise<unknown> => {
        disk.writes++;
        disk.meanwhile();
        if (disk.room === 0) {
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
            code: 'ENOSPC',
            syscall: 'write',
          });
        }
        const part = Math.min(length, disk.room);
        disk.room -= part;
        return write(bytes, from, part, at);
      };
      return Object.assign(file, { write: limited });
    },
  };
});

const clock: Clock = {
  now: () => 0,
  date: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)),
  sleep: async () => undefined,
};
const metrics = (step: number, value: number | null = 0.5): EventBody => ({
  type: 'metrics',
  step,
  values: { train_loss: value },
});

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-'));
  path = join(folder, 'journal.jsonl');
  disk.room = Number.POSITIVE_INFINITY;
  disk.writes = 0;
  disk.meanwhile = () => {};
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = (): unknown[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a journal', () => {
  const disturbances: [string, () => void, readonly number[]][] = [
    ['removed', () => rmSync(path), []],
    ['emptied', () => truncateSync(path), []],
    ['cut off within its second line', () => truncateSync(path, 150), [1]],
    ['moved away by a rotation of logs', () => renameSync(path, `${path}.1`), []],
  ];
  it.each(disturbances)('that is %s goes on without a hole, and tells', async (_name, disturb, left) => {
    const journal = await JournalWriter.open(path, clock);
    journal.onDisturbed = () => void journal.append({ type: 'resumed', step: 2 });
    journal.append(metrics(1));
    journal.append(metrics(2));
    await journal.flush();
    expect(lines()).toHaveLength(2);
    disturb();
    const event = journal.append(metrics(3));
    await journal.close();
    expect(lines().map((line) => (line as RunEvent).seq)).toEqual([...left, event.seq, event.seq + 1]);
    expect(lines().at(-1)).toMatchObject({ type: 'resumed' });
  });

  it.each(disturbances.slice(1, 3))(
    'that is %s within a write is rid of the hole, and tells',
    async (_, disturb, left) => {
      const journal = await JournalWriter.open(path, clock);
      journal.onDisturbed = () => void journal.append({ type: 'resumed', step: 2 });
      journal.append(metrics(1));
      journal.append(metrics(2));
      await journal.flush();
      disk.meanwhile = disturb;
      const event = journal.append(metrics(3));
      await journal.flush();
      disk.meanwhile = () => {};
      journal.append(metrics(4));
      await journal.close();
      const { seq } = event;
      expect(lines().map((line) => (line as RunEvent).seq)).toEqual([...left, seq, seq + 1, seq + 2]);
      expect(lines().at(-1)).toMatchObject({ type: 'resumed' });
    },
  );

  it('waits where its folder is gone, or something else stands in its place', async () => {
    const journal = await JournalWriter.open(path, clock);
    const event = journal.append(metrics(1));
    rmSync(path);
    writeFileSync(path, 'something else\n');
    await expect(journal.flush()).rejects.toThrow('its last line is not an event');
    expect(readFileSync(path, 'utf8')).toBe('something else\n');
    rmSync(folder, { recursive: true });
    await expect(journal.flush()).rejects.toThrow(StorageError);
    expect(journal.unwritten).toEqual([event]);
    await expect(journal.close()).rejects.toThrow(StorageError);
  });

  it('stamps events at once and writes them in order, for the owner alone', async () => {
    const journal = await JournalWriter.open(path, clock);
    const first = journal.append(metrics(1));
    expect(first).toEqual({
      v: 1,
      seq: 1,
      time: '2026-01-02T03:04:05.678Z',
      type: 'metrics',
      step: 1,
      values: { train_loss: 0.5 },
    });
    const second = journal.append({ type: 'paused', step: 1 });
    expect(journal.unwritten).toEqual([first, second]);
    expect(statSync(path).size).toBe(0);
    await journal.flush();
    expect(journal.unwritten).toEqual([]);
    expect(lines()).toEqual([first, second]);
    expect(readFileSync(path, 'utf8')).toMatch(
      /^\{"v":1,"seq":1,"time":"2026-01-02T03:04:05\.678Z","type":"metrics",.*\n.*\n$/,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await journal.close();
  });

  it('writes once for all that waits, and keeps order when appending and flushing overlap', async () => {
    const journal = await JournalWriter.open(path, clock);
    for (let step = 1; step <= 100; step++) journal.append(metrics(step));
    await journal.flush();
    expect(disk.writes).toBe(1);
    const flushes = Array.from({ length: 50 }, (_, i) => {
      journal.append(metrics(101 + i));
      return journal.flush();
    });
    await Promise.all(flushes);
    await journal.close();
    expect(lines().map((line) => (line as { seq: number }).seq)).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
  });

  it('goes on where it ended, cutting off a torn last line', async () => {
    const before = await JournalWriter.open(path, clock);
    before.append(metrics(1));
    before.append(metrics(2));
    await before.close();
    appendFileSync(path, '{"v":1,"seq":3,"time":"2026-01-02T03:04:05.678Z","type":"metrics","step":3,"val');
    const after = await JournalWriter.open(path, clock);
    expect(after.append({ type: 'resumed', step: 2 }).seq).toBe(3);
    await after.close();
    expect(lines()).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3, type: 'resumed' }]);
  });

  it('is not continued when its last line is no event', async () => {
    writeFileSync(path, '{"v":1}\n');
    await expect(JournalWriter.open(path, clock)).rejects.toThrow(UserError);
    writeFileSync(path, '\n');
    await expect(JournalWriter.open(path, clock)).rejects.toThrow(UserError);
    expect(readFileSync(path, 'utf8')).toBe('\n');
  });

  it('with nothing but a torn line starts anew', async () => {
    writeFileSync(path, '{"v":1,"seq":1');
    const journal = await JournalWriter.open(path, clock);
    expect(journal.append(metrics(1)).seq).toBe(1);
    await journal.close();
    expect(lines()).toHaveLength(1);
  });
});

describe('a full disk', () => {
  it('loses nothing: the same flush works when there is room again, without a torn or doubled line', async () => {
    const journal = await JournalWriter.open(path, clock);
    journal.append(metrics(1));
    await journal.flush();
    const events = [journal.append(metrics(2)), journal.append(metrics(3))];
    disk.room = 150;
    const failure = await journal.flush().catch((error) => error);
    expect(failure).toBeInstanceOf(StorageError);
    expect(failure).toMatchObject({ code: 'ENOSPC', path });
    expect(journal.unwritten).toEqual(events);
    events.push(journal.append({ type: 'alert', step: 3, kind: 'disk', message: 'full' }));
    disk.room = 10;
    await expect(journal.flush()).rejects.toThrow(StorageError);
    disk.room = Number.POSITIVE_INFINITY;
    await journal.close();
    expect(lines()).toMatchObject([{ seq: 1 }, ...events]);
  });

  it('closes the file all the same', async () => {
    const journal = await JournalWriter.open(path, clock);
    journal.append(metrics(1));
    disk.room = 0;
    await expect(journal.close()).rejects.toThrow(StorageError);
    disk.room = Number.POSITIVE_INFINITY;
    await expect(journal.flush()).rejects.toThrow(/closed|EBADF/);
  });

  it('says so at the start too', async () => {
    await expect(JournalWriter.open(join(folder, 'none', 'journal.jsonl'), clock)).rejects.toThrow(StorageError);
  });
});

describe('numbers that are not finite', () => {
  it('become null with a reason beside them', async () => {
    const journal = await JournalWriter.open(path, clock);
    expect(journal.append(metrics(1, Number.NaN))).toMatchObject({
      values: { train_loss: null },
      reason: 'values.train_loss is NaN',
    });
    expect(
      journal.append({
        type: 'evaluated',
        step: 1,
        values: { gap: { mean: Number.POSITIVE_INFINITY, stderr: null, n: 3 } },
      }),
    ).toMatchObject({ values: { gap: { mean: null, stderr: null, n: 3 } }, reason: 'values.gap.mean is Infinity' });
    const summary = { step: 1, seconds: 2, metrics: { gap: Number.NaN } };
    expect(journal.append({ type: 'run_finished', step: 1, reason: 'steps', summary })).toMatchObject({
      reason: 'steps',
      summary: { metrics: { gap: null }, reason: 'summary.metrics.gap is NaN' },
    });
    await journal.close();
    expect(lines()[0]).toMatchObject({ values: { train_loss: null }, reason: 'values.train_loss is NaN' });
  });
});
