import { type FileHandle, rm } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { asStorageError, StorageError, writeFileAtomic } from '../core/files.ts';
import { openOwn } from '../core/plain_files.ts';
import type { ProbeFrame } from '../protocol/messages.ts';
import { encodeProbeRecord, indexProbeFile, probeMagic, readRecords } from '../snapshots/probe_file.ts';

/** Most bytes of pictures that a run keeps. */
const mostBytes = 64 * 2 ** 20;
/** The next picture is due once the steps so far have grown by this factor. */
const firstFactor = 1.03;
/** Pictures may take this share of the time, beyond a moment at the start (in milliseconds). */
const share = 0.02;
const moment = 200;
/** A picture that took longer than the cheapest by this factor was held up by something else, and counts no more. */
const mostDearer = 3;

interface PictureOptions {
  readonly path: string;
  /** Step at which the run starts; later pictures in the file belong to a course of the run that was given up. */
  readonly start: number;
  readonly clock: Clock;
  probe(): Promise<ProbeFrame['tensors']>;
  /** Throws where the path is no longer this run's to write to. */
  verify(): void;
  readonly limit?: number;
}

/**
 * Keeps pictures of a run's activations for replay, dense at first and then spaced logarithmically, in a file of bounded
 * size: when it is full every second picture is given up and the spacing doubles. They are for looking only, so a disk
 * that refuses costs pictures, never the run.
 */
export class PictureRecorder {
  readonly #o: PictureOptions;
  readonly #limit: number;
  readonly #startedAt: number;
  #spent = 0;
  /** What the cheapest picture took. */
  #cheapest = Number.POSITIVE_INFINITY;
  /** Steps since the start at which the next picture is due. */
  #next = 0;
  #factor = firstFactor;
  #length = 0;
  /** What is written to stays the file of this run, whatever stands at its path by then. */
  #file: FileHandle | undefined;
  #first: ProbeFrame['tensors'] | undefined;

  private constructor(options: PictureOptions) {
    this.#o = options;
    this.#limit = options.limit ?? mostBytes;
    this.#startedAt = options.clock.now();
  }

  /** Starts a file, or goes on with the one there. */
  static async open(options: PictureOptions): Promise<PictureRecorder> {
    const recorder = new PictureRecorder(options);
    const index = await indexProbeFile(options.path).catch(() => undefined);
    const last = index?.records.findLast(({ step }) => step <= options.start);
    recorder.#length = last?.end ?? 0;
    if (last?.step === options.start) recorder.#next = 1;
    if (!last) await rm(options.path, { force: true });
    return recorder;
  }

  /** Keeps a picture of `step` if one is due. */
  async observe(step: number): Promise<void> {
    const { clock, start, probe } = this.#o;
    const done = step - start;
    const began = clock.now();
    if (done < this.#next || this.#spent > moment + share * (began - this.#startedAt)) return;
    this.#next = Math.max(done + 1, Math.floor(done * this.#factor));
    const tensors = await probe();
    try {
      await this.#append({ step, tensors });
    } catch (error) {
      if (!(error instanceof StorageError || error instanceof UserError)) throw error;
    }
    this.#cheapest = Math.min(this.#cheapest, clock.now() - began);
    this.#spent += Math.min(clock.now() - began, mostDearer * this.#cheapest);
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #append(frame: ProbeFrame): Promise<void> {
    const record = encodeProbeRecord(frame, this.#first);
    if (this.#length + record.length > this.#limit && !(await this.#thin(record.length))) return;
    const bytes = this.#length === 0 ? Buffer.concat([probeMagic, record]) : record;
    try {
      this.#file ??= await this.#open();
      await this.#file.write(bytes, 0, bytes.length, this.#length);
      // What a course of the run that was given up left behind goes.
      await this.#file.truncate(this.#length + bytes.length);
    } catch (error) {
      throw asStorageError(this.#o.path, error);
    }
    this.#length += bytes.length;
    this.#first ??= frame.tensors;
  }

  async #open(): Promise<FileHandle> {
    const { path, verify } = this.#o;
    verify();
    const file = await openOwn(path, { make: this.#length === 0 });
    try {
      verify();
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Gives up every second picture; the first, on which the others build, stays. @returns whether there is room now */
  async #thin(needed: number): Promise<boolean> {
    this.#factor *= this.#factor;
    if (this.#length === 0) return false;
    const index = await indexProbeFile(this.#o.path);
    const kept = await readRecords(
      index,
      index.records.filter((_, position) => position % 2 === 0),
    );
    const bytes = Buffer.concat([probeMagic, ...kept]);
    await writeFileAtomic(this.#o.path, bytes, { verify: this.#o.verify });
    await this.#file?.close();
    this.#file = undefined;
    this.#length = bytes.length;
    return this.#length + needed <= this.#limit;
  }
}
