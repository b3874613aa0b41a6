import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program: `npm test` builds it first. */
export const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder and a runtime folder of their own, so that tests never meet the user's runs. */
export function sandbox() {
  const folder = mkdtempSync(join(tmpdir(), 'incline-cli-'));
  const environment = { ...process.env, XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: folder, TMPDIR: folder };
  return {
    folder,
    environment,
    remove: () => rmSync(folder, { recursive: true, force: true }),
    start(...words: string[]): ChildProcess {
      return this.startAs(undefined, ...words);
    },
    /** As another user, which only root may. */
    startAs: (uid: number | undefined, ...words: string[]): ChildProcess =>
      spawn(process.execPath, [program, ...words], {
        cwd: folder,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(uid !== undefined && { uid }),
      }),
    run(...words: string[]): Promise<Finished> {
      return finished(this.start(...words));
    },
  };
}

/** Kills the trainers of a sandbox: they outlive their screens. */
export function killTrainers(folder: string): void {
  // A folder that holds preferences too is none for sockets: then they are in the second one.
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/^incline[^/]*\/[0-9a-f]{12}\.json$/.test(file)) continue;
    const { pid } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { pid: number };
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone by itself.
    }
  }
}

/** Waits for a program to end, with what it wrote. */
export function finished(child: ChildProcess): Promise<Finished> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

export async function until(condition: () => boolean | Promise<boolean>, patience = 15_000, pause = 20): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${patience} ms in vain for: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
