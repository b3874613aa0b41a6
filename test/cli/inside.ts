import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { until } from './program.ts';

/** What a process holds, as it says itself after everything dead was collected. */
export interface Inside {
  /** Resident size, in bytes. */
  readonly resident: number;
  /** Objects and buffers that live, in bytes. */
  readonly live: number;
  readonly timers: number;
  /** Handles, requests and timers that keep the process going. */
  readonly resources: number;
}

/** The environment of a program that can be looked into; its sockets are in this folder. */
export function withInside(environment: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv {
  const hook = fileURLToPath(new URL('./inside.cjs', import.meta.url));
  return { ...environment, INCLINE_INSIDE: folder, NODE_OPTIONS: `--require=${hook}` };
}

/** Looks into a program that was started `withInside`. */
export async function lookInside(folder: string, pid: number): Promise<Inside> {
  const path = join(folder, `${pid}.inside`);
  await until(() => existsSync(path), 60_000);
  return JSON.parse(await text(connect(path))) as Inside;
}
