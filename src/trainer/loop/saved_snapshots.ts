import { UserError } from '../../core/errors.ts';
import { StorageError } from '../../core/files.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { LoopPort } from '../contract/loop.ts';
import { givenUp, policyOf, type SavedSnapshot } from './retention.ts';
import type { DiskTrouble } from './trouble.ts';

/** Why a snapshot stays that a person marked; the policy of retention names no number for it. */
const byMark = 'marked';

function isSnapshotName(file: string): boolean {
  return /^[^/\\]+\.safetensors$/.test(file);
}

interface SavedOptions {
  readonly port: Pick<LoopPort, 'emit' | 'save' | 'remove' | 'sizeOf'>;
  /** What is to stay. */
  readonly snapshot: Pick<RunConfig['snapshot'], 'keep' | 'occasions' | 'spread' | 'spread_mb'>;
  readonly trouble: DiskTrouble;
}

/** Saves snapshots, gives up old automatic ones, and when the disk refuses, remembers what is to be saved. */
export class SavedSnapshots {
  /** Its file. */
  file: string | undefined;
  readonly #o: SavedOptions;
  /** Step of the last snapshot. */
  #savedAt = -1;
  /** Something was changed since the last snapshot, though the step may be the same. */
  #isStale = false;
  #saved: readonly SavedSnapshot[] = [];
  /** Why the snapshots that the disk refused were to be saved. */
  #owed: readonly string[] = [];
  #isStayingSaid = false;

  constructor(options: SavedOptions) {
    this.#o = options;
  }

  /** Whether a snapshot could not be written so far. */
  get isOwing(): boolean {
    return this.#owed.length > 0;
  }

  /** Whether the last snapshot holds the state after `step` updates as it is. */
  holds(step: number): boolean {
    return this.#savedAt === step && !this.#isStale;
  }

  /** The settings or the mask are others than in the last snapshot. */
  outdate(): void {
    this.#isStale = true;
  }

  /**
   * Saves; what the disk refused before is then saved as well.
   * @returns false when the disk refuses, or the state holds what no snapshot may; nothing is lost
   */
  async save(step: number, why: string): Promise<boolean> {
    const { port, trouble } = this.#o;
    const reasons = [...new Set([...this.#owed, why])];
    try {
      this.file = await port.save(why, this.holds(step) ? this.file : undefined);
    } catch (error) {
      if (!(error instanceof StorageError || error instanceof UserError)) throw error;
      this.#owed = reasons;
      trouble.refused(step, error);
      return false;
    }
    this.#owed = [];
    this.#savedAt = step;
    this.#isStale = false;
    for (const reason of reasons) await this.also(reason);
    trouble.passed(step);
    return true;
  }

  /** Tries again what the disk refused. */
  async retry(step: number): Promise<void> {
    const [why] = this.#owed;
    if (why !== undefined) await this.save(step, why);
  }

  /** One more reason for the last snapshot. */
  async also(why: string): Promise<void> {
    const file = this.file!;
    this.#o.port.emit({ type: 'snapshot_saved', step: this.#savedAt, file, why });
    await this.#keep([...this.#saved, { file, step: this.#savedAt, why }]);
  }

  /**
   * Keeps a snapshot for good because a person marked it, or takes that back.
   * @throws UserError when it is no name of a snapshot
   */
  async mark(step: number, file: string, marked: boolean): Promise<void> {
    if (!isSnapshotName(file)) throw new UserError({ what: `${file} is no snapshot of this run` });
    if (marked && (await this.#o.port.sizeOf(file)) === undefined) {
      throw new UserError({ what: `${file} is gone`, fix: 'newer snapshots have taken its place' });
    }
    this.#o.port.emit({ type: 'snapshot_marked', step, file, marked });
    const others = this.#saved.filter((entry) => entry.file !== file || entry.why !== byMark);
    // One that was saved before this process began is never given up.
    const known = others.find((entry) => entry.file === file);
    await this.#keep(marked && known ? [...others, { ...known, why: byMark }] : others);
  }

  /** Removes a snapshot because a person wants that. @throws UserError when it is no name of a snapshot */
  async remove(step: number, file: string): Promise<void> {
    if (!isSnapshotName(file)) throw new UserError({ what: `${file} is no snapshot of this run` });
    await this.#o.port.remove(file);
    this.#forget(step, file, 'command');
  }

  /** Whether the file of the last snapshot is still there: people remove files. */
  async isThere(): Promise<boolean> {
    return this.file !== undefined && (await this.#o.port.sizeOf(this.file)) !== undefined;
  }

  async #keep(saved: readonly SavedSnapshot[]): Promise<void> {
    const { keep, occasions, spread, spread_mb } = this.#o.snapshot;
    this.#saved = saved;
    let largest = 1;
    for (const file of new Set(saved.map((entry) => entry.file))) {
      const bytes = await this.#o.port.sizeOf(file);
      if (bytes === undefined) this.#forget(this.#savedAt, file, 'gone');
      else largest = Math.max(largest, bytes);
    }
    const most = occasions ? Math.min(spread, Math.floor((spread_mb * 1e6) / largest)) : 0;
    const policy = policyOf(keep, most);
    for (const file of givenUp(this.#saved, policy)) {
      if (await this.#isRemoved(file)) this.#forget(this.#savedAt, file, 'thinned');
    }
  }

  /** Removes one that is given up; what the disk refuses stays, is said once, and is tried again at the next save. */
  async #isRemoved(file: string): Promise<boolean> {
    const { port } = this.#o;
    try {
      await port.remove(file);
      return true;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (!this.#isStayingSaid) {
        const message = `old snapshots cannot be removed and stay: ${error.message}`;
        port.emit({ type: 'alert', step: this.#savedAt, kind: 'notice', message });
      }
      this.#isStayingSaid = true;
      return false;
    }
  }

  #forget(step: number, file: string, why: string): void {
    this.#saved = this.#saved.filter((entry) => entry.file !== file);
    if (file === this.file) this.#isStale = true;
    this.#o.port.emit({ type: 'snapshot_removed', step, file, why });
  }
}
