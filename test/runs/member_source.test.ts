import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { MemberSource } from '../../src/runs/member_source.ts';
import { JournalWriter } from '../../src/store/journal_writer.ts';
import { lockPath } from '../../src/store/lock_record.ts';
import { RunLock } from '../../src/store/run_lock.ts';

test('a run that is yet to begin is waited for, told as far as its files go, and over once it says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'incline-member-'));
  const source = new MemberSource(folder);
  const seen: number[] = [];
  let isClosed = false;
  void source.closed.then(() => (isClosed = true));
  source.onEvents((events) => seen.push(...events.map(({ seq }) => seq)));
  const sees = (...seqs: number[]) => vi.waitFor(() => expect(seen).toEqual(seqs), { timeout: 5000, interval: 20 });
  expect(await source.request({ type: 'pause' })).toEqual({ ok: false, step: 0, error: 'it has not begun' });

  const journal = await JournalWriter.open(join(folder, 'journal.jsonl'), systemClock);
  const write = async (...events: Parameters<JournalWriter['append']>[0][]): Promise<void> => {
    for (const event of events) journal.append(event);
    await journal.flush();
  };
  await write({ type: 'paused', step: 1 }, { type: 'resumed', step: 1 });
  // Nobody trains it, and it has not ended: a trainer may take it up.
  await sees(1, 2);
  expect(await source.request({ type: 'pause' })).toEqual({ ok: false, step: 1, error: 'nobody trains it now' });
  expect(isClosed).toBe(false);

  const summary = { step: 9, seconds: 1, metrics: {}, snapshot: 'end.safetensors' };
  await write({ type: 'run_finished', step: 9, reason: 'completed', summary });
  await sees(1, 2, 3);
  expect(await source.closed).toBeUndefined();
  await journal.close();
  rmSync(folder, { recursive: true });
});

test('a run that another host trains is told as far as its files go', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'incline-member-'));
  await RunLock.acquire(folder, { clock: systemClock });
  const lock = JSON.parse(readFileSync(lockPath(folder), 'utf8'));
  writeFileSync(lockPath(folder), JSON.stringify({ ...lock, host: 'another', machine: 'another', socket: '/nowhere' }));
  const journal = await JournalWriter.open(join(folder, 'journal.jsonl'), systemClock);
  journal.append({ type: 'paused', step: 1 });
  await journal.close();
  const source = new MemberSource(folder);
  const seen: number[] = [];
  source.onEvents((events) => seen.push(...events.map(({ seq }) => seq)));
  await vi.waitFor(() => expect(seen).toEqual([1]), { timeout: 5000, interval: 20 });
  source.close();
  rmSync(folder, { recursive: true });
});
