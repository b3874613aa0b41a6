import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

export interface Memory {
  /** Bytes that further processes may take without others being swapped out, in this machine or container. */
  available(): number;
  /** Most bytes that a process has had resident; undefined where the system does not say, or it is gone. */
  peak(pid: number): number | undefined;
}

export const systemMemory: Memory = {
  available: () => process.availableMemory?.() ?? freemem(),
  peak: peakMemory,
};

function peakMemory(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kilobytes === undefined ? undefined : 1024 * Number(kilobytes);
  } catch {
    return undefined;
  }
}
