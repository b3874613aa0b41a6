import type { LoopPort } from './contract.ts';
import { givenUp, policyOf, type RetentionPolicy, type SavedSnapshot } from './retention.ts';

/** Saves snapshots, gives up old automatic ones, and remembers what the disk refused. */
export class Keeper {
  /** Step of the last snapshot. */
  savedAt = -1;
  /** Its file. */
  file: string | undefined;
  /** Why the snapshot that the disk refused was to be saved. */
  refused: string | undefined;
  readonly #port: LoopPort;
  readonly #policy: RetentionPolicy;
  #saved: readonly SavedSnapshot[] = [];

  constructor(port: LoopPort, keep: number) {
    this.#port = port;
    this.#policy = policyOf(keep);
  }

  /** @throws when the disk refuses; nothing is lost */
  async save(step: number, why: string): Promise<void> {
    this.refused = why;
    const file = await this.#port.save(why);
    this.refused = undefined;
    this.savedAt = step;
    this.file = file;
    await this.also(why);
  }

  /** One more reason for the last snapshot. */
  async also(why: string): Promise<void> {
    const file = this.file!;
    this.#port.emit({ type: 'snapshot_saved', step: this.savedAt, file, why });
    const saved = [...this.#saved, { file, why }];
    const old = givenUp(saved, this.#policy);
    this.#saved = saved.filter((entry) => !old.includes(entry.file));
    for (const name of old) await this.#port.remove(name);
  }
}
