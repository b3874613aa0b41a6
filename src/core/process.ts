import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells a process from every other one, of this machine and of others, now and later. */
export interface ProcessIdentity {
  readonly host: string;
  /** The machine's own number: hosts may share a name. */
  readonly machine?: string;
  /** Differs after each start of the machine. */
  readonly boot?: string;
  /** Containers of one machine number their processes each for itself. */
  readonly namespace?: string;
  readonly pid: number;
  /** When it began, in whatever unit the system counts: another process may get its number later. */
  readonly born?: string;
}

/** `suspended`: by SIGSTOP or ctrl+z. `elsewhere`: on another host or in another container, of which nothing can be told. */
export type ProcessFate = 'running' | 'suspended' | 'gone' | 'elsewhere';

let own: ProcessIdentity | undefined;

/** This process. */
export function thisProcess(): ProcessIdentity {
  own ??= { ...seat(), pid: process.pid, ...present('born', processInfo(process.pid)?.born) };
  return own;
}

/** What has become of a process, as far as this one can tell. */
export function fateOf({ host, machine, boot, namespace, pid, born }: ProcessIdentity): ProcessFate {
  const here = thisProcess();
  if (host !== here.host || machine !== here.machine) return 'elsewhere';
  // The machine was started anew since.
  if (boot !== here.boot) return 'gone';
  if (namespace !== here.namespace) return 'elsewhere';
  if (!exists(pid)) return 'gone';
  const info = processInfo(pid);
  if (!info) return 'running';
  // A zombie waits for its parent only.
  const isDead = ['Z', 'X', 'x'].includes(info.state);
  if (isDead || (born !== undefined && born !== info.born)) return 'gone';
  return info.state === 'T' || info.state === 't' ? 'suspended' : 'running';
}

/** The command line of a process, with spaces between its words; empty where the system does not say. */
export function commandOf(pid: number): string {
  const words = textOf(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ');
  return words ?? psOf(pid, 'args=') ?? '';
}

function seat(): Omit<ProcessIdentity, 'pid' | 'born'> {
  return {
    host: hostname(),
    ...present('machine', textOf('/etc/machine-id')),
    ...present('boot', textOf('/proc/sys/kernel/random/boot_id')),
    ...present('namespace', linkOf('/proc/self/ns/pid')),
  };
}

function present<K extends string>(key: K, value: string | undefined): { [key in K]?: string } {
  return value ? ({ [key]: value } as { [key in K]: string }) : {};
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** State letter and start of a process; undefined when the system does not say. */
function processInfo(pid: number): { readonly state: string; readonly born: string } | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat) {
    // The second field is the program's name in brackets, which may hold anything; the start is the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, born: fields[19]! };
  }
  const line = psOf(pid, 'state=,lstart=');
  return line ? { state: line[0]!, born: line.replace(/^\S+\s+/, '') } : undefined;
}

/** What `ps` says of a process, for systems without /proc; undefined when it says nothing. */
function psOf(pid: number, columns: string): string | undefined {
  const env = { ...process.env, LC_ALL: 'C' };
  try {
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env } as const;
    return execFileSync('ps', ['-o', columns, '-p', String(pid)], { ...options, stdio: [...options.stdio] }).trim();
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
