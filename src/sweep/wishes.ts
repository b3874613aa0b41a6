import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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

/** Leaves a wish for the process that trains the cells. @returns the file, which goes once it was taken */
export async function leaveWish(folder: string, wish: Wish, clock: Clock): Promise<string> {
  requireOwnFolder(folder);
  // In the order of time.
  const name = `${prefix}${clock.date().toISOString().replaceAll(':', '')}-${randomUUID()}.json`;
  await writeFileAtomic(join(folder, name), JSON.stringify(wish));
  return join(folder, name);
}

/** Takes the wishes that were left, oldest first; what is none goes as well. */
export function takeWishes(folder: string): Wish[] {
  return wishFiles(folder).flatMap((file) => {
    try {
      return schema.safeParse(readJson(file, largest)).data ?? [];
    } catch {
      return [];
    } finally {
      rmSync(file, { force: true });
    }
  });
}

export function isTaken(file: string): boolean {
  return !existsSync(file);
}

function wishFiles(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix) && name.endsWith('.json'));
  return names.sort().map((name) => join(folder, name));
}
