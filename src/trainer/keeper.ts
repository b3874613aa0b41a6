import type { LoopPort } from './contract.ts';
import { givenUp, policyOf, type RetentionPolicy, type SavedSnapshot } from './retention.ts';

interface KeeperOptions {
  readonly port: Pick<LoopPort, 'emit' | 'save' | 'remove'>;
  /** Automatic snapshots to keep. */
  readonly keep: number;
  /** Nobody can mend the disk and say so. */
  readonly unattended: boolean;
  /** Holds training, as it would run away from the state that could not be written. */
  readonly hold: () => void;
}

/** Saves snapshots, gives up old automatic ones, and when the disk refuses, holds training and remembers what is to be saved. */
export class Keeper {
  /** Step of the last snapshot. */
  savedAt = -1;
  /** Its file. */
  file: string | undefined;
  readonly #o: KeeperOptions;
  readonly #policy: RetentionPolicy;
  #saved: readonly SavedSnapshot[] = [];
  /** Why the snapshot that the disk refused was to be saved. */
  #refused: string | undefined;

  constructor(options: KeeperOptions) {
    this.#o = options;
    this.#policy = policyOf(options.keep);
  }

  /** Whether something could not be written so far. */
  get isRefused(): boolean {
    return this.#refused !== undefined;
  }

  /** @returns false when the disk refuses; nothing is lost */
  async save(step: number, why: string): Promise<boolean> {
    try {
      const file = await this.#o.port.save(why);
      this.#refused = undefined;
      this.savedAt = step;
      this.file = file;
      await this.also(why);
      return true;
    } catch (error) {
      this.refuses(step, error as Error, why);
      this.#refused = why;
      return false;
    }
  }

  /** Tries again what the disk refused; @returns whether that worked */
  async retry(step: number): Promise<boolean> {
    return this.#refused !== undefined && (await this.save(step, this.#refused));
  }

  /** One more reason for the last snapshot. */
  async also(why: string): Promise<void> {
    const file = this.file!;
    this.#o.port.emit({ type: 'snapshot_saved', step: this.savedAt, file, why });
    const saved = [...this.#saved, { file, why }];
    const old = givenUp(saved, this.#policy);
    this.#saved = saved.filter((entry) => !old.includes(entry.file));
    for (const name of old) await this.#o.port.remove(name);
  }

  /** The disk does not take what was to be written for this reason: says so once, and holds training. */
  refuses(step: number, error: Error, why: string): void {
    if (this.#refused === undefined) {
      const retry = this.#o.unattended ? 'trying again every second' : 'mend that and press s';
      const message = `cannot write: ${error.message}; everything is kept in memory; ${retry}`;
      this.#o.port.emit({ type: 'alert', step, kind: 'disk', message });
    }
    this.#refused ??= why;
    this.#o.hold();
  }
}
