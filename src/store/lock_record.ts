import { lstatSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { BusyError, UserError } from '../core/errors.ts';
import { commandLine } from '../core/own_command.ts';
import { readPlain } from '../core/plain_files.ts';
import { fateOf, type ProcessIdentity } from '../core/process.ts';

/** `lock.json`, which stands in the folder of a run while a process writes there. */
export interface LockRecord extends ProcessIdentity {
  readonly v: 1;
  /** Tells this holding of the lock from every other. */
  readonly id: string;
  /** File number of the folder it was made for: in a copy of that folder it means nothing. */
  readonly inode?: number;
  /** ISO date. */
  readonly started: string;
  /** ISO date of the last sign of life, by the clock of its host. */
  readonly heartbeat: string;
  /** The job of a scheduler that it works in, such as `12_3`. */
  readonly job?: string;
  /** How often that job was started again before. */
  readonly restarts?: number;
  /** Where the trainer listens; null where nobody can reach it; absent until it listens. */
  readonly socket?: string | null;
}

/** Between two signs of life of a holder, in milliseconds. */
export const heartbeatInterval = 10_000;
/** After so long without one, the lock of another host counts as abandoned, in milliseconds. */
const abandonedAfter = 300_000;
/** Largest lock that is read, in bytes. */
const largest = 2 ** 16;

export function lockPath(folder: string): string {
  return join(folder, 'lock.json');
}

/**
 * The lock at a path. What stands there and is no lock counts as one of an unknown host, whose last sign of life is
 * when it was written.
 */
export function readLock(path: string): LockRecord | undefined {
  try {
    return parsed(readPlain(path, largest).toString()) ?? unknownHolder(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : unknownHolder(path);
  }
}

/** The process that writes to a run's folder now, on whatever host, as far as can be told at once. */
export function holderOf(folder: string, clock: Clock): LockRecord | undefined {
  const lock = readLock(lockPath(folder));
  return lock && !isCopied(lock, folder) && isHeld(lock, clock) ? lock : undefined;
}

/** Tells a folder from every other that stands, or stood, at its path; undefined where none is. */
export function inodeOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.ino;
}

/** Whether another folder than that of the lock stands at a path: a copy of it, or one that was put in its place. */
export function isCopied(lock: LockRecord, folder: string): boolean {
  // Of one folder each host may count files its own way, as network file systems do.
  if (fateOf(lock) === 'elsewhere') return false;
  const { inode } = lock;
  const there = inodeOf(folder);
  return inode !== undefined && there !== undefined && inode !== there;
}

/** Whether the holder of a lock may be alive. */
export function isHeld(lock: LockRecord, clock: Clock): boolean {
  const fate = fateOf(lock);
  return fate === 'elsewhere' ? !isSilent(lock, clock) : fate !== 'gone';
}

/** Whether its last sign of life is too far from now. The clock of its host may be ahead, or behind. */
export function isSilent({ heartbeat }: LockRecord, clock: Clock): boolean {
  return !(Math.abs(clock.date().getTime() - Date.parse(heartbeat)) <= abandonedAfter);
}

/** Whether what stands there is no lock, or could not be read now. */
export function isUnreadable({ pid }: LockRecord): boolean {
  return pid === 0;
}

/** Why a run's folder cannot be written to: who does, where, since when, and what to do about it. */
export function refusal(folder: string, lock: LockRecord): UserError {
  const run = basename(folder);
  if (isUnreadable(lock)) {
    const fix = 'if no trainer works there, --force takes it over';
    return new UserError({ where: lockPath(folder), what: 'is no lock that can be read', fix });
  }
  const minutes = abandonedAfter / 60_000;
  const away = `stop it there, or wait: its lock counts as abandoned after ${minutes} minutes without a sign of life (the last: ${lock.heartbeat}); --force takes it over at once`;
  const fix =
    fateOf(lock) === 'elsewhere'
      ? away
      : `watch it with: ${commandLine('attach', run)}; stop it first with: ${commandLine('stop', run)}`;
  return new BusyError({ where: folder, what: `being trained by ${holderText(lock)} since ${lock.started}`, fix });
}

/** `process 12 of alpha`. */
export function holderText(lock: LockRecord): string {
  return isUnreadable(lock) ? 'a process that its lock does not tell' : `process ${lock.pid} of ${lock.host}`;
}

function parsed(text: string): LockRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isLock(value) ? value : undefined;
}

/** Whether a parsed file says what every reader of locks relies on; it may come from anybody. */
export function isLock(value: unknown): value is LockRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { v, id, inode, host, machine, boot, namespace, pid, born, started, heartbeat, job, restarts, socket } =
    value as LockRecord;
  const isText = (text: unknown): boolean => typeof text === 'string' && /^[^\p{Cc}\p{Cf}\p{Cs}]{1,4096}$/u.test(text);
  return (
    v === 1 &&
    /^[0-9a-f-]{36}$/.test(id) &&
    // Some file systems count beyond what a number holds exactly: both sides round alike.
    (inode === undefined || Number.isInteger(inode)) &&
    [host, started, heartbeat].every(isText) &&
    [machine, boot, namespace, born, job, socket ?? undefined].every((text) => text === undefined || isText(text)) &&
    (restarts === undefined || Number.isSafeInteger(restarts)) &&
    Number.isSafeInteger(pid) &&
    pid > 0
  );
}

function unknownHolder(path: string): LockRecord | undefined {
  try {
    const written = lstatSync(path).mtime.toISOString();
    return { v: 1, id: 'unreadable', host: '?', pid: 0, started: written, heartbeat: written };
  } catch {
    // Nothing is there, or the folder may not be looked into, where this process cannot write either.
    return undefined;
  }
}
