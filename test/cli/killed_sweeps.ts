import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { sandbox, until } from './program.ts';

/** Longest wait before a kill, in milliseconds: a sweep takes about twice as long. */
const longestWait = 2500;
const words = ['sweep', 'yang-tiny', '--grid', 'model.heads=2,4', '--steps', '60', '--set', 'evaluate.every=20'];
const often = ['--set', 'snapshot.every=10', '--retry'];

/**
 * Kills a sweep, or runs of it, so many times at random moments and starts it again each time: what it comes to is, to the
 * byte, what one comes to that nobody disturbs. One that is done before is looked at, and the next is disturbed.
 */
export async function expectSameBytesAfterKills(kills: number): Promise<void> {
  const seed = Number(process.env['INCLINE_SEED'] ?? Date.now() % 2 ** 31);
  console.log(`${kills} kills from seed ${seed}; INCLINE_SEED=${seed} repeats their moments`);
  const stream = RandomStream.named(seed, 'kills');
  const box = sandbox();
  let sweep: ChildProcess | undefined;
  try {
    expect((await box.run(...words, '--name', 'calm')).code).toBe(0);
    let name = 'killed-0';
    for (let done = 0; done < kills; ) {
      if (!sweep || hasEnded(sweep)) sweep = box.start(...words, ...often, '--name', name);
      await moment(sweep, stream.integer(longestWait));
      if (sweep.exitCode === 0) {
        expectSame(box.folder, name);
        name = `killed-${done}`;
        continue;
      }
      const cells = cellsOf(join(box.folder, 'snapshots', name));
      const which = stream.integer(3);
      if (which === 0 || cells.length === 0) {
        sweep.kill('SIGKILL');
        await once(sweep, 'exit');
      } else for (const pid of which === 1 ? cells.slice(0, 1) : cells) tryToKill(pid);
      done++;
    }
    if (sweep && !hasEnded(sweep)) await once(sweep, 'exit');
    const last = await box.run(...words, ...often, '--name', name);
    const told = last.err.replace(/^note: .*\n/gm, '');
    if (last.code !== 0 || told !== '') throw new Error(`the sweep ended with ${last.code} and said ${told}`);
    expectSame(box.folder, name);
  } finally {
    if (sweep && !hasEnded(sweep)) sweep.kill('SIGKILL');
    box.remove();
  }
}

function expectSame(folder: string, name: string): void {
  const textOf = (sweep: string, file: string): string => readFileSync(join(folder, 'snapshots', sweep, file), 'utf8');
  expect(textOf(name, 'results.csv')).toBe(textOf('calm', 'results.csv'));
  const hashes = (sweep: string): string[] =>
    JSON.parse(textOf(sweep, 'sweep.json')).cells.map(({ sha256 }: { sha256: string }) => sha256);
  expect(hashes(name)).toEqual(hashes('calm'));
  expect(hashes('calm')[0]).toMatch(/^[0-9a-f]{64}$/);
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** So many milliseconds, or until the sweep has ended. */
async function moment(sweep: ChildProcess, milliseconds: number): Promise<void> {
  const end = Date.now() + milliseconds;
  await until(() => hasEnded(sweep) || Date.now() >= end);
}

/** Processes that train runs of a sweep now. */
function cellsOf(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((run) => {
    try {
      return [JSON.parse(readFileSync(join(folder, run, 'lock.json'), 'utf8')).pid as number];
    } catch {
      return [];
    }
  });
}

function tryToKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
