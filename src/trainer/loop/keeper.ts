import { UserError } from '../../core/errors.ts';
import type { LoopPort } from '../contract.ts';
import { givenUp, policyOf, type RetentionPolicy, type SavedSnapshot } from './retention.ts';

/** Why a snapshot stays that a person marked; the policy of retention names no number for it. */
const byMark = 'marked';

function isSnapshotName(file: string): boolean {
  return /^[^/\\]+\.safetensors$/.test(file);
}

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
  /** Its file. */
  file: string | undefined;
  readonly #o: KeeperOptions;
  readonly #policy: RetentionPolicy;
  /** Step of the last snapshot. */
  #savedAt = -1;
  /** Something was changed since the last snapshot, though the step may be the same. */
  #isStale = false;
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

  /** Whether the last snapshot holds the state after `step` updates as it is. */
  holds(step: number): boolean {
    return this.#savedAt === step && !this.#isStale;
  }

  /** The settings or the mask are others than in the last snapshot. */
  outdate(): void {
    this.#isStale = true;
  }

  /** @returns false when the disk refuses; nothing is lost */
  async save(step: number, why: string): Promise<boolean> {
    try {
      const file = await this.#o.port.save(why, this.holds(step) ? this.file : undefined);
      this.#refused = undefined;
      this.#savedAt = step;
      this.#isStale = false;
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
    this.#o.port.emit({ type: 'snapshot_saved', step: this.#savedAt, file, why });
    await this.#keep([...this.#saved, { file, why }]);
  }

  /**
   * Keeps a snapshot for good because a person marked it, or takes that back.
   * @throws UserError when it is no name of a snapshot
   */
  async mark(step: number, file: string, marked: boolean): Promise<void> {
    if (!isSnapshotName(file)) throw new UserError({ what: `${file} is no snapshot of this run` });
    this.#o.port.emit({ type: 'snapshot_marked', step, file, marked });
    const others = this.#saved.filter((entry) => entry.file !== file || entry.why !== byMark);
    // One that was saved before this process began is never given up.
    const known = others.some((entry) => entry.file === file);
    await this.#keep(marked && known ? [...others, { file, why: byMark }] : others);
  }

  async #keep(saved: readonly SavedSnapshot[]): Promise<void> {
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
