import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { thisProcess } from '../../src/core/process.ts';
import { holderOf, inodeOf, isLock, type LockRecord, lockPath } from '../../src/store/lock_record.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function lock(change: Partial<LockRecord>): LockRecord {
  const now = new Date().toISOString();
  const record = { v: 1, id: randomUUID(), ...thisProcess(), started: now, heartbeat: now, ...change } as const;
  writeFileSync(lockPath(folder), JSON.stringify(record));
  return record;
}

it('counts of a copied folder on this host for nothing, by the number of its folder', () => {
  lock({ inode: inodeOf(folder)! + 1 });
  expect(holderOf(folder, systemClock)).toBeUndefined();
  const own = lock({ inode: inodeOf(folder)! });
  expect(holderOf(folder, systemClock)).toEqual(own);
});

it('holds of another host whatever the number of its folder, which network file systems count their own way', () => {
  const away = lock({ inode: inodeOf(folder)! + 1, host: 'beta' });
  expect(holderOf(folder, systemClock)).toEqual(away);
});

it('may name a folder by a number that no double holds exactly', () => {
  expect(isLock(JSON.parse(JSON.stringify(lock({ inode: 2 ** 57 }))))).toBe(true);
  expect(isLock({ ...lock({}), inode: 0.5 })).toBe(false);
});
