import type { FileHandle } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { asStorageError } from '../../core/files.ts';
import { openOwn } from '../../core/plain_files.ts';

/** Longest time that something waits to be written, in milliseconds, and most bytes that wait. */
const patience = 1000;
const mostWaiting = 2 ** 20;

/** A file that grows beside a run, about a second behind it; it is made, or gone on with at its end, when there is something to write. */
export class LogFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #makeRoom: () => Promise<void>;
  #file: FileHandle | undefined;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #writtenAt = Number.NEGATIVE_INFINITY;

  /** @param makeRoom makes the folder that it is to stand in */
  constructor(path: string, clock: Clock, makeRoom: () => Promise<void> = async () => undefined) {
    this.#path = path;
    this.#clock = clock;
    this.#makeRoom = makeRoom;
  }

  add(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
  }

  /** Writes what waits once it has waited long enough. @throws StorageError, FileRefused */
  async flush(now = false): Promise<void> {
    const isDue = now || this.#bytes >= mostWaiting || this.#clock.now() - this.#writtenAt >= patience;
    if (this.#bytes === 0 || !isDue) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#bytes = 0;
    this.#writtenAt = this.#clock.now();
    try {
      this.#file ??= await this.#open();
      await this.#file.appendFile(bytes);
    } catch (error) {
      throw asStorageError(this.#path, error);
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #open(): Promise<FileHandle> {
    await this.#makeRoom();
    return openOwn(this.#path, { append: true });
  }
}
