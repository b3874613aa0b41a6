import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../core/files.ts';

/** What people say of a run. */
export interface RunNotes {
  readonly note: string;
  readonly tags: readonly string[];
}

const file = 'notes.json';
const largest = 1 << 16;

/** A run's note and tags; empty when it has none, or none that can be read. */
export async function readNotes(folder: string): Promise<RunNotes> {
  try {
    const text = await readFile(join(folder, file), 'utf8');
    if (text.length > largest) return nothing;
    const { note, tags } = JSON.parse(text) as { note?: unknown; tags?: unknown };
    const words = Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : [];
    return { note: typeof note === 'string' ? note : '', tags: words };
  } catch {
    return nothing;
  }
}

const nothing: RunNotes = { note: '', tags: [] };

/** Keeps a note and tags with a run, in `notes.json` of its folder. @throws StorageError when the disk refuses */
export async function writeNotes(folder: string, { note, tags }: RunNotes): Promise<void> {
  await writeFileAtomic(join(folder, file), `${JSON.stringify({ v: 1, note, tags }, null, 2)}\n`);
}
