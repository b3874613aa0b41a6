import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { program } from './program.ts';

/** Marks at which the size is taken: 1, 2, 5, 10 … thousand steps. */
const marks = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((thousands) => 1000 * thousands);

/** Resident size of a run without a screen, from `/proc`, when it reports the evaluation at each mark up to `last`. */
export async function residentSizes(
  folder: string,
  preset: string,
  last: number,
): Promise<{ step: number; bytes: number }[]> {
  const settings = ['evaluate.every=1000', 'train.schedule=constant'].flatMap((setting) => ['--set', setting]);
  const words = ['train', preset, '--json', '--steps', String(last), '--device', 'cpu', '--threads', '1', ...settings];
  const environment = { ...process.env, XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: folder, TMPDIR: folder };
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, env: environment });
  const sizes: { step: number; bytes: number }[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const { type, step } = JSON.parse(line) as { type: string; step: number };
    if (type === 'evaluated' && (marks.includes(step) || step === last))
      sizes.push({ step, bytes: resident(child.pid!) });
  }
  return sizes;
}

function resident(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
  return 1024 * Number(kilobytes);
}
