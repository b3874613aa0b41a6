import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { writeFileAtomic } from '../core/files.ts';
import { readJson, requireOwnFolder } from '../core/plain_files.ts';

const runs = z.array(z.string()).min(1);

/** What a person wants of a sweep that is going, or was. */
const schema = z.discriminatedUnion('type', [
  /** All of it saves and ends. */
  z.object({ type: z.literal('end') }),
  /** These runs save and end, or do not begin. */
  z.object({ type: z.literal('stop'), runs }),
  /** These, which failed or were stopped, are trained again. */
  z.object({ type: z.literal('again'), runs }),
  /** Another run of the settings of this one. */
  z.object({ type: z.literal('seed'), like: z.string(), seed: z.int().min(0) }),
  /** All runs go on to so many steps. */
  z.object({ type: z.literal('steps'), steps: z.int().min(1) }),
]);
export type Wish = z.infer<typeof schema>;

// A file each, in the folder of the sweep: that is what all hosts share that may train its cells.
const prefix = '.wish-';
const largest = 2 ** 20;

/** Leaves a wish for the process that trains the cells. @returns the file, which goes once it is answered */
export async function leaveWish(folder: string, wish: Wish, clock: Clock): Promise<string> {
  requireOwnFolder(folder);
  // In the order of time.
  const name = `${prefix}${clock.date().toISOString().replaceAll(':', '')}-${randomUUID()}.json`;
  await writeFileAtomic(join(folder, name), JSON.stringify(wish));
  return join(folder, name);
}

/** A wish that nobody has answered. */
export interface LeftWish {
  readonly file: string;
  readonly wish: Wish;
}

/** The wishes that were left, oldest first: they stay until they are answered. What is none goes. */
export function wishesIn(folder: string): LeftWish[] {
  return filesIn(folder, prefix).flatMap((file) => {
    try {
      return [{ file, wish: schema.parse(readJson(file, largest)) }];
    } catch {
      rmSync(file, { force: true });
      return [];
    }
  });
}

/**
 * Answers a wish, whose file goes: not before what it asked for is written down, so that no end of a process loses it.
 * @param refusal why it is not done
 */
export async function answerWish({ file }: LeftWish, clock: Clock, refusal?: string): Promise<void> {
  for (const old of filesIn(dirname(file), refusalPrefix)) {
    const { mtimeMs = 0 } = statSync(old, { throwIfNoEntry: false }) ?? {};
    // Whoever asked is gone.
    if (clock.date().getTime() > mtimeMs + unread) rmSync(old, { force: true });
  }
  // A disk that takes nothing more costs the reason, and no run.
  if (refusal !== undefined) await writeFileAtomic(refusalOf(file), JSON.stringify(refusal)).catch(() => undefined);
  rmSync(file, { force: true });
}

/** What became of a wish: nothing yet, done, or why not, which is told once. */
export function answerTo(file: string): 'none' | 'done' | { readonly refusal: string } {
  if (existsSync(file)) return 'none';
  try {
    return { refusal: z.string().parse(readJson(refusalOf(file), largest)) };
  } catch {
    return 'done';
  } finally {
    rmSync(refusalOf(file), { force: true });
  }
}

const refusalPrefix = '.refused-';
/** After so long nobody reads a refusal any more, in milliseconds. */
const unread = 60_000;

function refusalOf(file: string): string {
  return join(dirname(file), basename(file).replace(prefix, refusalPrefix));
}

function filesIn(folder: string, start: string): string[] {
  const names = readdirSync(folder).filter((name) => name.startsWith(start) && name.endsWith('.json'));
  return names.sort().map((name) => join(folder, name));
}
