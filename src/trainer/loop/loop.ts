import type { Clock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { StorageError } from '../../core/files.ts';
import type { Series } from '../../core/series.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { ModelFacts } from '../../protocol/events.ts';
import type { Outcome } from '../../protocol/frames.ts';
import type { MaskValues } from '../../protocol/masks.ts';
import type { LiveStatus, Request } from '../../protocol/messages.ts';
import type { Controls, Ending, LoopPort, LoopResult, Session } from '../contract.ts';
import { Broadcaster, broadcastInterval } from './broadcast.ts';
import { firstNonFinite, firstUpdates } from './divergence.ts';
import { Interventions } from './interventions.ts';
import { Ledger } from './ledger.ts';
import type { MaskState } from './masking.ts';
import { Pacer, SpeedMeter } from './pacing.ts';
import { Records } from './records.ts';
import { RequestQueue } from './request_queue.ts';
import type { Scribe } from './scribe.ts';

/** What a client may ask of the loop; pictures are the server's business. */
export type TrainingRequest = Exclude<Request, { type: 'watch' }>;

export interface LoopOptions {
  readonly config: RunConfig;
  /** Sizes of the model. */
  readonly facts: ModelFacts;
  /** What is pruned at the start. */
  readonly mask: MaskState;
  readonly session: Session;
  readonly port: LoopPort;
  readonly clock: Clock;
  /** The slopes of the loss with respect to the masks, by the names that pictures give them. */
  readonly slopes?: (masks: MaskValues) => Promise<Readonly<Record<string, HostTensor>>>;
  /** Updates in one run of the graph. */
  readonly unroll: number;
  /** Start without training, waiting for a key. */
  readonly paused?: boolean;
  /** Nobody can answer an alert: end the run instead of pausing it. */
  readonly unattended?: boolean;
  /** Curves so far, of a resumed run. */
  readonly curves?: Map<string, Series>;
}

/** Between two tries to save when the disk refuses and nobody is there to ask for one, in milliseconds. */
const retryInterval = 1000;

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
  readonly #ledger: Ledger;
  readonly #meter: SpeedMeter;
  readonly #pacer: Pacer;
  #paused: boolean;
  #ending: Ending | undefined;
  /** Asked to stop though the state cannot be saved. */
  #abandoned = false;
  #until = Number.POSITIVE_INFINITY;
  readonly #firstStep: number;
  readonly #startedAt: number;
  /** Time spent in updates alone: without evaluations, pauses and the pace. */
  #trainingMs = 0;
  #sinceLedger = 0;

  constructor(options: LoopOptions) {
    this.#o = options;
    this.#queue = new RequestQueue(options.clock);
    this.interventions = new Interventions(options);
    this.#paused = options.paused ?? false;
    this.#firstStep = options.session.step;
    this.#startedAt = options.clock.now();
    this.#meter = new SpeedMeter(options.clock);
    this.#pacer = new Pacer(options.clock, options.session.step);
    const slopes = async () => (await options.slopes?.(this.interventions.mask.values)) ?? {};
    this.#broadcaster = new Broadcaster({ ...options, slopes });
    this.#ledger = new Ledger(options);
    this.#records = new Records({
      session: options.session,
      port: options.port,
      clock: options.clock,
      keep: options.config.snapshot.keep,
      unattended: options.unattended ?? false,
      hold: () => this.#pause(),
      curves: options.curves ?? new Map(),
    });
    this.scribe = this.#records.scribe;
  }

  /** Queues what a client asks for; the reply says at which step it took effect. */
  request(request: TrainingRequest): Promise<Outcome> {
    return this.#queue.push(request);
  }

  async run(): Promise<LoopResult> {
    await this.#records.evaluate();
    await this.#o.port.keepPicture(this.#step);
    if (this.#paused) this.#o.port.emit({ type: 'paused', step: this.#step });
    await this.#broadcast(true);
    while (!this.#ending) {
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
    const { learning_rate, weight_decay, clip_norm, steps } = this.#config.train;
    return { learningRate: learning_rate, weightDecay: weight_decay, clipNorm: clip_norm, totalSteps: steps };
  }

  #serve(): Promise<void> {
    const apply = async (request: TrainingRequest): Promise<void> => {
      await this.#apply(request);
      // The answer is not to wait for a picture.
      await this.#broadcast(true, false);
    };
    return this.#queue.serve(apply, () => this.#step);
  }

  async #apply(request: TrainingRequest): Promise<void> {
    switch (request.type) {
      case 'pause':
        return this.#pause();
      case 'resume':
        this.#until = Number.POSITIVE_INFINITY;
        return this.#resume();
      case 'step':
        this.#until = this.#step + Math.max(1, Math.floor(request.count));
        return this.#resume();
      case 'run_to':
        if (!(request.step > this.#step)) {
          throw new UserError({ what: `step ${request.step} is not ahead`, expected: `a step after ${this.#step}` });
        }
        this.#until = Math.floor(request.step);
        return this.#resume();
      case 'set':
        await this.interventions.set(request.path, request.value, request.why);
        this.#records.keeper.outdate();
        this.#pacer.reset(this.#step);
        // Held-out prompts are the task's.
        return request.path.startsWith('task.') ? this.#reevaluate() : undefined;
      case 'mask':
        await this.interventions.prune(request.scope, request.edits, request.why);
        this.#records.keeper.outdate();
        return this.#reevaluate();
      case 'snapshot':
        if (await this.#records.save(request.why)) return;
        throw new UserError({ what: 'the disk refuses to be written', fix: 'mend that and try again' });
      case 'mark':
        return this.#records.keeper.mark(this.#step, request.file, request.marked);
      case 'stop':
        return this.#stop();
    }
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.scribe.close(this.#step);
    this.#o.port.emit({ type: 'paused', step: this.#step });
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#pacer.reset(this.#step);
    this.#meter.reset();
    this.#o.port.emit({ type: 'resumed', step: this.#step });
  }

  /** Whether the next updates may run now; waits a little when not, and for requests. */
  async #ready(): Promise<boolean> {
    if (this.#step >= this.#config.train.steps) {
      this.#ending = 'completed';
      return false;
    }
    if (this.#records.keeper.isRefused && this.#o.unattended) {
      await this.#queue.rest(retryInterval);
      if (await this.#records.keeper.retry(this.#step)) this.#resume();
      return false;
    }
    const wait = this.#paused ? broadcastInterval : this.#pacer.wait(this.#step, this.#config.train.pace);
    if (wait <= 0) return true;
    const pending = await this.#ledger.whileWaiting(this.interventions.mask);
    await this.#queue.rest(Math.min(wait, broadcastInterval, pending));
    await this.#broadcast();
    return false;
  }

  async #advance(): Promise<void> {
    const { session, clock, unroll } = this.#o;
    const first = this.#step;
    const room = this.#nextStop() - first;
    const count = room >= unroll && this.#config.train.pace === 0 ? unroll : 1;
    const start = clock.now();
    const scalars = await session.advance(count, this.#controls);
    const took = clock.now() - start;
    this.#trainingMs += took;
    this.#sinceLedger += took;
    this.#meter.add(count);
    const bad = firstNonFinite(scalars, count);
    if (bad < count) return this.#diverged(first, bad, scalars);
    this.#records.updates(first, scalars);
  }

  /** The next step at which something other than training must happen. */
  #nextStop(): number {
    const { train, evaluate, snapshot } = this.#config;
    const next = (every: number): number => (every > 0 ? (Math.floor(this.#step / every) + 1) * every : Infinity);
    return Math.min(train.steps, this.#until, next(evaluate.every), next(snapshot.every));
  }

  async #observe(): Promise<void> {
    const { evaluate, snapshot, train } = this.#config;
    if (this.#step % evaluate.every === 0) await this.#records.evaluate();
    if (snapshot.every > 0 && this.#step % snapshot.every === 0) {
      await (this.#step < train.steps ? this.#records.save('automatic') : this.#records.saveLast('automatic'));
    }
    if (snapshot.occasions) await this.#records.saveOnOccasion();
    await this.#o.port.keepPicture(this.#step);
    const spent = train.budget_s > 0 && this.#trainingMs >= train.budget_s * 1000;
    if (spent && !this.#ending && this.#step < train.steps) this.#ending = 'budget';
    if (this.#step >= this.#until) {
      this.#until = Number.POSITIVE_INFINITY;
      this.#pause();
    }
    await this.#ledger.besideTraining(this.interventions.mask, this.#sinceLedger);
    this.#sinceLedger = 0;
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
    const message = `the loss of update ${first + bad + 1} is not finite; back at step ${this.#step}, try a lower learning rate than ${this.#config.train.learning_rate}`;
    this.#o.port.emit({ type: 'alert', step: this.#step, kind: 'diverged', message });
    if (this.#o.unattended) this.#ending = 'diverged';
    else this.#pause();
  }

  /** Stops once the state is safe; a second wish to stop gives it up. */
  async #stop(): Promise<void> {
    if (!(await this.#records.saveLast('stopped'))) {
      if (!this.#abandoned && !this.#o.unattended) {
        this.#abandoned = true;
        throw new UserError({ what: 'the state could not be saved', fix: 'stop again to leave without it' });
      }
      this.#abandoned = true;
    }
    this.#ending = 'stopped';
  }

  /** Sends out journal lines, status and pictures, at most ten times a second unless `now`. */
  async #broadcast(now = false, picture = true): Promise<void> {
    if (!now && !this.#broadcaster.due) return;
    try {
      const status: LiveStatus = {
        step: this.#step,
        state: this.#ending ? 'finished' : this.#paused ? 'paused' : 'running',
        stepsPerSecond: this.#paused ? 0 : this.#meter.rate(),
        until: Math.min(this.#until, this.#config.train.steps),
        pace: this.#config.train.pace,
      };
      await this.#broadcaster.send(status, picture);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#records.keeper.refuses(this.#step, error, 'journal');
    }
  }

  async #finish(ending: Ending): Promise<LoopResult> {
    const why = ending === 'completed' ? 'end' : ending;
    while (!this.#abandoned && !(await this.#records.saveLast(why))) {
      await this.#broadcast(true);
      await this.#queue.rest(retryInterval);
      await this.#serve();
    }
    if (ending === 'completed' || ending === 'budget') await this.#ledger.atEnd(this.interventions.mask);
    this.#queue.close(this.#step, 'the run has ended');
    const seconds = (this.#o.clock.now() - this.#startedAt) / 1000;
    const steps_per_second = this.#trainingMs > 0 ? (1000 * (this.#step - this.#firstStep)) / this.#trainingMs : null;
    const metrics = { ...this.scribe.latest(), steps_per_second };
    const snapshot = this.#abandoned ? undefined : this.#records.keeper.file;
    const summary = { step: this.#step, seconds, metrics, ...(snapshot !== undefined && { snapshot }) };
    this.#o.port.emit({ type: 'run_finished', step: this.#step, reason: ending, summary });
    this.#broadcaster.hurry();
    await this.#broadcast(true);
    return { ending, summary };
  }
}
