import { UserError } from '../../core/errors.ts';
import { StorageError } from '../../core/files.ts';
import { memoryRefused } from '../../core/memory_limit.ts';
import { metricsOf } from '../../models/known/measures.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { type Outcome, overRefusals } from '../../protocol/frames.ts';
import type { LiveStatus } from '../../protocol/messages.ts';
import type { Ending, LoopResult } from '../contract/loop.ts';
import { type Controls, controlsOf } from '../contract/session.ts';
import { Ablation } from './ablation.ts';
import { Broadcaster, broadcastInterval } from './broadcast.ts';
import { firstNonFinite, firstUpdates } from './divergence.ts';
import { Interventions } from './interventions.ts';
import { LastSave } from './last_save.ts';
import type { LoopOptions } from './loop_options.ts';
import { Pacer } from './pacing.ts';
import { Pausing } from './pausing.ts';
import { Records } from './records.ts';
import { RequestQueue } from './request_queue.ts';
import { applyRequest, type Steered, type TrainingRequest } from './requests.ts';
import type { Scribe } from './scribe.ts';
import { TrainingTime } from './training_time.ts';

/**
 * Trains until done. The story of one turn: serve requests → wait if paused or paced → run the graph → record, evaluate,
 * save, show. Requests are only taken between runs of the graph, so every change has a step at which it took effect.
 */
export class TrainingLoop {
  readonly interventions: Interventions;
  readonly scribe: Scribe;
  readonly #o: LoopOptions;
  readonly #queue: RequestQueue<TrainingRequest>;
  readonly #broadcaster: Broadcaster;
  readonly #records: Records;
  readonly #ablation: Ablation;
  readonly #time: TrainingTime;
  readonly #pacer: Pacer;
  readonly #pausing: Pausing;
  #ending: Ending | undefined;
  #fault: UserError | undefined;
  readonly #lastSave: LastSave;

  constructor(options: LoopOptions) {
    this.#o = options;
    this.#queue = new RequestQueue(options.clock);
    this.interventions = new Interventions(options);
    this.#pausing = new Pausing({
      paused: options.paused ?? false,
      onPause: () => this.#paused(),
      onResume: () => this.#resumed(),
    });
    this.#time = new TrainingTime(options.clock, options.session.step, options.trainedSeconds ?? 0);
    this.#pacer = new Pacer(options.clock, options.session.step);
    const gradients = async () => (await options.gradients?.(this.interventions.mask.values)) ?? {};
    const weights = async () => (await options.weights?.(this.interventions.mask.values)) ?? {};
    this.#broadcaster = new Broadcaster({ ...options, gradients, weights });
    this.#ablation = new Ablation({
      ...options,
      metric: () => this.#config.prune.metric,
      controls: () => this.#controls,
    });
    this.#records = new Records({
      session: options.session,
      port: options.port,
      clock: options.clock,
      metrics: metricsOf(options.config),
      snapshot: options.config.snapshot,
      unattended: options.unattended ?? false,
      hold: () => this.#pausing.hold(),
      release: () => this.#pausing.release(),
      curves: options.curves ?? new Map(),
    });
    this.scribe = this.#records.scribe;
    this.#lastSave = new LastSave(this.#records, options.clock);
  }

  /** Queues what a client asks for; the reply says at which step it took effect. */
  request(request: TrainingRequest): Promise<Outcome> {
    return this.#queue.push(request);
  }

  /** @throws UserError when training cannot go on, as without memory; the last finished step is saved if the disk takes it */
  async run(): Promise<LoopResult> {
    try {
      return await this.#train();
    } catch (cause) {
      const error = memoryRefused(cause) ?? cause;
      if (error instanceof UserError) await this.#keepWhatIsThere();
      throw error;
    }
  }

  /** Ends the run with a fault that came from elsewhere. */
  fail(fault: UserError): void {
    this.#fault ??= fault;
    this.#queue.wake();
  }

  /** Seconds that the run has spent in updates, over all its starts. */
  get trainedSeconds(): number {
    return this.#time.seconds;
  }

  /** File of the last snapshot. */
  get snapshot(): string | undefined {
    return this.#records.saved.file;
  }

  async #train(): Promise<LoopResult> {
    const isDue = this.#step % this.#config.evaluate.every === 0;
    if (isDue || !this.#o.evaluated) await this.#records.evaluate();
    this.#records.checkMetric(this.#config.prune.metric);
    await this.#o.port.keepPicture(this.#step);
    if (this.#config.snapshot.occasions) await this.#records.saveWhenTriggered();
    if (this.#pausing.isPaused) this.#o.port.emit({ type: 'paused', step: this.#step });
    await this.#broadcast(true);
    while (!this.#ending) {
      if (this.#fault) throw this.#fault;
      await this.#serve();
      if (this.#ending || !(await this.#ready())) continue;
      await this.#advance();
      await this.#observe();
    }
    return this.#finish(this.#ending);
  }

  get #config(): RunConfig {
    return this.interventions.config;
  }

  get #step(): number {
    return this.#o.session.step;
  }

  get #controls(): Controls {
    return controlsOf(this.#config);
  }

  #serve(): Promise<void> {
    const apply = async (request: TrainingRequest): Promise<void> => {
      await applyRequest(request, this.#steered());
      // The answer is not to wait for a picture.
      await this.#broadcast(true, false);
    };
    return this.#queue.serve(apply, () => this.#step);
  }

  #steered(): Steered {
    return {
      step: this.#step,
      interventions: this.interventions,
      records: this.#records,
      pausing: this.#pausing,
      unattended: this.#o.unattended ?? false,
      changed: () => {
        this.#records.saved.outdate();
        this.#pacer.reset(this.#step);
      },
      reevaluate: () => this.#reevaluate(),
      stop: async (isFinal) => {
        await this.#lastSave.beforeStop(isFinal);
        this.#ending = 'stopped';
      },
    };
  }

  #paused(): void {
    this.scribe.close(this.#step);
    this.#o.port.emit({ type: 'paused', step: this.#step });
  }

  #resumed(): void {
    this.#pacer.reset(this.#step);
    this.#time.resetRate();
    this.#o.port.emit({ type: 'resumed', step: this.#step });
  }

  /** Whether the next updates may run now; waits a little when not, and for requests. */
  async #ready(): Promise<boolean> {
    if (this.#step >= this.#config.train.steps) {
      this.#ending = 'completed';
      return false;
    }
    await this.#records.retry();
    const wait = this.#pausing.isPaused ? broadcastInterval : this.#pacer.wait(this.#step, this.#config.train.pace);
    if (wait <= 0) return true;
    const pending = await this.#ablation.whileWaiting(this.interventions.mask);
    await this.#queue.rest(Math.min(wait, broadcastInterval, pending));
    await this.#broadcast();
    return false;
  }

  async #advance(): Promise<void> {
    const { session, unroll } = this.#o;
    const first = this.#step;
    const room = this.#nextStop() - first;
    const count = room >= unroll && this.#config.train.pace === 0 ? unroll : 1;
    const scalars = await this.#time.of(count, () => session.advance(count, this.#controls));
    const bad = firstNonFinite(scalars, count);
    if (bad < count) return this.#diverged(first, bad, scalars);
    this.#records.updates(first, scalars);
  }

  /** The next step at which something other than training must happen. */
  #nextStop(): number {
    const { train, evaluate, snapshot } = this.#config;
    const next = (every: number): number => (every > 0 ? (Math.floor(this.#step / every) + 1) * every : Infinity);
    return Math.min(train.steps, this.#pausing.until, next(evaluate.every), next(snapshot.every));
  }

  async #observe(): Promise<void> {
    const { evaluate, snapshot, train } = this.#config;
    if (this.#step % evaluate.every === 0) await this.#records.evaluate();
    if (snapshot.every > 0 && this.#step % snapshot.every === 0) {
      await (this.#step < train.steps ? this.#records.save('automatic') : this.#records.saveLast('automatic'));
    }
    if (snapshot.occasions) await this.#records.saveWhenTriggered();
    await this.#o.port.keepPicture(this.#step);
    const spent = train.budget_s > 0 && this.trainedSeconds >= train.budget_s;
    if (spent && !this.#ending && this.#step < train.steps) this.#ending = 'budget';
    this.#pausing.reached(this.#step);
    await this.#ablation.besideTraining(this.interventions.mask, this.#time.takeRecent());
    await this.#broadcast();
  }

  /** The model or its prompts are others than at the evaluation before, though the step may be the same. */
  async #reevaluate(): Promise<void> {
    this.#broadcaster.refresh();
    await this.#records.reevaluate();
  }

  /** Goes back to the last state with a finite loss, keeps it in a snapshot, and stops for a person (or for good). */
  async #diverged(first: number, bad: number, scalars: Readonly<Record<string, ArrayLike<number>>>): Promise<void> {
    this.scribe.updates(first, firstUpdates(scalars, bad + 1));
    this.scribe.close(first + bad + 1);
    await this.#o.session.rewind(Math.max(0, first + bad - 1), this.#controls);
    await this.#records.evaluate();
    await this.#records.save('last_finite');
    const message = `the loss of update ${first + bad + 1} is not finite; returned to step ${this.#step}; try a learning rate below ${this.#config.train.learning_rate}`;
    this.#o.port.emit({ type: 'alert', step: this.#step, kind: 'diverged', message });
    if (this.#o.unattended) this.#ending = 'diverged';
    else this.#pausing.pause();
  }

  /** Without an evaluation, which may be what failed. */
  async #keepWhatIsThere(): Promise<void> {
    this.scribe.close(this.#step);
    if (!this.#records.saved.holds(this.#step)) await this.#records.save('failed');
    this.#queue.close(this.#step, overRefusals.failed);
  }

  /** Sends out journal lines, status and pictures, at most ten times a second unless `now`. */
  async #broadcast(now = false, picture = true): Promise<void> {
    if (!now && !this.#broadcaster.due) return;
    try {
      const { isPaused, until } = this.#pausing;
      const { steps, pace, budget_s: budget } = this.#config.train;
      const last = budget > 0 ? this.#step + this.#time.updatesUntil(budget) : steps;
      const status: LiveStatus = {
        step: this.#step,
        state: this.#ending ? 'finished' : isPaused ? 'paused' : 'running',
        stepsPerSecond: isPaused ? 0 : this.#time.rate(),
        until: Math.min(until, steps, last),
        pace,
      };
      await this.#broadcaster.send(status, picture);
      this.#records.journalWritten();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#records.journalRefused(error);
    }
  }

  async #finish(ending: Ending): Promise<LoopResult> {
    const why = ending === 'completed' ? 'end' : ending;
    await this.#lastSave.atEnd(why, async (milliseconds) => {
      await this.#broadcast(true);
      await this.#queue.rest(milliseconds);
      await this.#serve();
    });
    if (ending === 'completed' || ending === 'budget') await this.#ablation.atEnd(this.interventions.mask);
    this.#queue.close(this.#step, overRefusals.ended);
    const { seconds, steps_per_second } = this.#time.summary(this.#step);
    const metrics = { ...this.scribe.latest(), steps_per_second };
    const snapshot = this.#lastSave.file;
    const summary = { step: this.#step, seconds, metrics, ...(snapshot !== undefined && { snapshot }) };
    this.#o.port.emit({ type: 'run_finished', step: this.#step, reason: ending, summary });
    this.#broadcaster.hurry();
    await this.#broadcast(true);
    return { ending, summary };
  }
}
