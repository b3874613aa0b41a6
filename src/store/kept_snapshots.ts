import { wholeLines } from '../core/lines.ts';
import { openPlain } from '../core/plain_files.ts';
import { isRunEvent } from '../protocol/event_check.ts';
import type { EventBody } from '../protocol/events.ts';

/** Longest line that is read, in bytes. */
const longestLine = 16 * 2 ** 20;

/** Reasons to save that are a person's own. */
const byPerson: ReadonlySet<string> = new Set(['key', 'fork']);

/** The snapshots of a run that a person saved or marked, as its events tell: nothing is written over them. */
export class KeptSnapshots {
  readonly #saved = new Set<string>();
  readonly #marked = new Set<string>();

  /** Those of a run so far, as far as its journal can be read; none without a journal. */
  static async of(journal: string): Promise<KeptSnapshots> {
    const kept = new KeptSnapshots();
    const file = await openPlain(journal).catch(() => undefined);
    if (!file) return kept;
    try {
      for await (const lines of wholeLines(file.createReadStream({ autoClose: false }), longestLine)) {
        for (const line of lines.toString().split('\n')) if (line.includes('"snapshot_')) kept.#takeLine(line);
      }
    } catch (error) {
      // What comes after such a line tells of no snapshot that counts: the run is not continued in its own folder.
      if (!(error instanceof RangeError)) throw error;
    } finally {
      await file.close();
    }
    return kept;
  }

  has(file: string): boolean {
    return this.#saved.has(file) || this.#marked.has(file);
  }

  take(event: EventBody): void {
    if (event.type === 'snapshot_saved' && byPerson.has(event.why)) this.#saved.add(event.file);
    if (event.type === 'snapshot_removed') {
      this.#saved.delete(event.file);
      this.#marked.delete(event.file);
    }
    if (event.type !== 'snapshot_marked') return;
    if (event.marked) this.#marked.add(event.file);
    else this.#marked.delete(event.file);
  }

  #takeLine(line: string): void {
    try {
      const event: unknown = JSON.parse(line);
      if (isRunEvent(event)) this.take(event);
    } catch {
      // A line that is torn or damaged tells of no snapshot.
    }
  }
}
