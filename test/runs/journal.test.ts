import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import { DamagedLines, readJournal } from '../../src/store/journal_reader.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-'));
  path = join(folder, 'journal.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (seq: number, more: object = {}): string =>
  JSON.stringify({
    v: 1,
    seq,
    time: '2026-01-02T03:04:05.678Z',
    type: 'metrics',
    step: seq,
    values: { train_loss: 1 / seq },
    ...more,
  });

async function all(damaged?: DamagedLines): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const batch of readJournal(path, damaged)) events.push(...batch);
  return events;
}

describe('reading a journal', () => {
  it('gives every event in order, whatever lies on the edges of what is read at once', async () => {
    const notes = Array.from({ length: 3000 }, (_, i) => '∑'.repeat((i * 37) % 400));
    const lines = notes.map((note, i) => line(i + 1, { note }));
    writeFileSync(path, lines.map((text) => `${text}\n`).join(''));
    expect(await all()).toEqual(lines.map((text) => JSON.parse(text)));
  });

  it('leaves out a torn last line, even one that happens to parse', async () => {
    writeFileSync(path, `${line(1)}\n${line(2)}`);
    expect(await all()).toHaveLength(1);
    writeFileSync(path, `${line(1)}\n${line(2).slice(0, 20)}`);
    expect(await all()).toHaveLength(1);
    writeFileSync(path, '');
    expect(await all()).toEqual([]);
  });

  it.each([
    ['text', 'hello', /:2: not JSON/],
    ['an empty line', '', /:2: not JSON/],
    ['two events', `${line(2)}${line(3)}`, /:2: not JSON/],
    ['an unknown type', line(2, { type: 'party' }), /:2: not an event/],
    ['another version', line(2, { v: 2 }), /:2: not an event/],
    ['a number that comes again', line(1), /:2: number 1 comes after 1/],
    ['null', 'null', /:2: not an event/],
  ])('refuses %s in the middle, naming file and line', async (_, text, message) => {
    writeFileSync(path, `${line(1)}\n${text}\n${line(9)}\n`);
    await expect(all()).rejects.toThrow(UserError);
    await expect(all()).rejects.toThrow(message);
    const damaged = new DamagedLines();
    expect((await all(damaged)).map(({ seq }) => seq)).toEqual([1, 9]);
    expect(damaged.first?.message).toMatch(message);
    expect(damaged.sentence(path)).toBe(
      'journal.jsonl: line 2 cannot be read: it stays as written, and is passed over',
    );
  });

  it('refuses bytes that are no text', async () => {
    writeFileSync(path, Buffer.from(`${line(1)}\n${line(2, { note: '\xff' })}\n`, 'latin1'));
    await expect(all()).rejects.toThrow(/:2: not UTF-8/);
  });

  it('says of many damaged lines how many they are', async () => {
    writeFileSync(path, `${line(1)}\n${'{\n'.repeat(20)}${line(2)}\n`);
    const damaged = new DamagedLines();
    expect(await all(damaged)).toHaveLength(2);
    expect(damaged.sentence(path)).toMatch(/: 20 lines \(2, 3, 4, 5, 6, 7, 8, 9, …\) cannot be read/);
  });

  it('refuses an endless line without holding it', async () => {
    writeFileSync(path, `${line(1)}\n`);
    truncateSync(path, 2 ** 30);
    const before = process.memoryUsage().rss;
    await expect(all()).rejects.toThrow(/:2: longer than 16777216 bytes/);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });

  it('refuses a file that is not there', async () => {
    await expect(all()).rejects.toThrow(UserError);
  });

  it('reads 300,000 events in a second or so', async () => {
    writeFileSync(path, Array.from({ length: 300_000 }, (_, i) => `${line(i + 1)}\n`).join(''));
    const start = performance.now();
    let count = 0;
    for await (const batch of readJournal(path)) count += batch.length;
    expect(count).toBe(300_000);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
