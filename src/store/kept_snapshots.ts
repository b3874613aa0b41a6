import { UserError } from '../core/errors.ts';
import type { EventBody } from '../protocol/events.ts';
import { type DamagedLines, readJournal } from './journal_reader.ts';

/** Reasons to save that are a person's own. */
const byPerson: ReadonlySet<string> = new Set(['key', 'fork']);

/** The snapshots of a run that a person saved or marked, as its events tell: nothing is written over them. */
export class KeptSnapshots {
  readonly #saved = new Set<string>();
  readonly #marked = new Set<string>();

  /** Those of a run so far, as far as its journal can be read; none without a journal. */
  static async of(journal: string, damaged: DamagedLines): Promise<KeptSnapshots> {
    const kept = new KeptSnapshots();
    try {
      for await (const events of readJournal(journal, damaged)) {
        for (const event of events) kept.take(event);
      }
    } catch (error) {
      // What comes after an endless line tells of no snapshot that counts: the run is not continued in its own folder.
      if (!(error instanceof UserError)) throw error;
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
}
