import { join } from 'node:path';
import { writeFileAtomic } from '../core/files.ts';
import { FileRefused, readJson, requireOwnFolder } from '../core/plain_files.ts';

/** What people say of a run. */
export interface RunNotes {
  readonly note: string;
  readonly tags: readonly string[];
}

const file = 'notes.json';
const largest = 1 << 16;

/**
 * A run's note and tags; empty when it has none, or none that can be read.
 * @param onUnreadable told why what is there cannot be read
 */
export function readNotes(folder: string, onUnreadable: (problem: string) => void = () => undefined): RunNotes {
  const path = join(folder, file);
  try {
    const { note, tags } = readJson(path, largest) as { note?: unknown; tags?: unknown };
    const words = Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : [];
    return { note: typeof note === 'string' ? note : '', tags: words };
  } catch (error) {
    if (!(error instanceof FileRefused)) onUnreadable(`${path}: not a note and tags (${(error as Error).message})`);
    else if (error.code !== 'ENOENT') onUnreadable(error.message);
    return nothing;
  }
}

const nothing: RunNotes = { note: '', tags: [] };

/** Keeps a note and tags with a run of the user's, in `notes.json` of its folder. @throws StorageError when the disk refuses, UserError when the folder is another's */
export async function writeNotes(folder: string, { note, tags }: RunNotes): Promise<void> {
  requireOwnFolder(folder);
  await writeFileAtomic(join(folder, file), `${JSON.stringify({ v: 1, note, tags }, null, 2)}\n`);
}
