import type { LoopPort } from './contract.ts';
import { Retention } from './retention.ts';

/** Saves snapshots, gives up old automatic ones, and remembers what the disk refused. */
export class Keeper {
  /** Step of the last snapshot. */
  savedAt = -1;
  /** Its file. */
  file: string | undefined;
  /** Why the snapshot that the disk refused was to be saved. */
  refused: string | undefined;
  readonly #port: LoopPort;
  readonly #retention: Retention;

  constructor(port: LoopPort, keep: number) {
    this.#port = port;
    this.#retention = new Retention(keep);
  }

  /** @throws when the disk refuses; nothing is lost */
  async save(step: number, why: string): Promise<void> {
    this.refused = why;
    const file = await this.#port.save(why);
    this.refused = undefined;
    this.savedAt = step;
    this.file = file;
    this.#port.emit({ type: 'snapshot_saved', step, file, why });
    for (const old of this.#retention.saved(file, why)) await this.#port.remove(old);
  }
}
