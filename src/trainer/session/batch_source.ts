import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../core/clock.ts';
import { pluginsOf } from '../../store/plugin_records.ts';
import type { Experiment } from '../contract/session.ts';
import type { WorkerSetup } from './batch_worker.ts';
import { type Drawn, type DrawRequest, drawBatches } from './batches.ts';

/** Calls that are timed with and without a thread, and from what share of the time on there is one. */
const timedCalls = 20;
const worthThread = 0.05;

/** The compiled worker; there is none while the program runs from its sources. */
const compiledWorker = new URL('./batch_worker.js', import.meta.url);

/**
 * Draws the batches of a run. Where drawing takes more than a twentieth of the time, a second thread draws the next ones
 * while the engine works on these, as long as updates come faster so: with all cores at work they do not. A draw follows from
 * its request alone, so that the bytes are the same; what was drawn ahead for another request than the one that comes is
 * thrown away.
 */
export class BatchSource {
  readonly #experiment: Experiment;
  readonly #worker: URL | undefined;
  /** Calls and updates since `startedAt`, and how long drawing took here. */
  #timed = { calls: 0, updates: 0, startedAt: 0, drawing: 0 };
  /** Milliseconds an update without a thread. */
  #timeAlone = Number.POSITIVE_INFINITY;
  #thread: Worker | undefined;
  #isReady = false;
  #ahead: { readonly key: string; readonly drawn: Promise<Drawn | undefined> } | undefined;
  /** Takes the answer of the thread; undefined when there will be none. */
  #answer: ((drawn: Drawn | undefined) => void) | undefined;
  #drawnAhead = 0;

  /** @param hasSpareCore whether a second thread has a core of its own */
  constructor(experiment: Experiment, hasSpareCore: boolean, worker = compiledWorker) {
    this.#experiment = experiment;
    // A worker does not have what plugins bring.
    const isPossible = hasSpareCore && existsSync(fileURLToPath(worker)) && pluginsOf(experiment.config).length === 0;
    this.#worker = isPossible ? worker : undefined;
  }

  /** Calls that were answered from what a second thread had drawn. */
  get drawnAhead(): number {
    return this.#drawnAhead;
  }

  async next(request: DrawRequest): Promise<Drawn> {
    if (this.#worker) await this.#adapt(this.#worker, request.count);
    const drawn = (await this.#fromThread(request)) ?? this.#here(request);
    const { step, count } = request;
    if (this.#isReady) this.#drawAhead({ random: drawn.random, step: step + count, count });
    return drawn;
  }

  async dispose(): Promise<void> {
    const thread = this.#thread;
    this.#lose();
    await thread?.terminate();
  }

  #here(request: DrawRequest): Drawn {
    const { task, config } = this.#experiment;
    const start = systemClock.now();
    const drawn = drawBatches(task, config.train.batch, request);
    this.#timed.drawing += systemClock.now() - start;
    return drawn;
  }

  /** Starts the thread where drawing takes long, and ends it where updates come no faster with it. */
  async #adapt(worker: URL, updates: number): Promise<void> {
    const { calls, startedAt, drawing, updates: done } = this.#timed;
    if (calls === timedCalls) {
      const elapsed = systemClock.now() - startedAt;
      const time = elapsed / done;
      this.#restartClock();
      if (!this.#thread && drawing > worthThread * elapsed) {
        this.#timeAlone = time;
        this.#start(worker);
      } else if (this.#isReady && time > this.#timeAlone) await this.dispose();
    }
    if (this.#timed.calls++ === 0) this.#timed.startedAt = systemClock.now();
    this.#timed.updates += updates;
  }

  #restartClock(): void {
    this.#timed = { calls: 0, updates: 0, startedAt: 0, drawing: 0 };
  }

  #start(worker: URL): void {
    const { config, task } = this.#experiment;
    const setup: WorkerSetup = { config, fixed: task.fixed };
    const thread = new Worker(worker, { workerData: setup });
    this.#thread = thread;
    // A run ends without waiting for it.
    thread.unref();
    thread.on('message', (message: Drawn | 'ready') => {
      if (thread !== this.#thread) return;
      if (message !== 'ready') return this.#answer?.(message);
      this.#isReady = true;
      this.#restartClock();
    });
    // Drawing goes on here, where a fault shows.
    thread.on('error', () => this.#lose());
    thread.on('exit', () => this.#lose());
  }

  #lose(): void {
    this.#isReady = false;
    this.#answer?.(undefined);
    this.#answer = undefined;
    this.#ahead = undefined;
  }

  #drawAhead(request: DrawRequest): void {
    const drawn = new Promise<Drawn | undefined>((resolve) => {
      this.#answer = resolve;
    });
    this.#ahead = { key: keyOf(request), drawn };
    this.#thread!.postMessage(request);
  }

  async #fromThread(request: DrawRequest): Promise<Drawn | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (!ahead) return undefined;
    const thread = this.#thread!;
    thread.ref();
    const drawn = await ahead.drawn;
    thread.unref();
    if (ahead.key !== keyOf(request) || !drawn) return undefined;
    this.#drawnAhead++;
    return drawn;
  }
}

const keyOf = ({ random, step, count }: DrawRequest): string => JSON.stringify([random, step, count]);
