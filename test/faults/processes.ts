import { readdirSync, readFileSync } from 'node:fs';

/** A variable of the environment that all processes of a stage inherit, so that none of them is missed or taken for another. */
const variable = 'INCLINE_FAULT_STAGE';

export const markOf = (mark: string): Readonly<Record<string, string>> => ({ [variable]: mark });

export interface SeenProcess {
  readonly pid: number;
  readonly words: readonly string[];
}

/** The living processes of a stage. */
export function processesOf(mark: string): SeenProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // Gone before its entry is read, or another user's.
      if (!readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(`${variable}=${mark}`)) return [];
      if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${name}/status`, 'utf8'))) return [];
      return [{ pid: Number(name), words: wordsOf(Number(name)) }];
    } catch {
      return [];
    }
  });
}

/** The command line of a process; empty when it is gone. */
export function wordsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Sends a signal; @returns false when there is no such process any more */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Resident size in bytes. */
export function residentBytes(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN);
}

export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
