import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '../core/clock.ts';
import { Interrupted, UserError } from '../core/errors.ts';
import { asStorageError, tellUnsafeFolders } from '../core/files.ts';
import { asFloat32 } from '../core/tensor.ts';
import type { RunEvent } from '../protocol/events.ts';
import type { Outcome } from '../protocol/frames.ts';
import { probeFileName } from '../snapshots/probe_file.ts';
import { curvesToGoOnFrom } from '../store/curves.ts';
import { PictureRecorder } from '../store/picture_recorder.ts';
import { requirePlugins } from '../store/plugin_records.ts';
import { Presence } from '../store/presence.ts';
import { type RunRecord, readRunRecord, requireOwnFiles } from '../store/run_folder.ts';
import { RunLock } from '../store/run_lock.ts';
import { RunLogs } from '../store/trackers/run_logs.ts';
import type { LoopPort, LoopResult } from './contract/loop.ts';
import { graftsInto } from './host/donor.ts';
import { type Aside, sayHowItBegins, statusAtStart } from './host/opening.ts';
import { makeReady, type ReadyRun } from './host/ready.ts';
import { Recorder } from './host/recorder.ts';
import { ended, rescue } from './host/rescue.ts';
import { Saver } from './host/saver.ts';
import { TrainingLoop } from './loop/loop.ts';
import type { TrainingRequest } from './loop/requests.ts';
import { wantedOf } from './loop/wanted.ts';
import { takeStrayFaults } from './plugins/fault.ts';
import { LayerGradients } from './pruning/layer_gradients.ts';
import { MaskGradients } from './pruning/mask_gradients.ts';
import type { ChoiceMemory } from './session/choice.ts';
import { TrainerServer } from './socket/server.ts';

export interface HostOptions {
  /** Nobody can answer an alert: end the run instead of pausing it. */
  readonly unattended: boolean;
  /** Leave one core to a screen. */
  readonly spareCore: boolean;
  /** Longest wait for a screen to connect before training starts, in milliseconds, so that it misses nothing. */
  readonly clientWait?: number;
  /** Aborted, with what it was as its reason, when the process is told to end: the run then saves and ends. */
  readonly told?: AbortSignal;
  /** Called with every event, in batches. */
  readonly onEvents?: (events: readonly RunEvent[]) => void;
  readonly clock?: Clock;
  /** Where `auto` looks up and keeps which engine is the fastest. */
  readonly memory?: ChoiceMemory;
  /** The right to write to the folder, where this process has it already. */
  readonly lock?: RunLock;
  /** Called when another process has taken the run over: this one must end, and writes nothing more. */
  readonly onLost?: (error: UserError) => void;
}

/** A run in progress in this process. */
export interface HostedRun {
  request(request: TrainingRequest): Promise<Outcome>;
  /** Settles when the run has ended and everything is on disk. */
  readonly result: Promise<LoopResult>;
}

/**
 * Starts (or resumes) the run of a folder: engine, journal, socket and loop. From the first it is known to be going.
 * @throws Interrupted when told to end before training has begun: nothing is waited for then
 */
export async function hostRun(folder: string, options: HostOptions): Promise<HostedRun> {
  const clock = options.clock ?? systemClock;
  const lock = options.lock ?? (await RunLock.acquire(folder, { clock }));
  if (options.onLost) lock.onLost = options.onLost;
  let presence: Presence | undefined;
  try {
    const record = readRunRecord(folder);
    requirePlugins(record.plugins ?? [], record.run);
    requireOwnFiles(folder);
    presence = await Presence.announce(record.run, lock, !options.unattended);
    const stray = new Promise<never>((_, reject) => takeStrayFaults(reject));
    const started = start(lock, presence, record, folder, { ...options, clock });
    return await Promise.race([started, untilToldEarly(record, options.told), stray]);
  } catch (error) {
    await (presence ?? lock).release();
    throw error;
  }
}

/** Never resolves. @throws Interrupted as soon as the process is told to end */
async function untilToldEarly({ parent, continued }: RunRecord, told: AbortSignal | undefined): Promise<never> {
  await new Promise((resolve) => {
    if (told?.aborted) resolve(undefined);
    else told?.addEventListener('abort', resolve, { once: true });
  });
  const from = parent ?? continued;
  const kept = from ? `, and the snapshot of step ${from.step} that it goes on from is as it was` : '';
  throw new Interrupted(`${told!.reason} while the run was being prepared: nothing was trained${kept}`);
}

type Options = HostOptions & { readonly clock: Clock };

async function start(
  lock: RunLock,
  presence: Presence,
  record: RunRecord,
  folder: string,
  options: Options,
): Promise<HostedRun> {
  const { clock, told } = options;
  const run = await makeReady(folder, record, options);
  const parts = await assemble(run, lock, presence, options);
  const { loop, server, recorder, port } = parts;
  takeStrayFaults((fault) => loop.fail(fault));
  const listen = () => server.listen((request) => loop.request(request));
  await listen();
  await presence.keep(listen);
  recorder.retellWhenDisturbed(() => ({ step: run.session.step, curves: loop.scribe.curves }));
  let over = false;
  // The last word of a journal is how the run ended.
  const isOver = (): boolean => over || recorder.hasEnded;
  const asides = await sayHowItBegins(run, recorder, clock, isOver, port.flush);
  const deadline = clock.now() + (options.clientWait ?? 0);
  while (server.clients === 0 && clock.now() < deadline) await clock.sleep(5);
  told?.throwIfAborted();
  told?.addEventListener('abort', () => void loop.request({ type: 'end' }));
  tellUnsafeFolders((message) => {
    if (!isOver()) recorder.emit({ type: 'alert', step: run.session.step, kind: 'notice', message });
  });
  const result = train(run, parts, lock, () => {
    over = true;
  });
  goOnBeside(asides, run, recorder, isOver);
  return {
    request: (request) => loop.request(request),
    result: result.finally(() => presence.release()),
  };
}

/** What a run consists of while it trains. */
interface Parts {
  readonly loop: TrainingLoop;
  readonly port: LoopPort;
  readonly server: TrainerServer;
  readonly recorder: Recorder;
  readonly saver: Saver;
  readonly pictures: PictureRecorder;
  readonly logs: RunLogs;
  readonly gradients: MaskGradients;
  readonly pulls: LayerGradients;
}

async function assemble(run: ReadyRun, lock: RunLock, presence: Presence, options: Options): Promise<Parts> {
  const { folder, record, experiment, snapshot, session, mask, tuned } = run;
  const { clock, unattended } = options;
  const recorder = await Recorder.open(lock, clock, snapshot?.events ?? []);
  const logs = logsOf(run, recorder, clock);
  const saver = new Saver(run, recorder, lock, clock, logs);
  const gradients = new MaskGradients(run.engine, tuned.threads, session);
  const pulls = new LayerGradients(run.engine, tuned.threads, session);
  const pictures = await picturesOf(run, lock, logs, clock);
  const graft = graftsInto(run);
  let status = statusAtStart(run);
  const server = new TrainerServer({
    socketPath: presence.socket,
    status: () => status,
    backlog: () => recorder.unwritten,
    clock,
    requireMeasurable: async (intervention) => {
      await wantedOf(intervention, experiment.model.facts, graft);
    },
  });
  const port: LoopPort = {
    emit: (body) => recorder.emit(body),
    flush: async () => {
      const events = recorder.takeUntold();
      if (events.length > 0) {
        server.publish(events);
        options.onEvents?.(events);
        logs.take(events);
      }
      await logs.flush();
      // What cannot be written is told all the same.
      lock.verify();
      await recorder.flush();
    },
    status: (value) => {
      status = value;
      server.sendStatus(status);
    },
    watchRate: () => server.watchRate,
    wantsAblation: () => server.wantsAblation,
    wantsGradients: () => server.wantsGradients,
    wantsWeights: () => server.wantsWeights,
    probe: (step, tensors) => server.sendProbe({ step, tensors: asFloat32(tensors) }),
    keepPicture: (step) => pictures.observe(step),
    save: (_why, same) => saver.save(loop, same),
    remove: (file) => removeFile(lock, join(folder, file)),
    sizeOf: async (file) => (await stat(join(folder, file)).catch(() => undefined))?.size,
  };
  const loop = new TrainingLoop({
    config: record.config,
    facts: experiment.model.facts,
    mask,
    session,
    port,
    clock,
    graft,
    gradients: (masks) => gradients.measure(masks),
    weights: async (masks) => ({ ...(await session.weightReadings()), ...(await pulls.measure(masks)) }),
    unroll: tuned.unroll,
    // A budget is a run's: one that branches off has all of its own.
    trainedSeconds: record.continued ? (snapshot?.trainedSeconds ?? 0) : 0,
    paused: record.paused ?? false,
    unattended,
    curves: snapshot ? curvesToGoOnFrom(snapshot, record.config.evaluate.every) : new Map(),
    evaluated: goesOnAsItWas(run),
  });
  return { loop, port, server, recorder, saver, pictures, logs, gradients, pulls };
}

function logsOf({ folder, record, session }: ReadyRun, recorder: Recorder, clock: Clock): RunLogs {
  return new RunLogs(record.log ?? [], { folder, step: session.step }, clock, (message) => {
    if (!recorder.hasEnded) recorder.emit({ type: 'alert', step: session.step, kind: 'notice', message });
  });
}

/** Pictures for replay; logs take each of them too. */
function picturesOf(
  { folder, session }: ReadyRun,
  lock: RunLock,
  logs: RunLogs,
  clock: Clock,
): Promise<PictureRecorder> {
  return PictureRecorder.open({
    path: join(folder, probeFileName),
    start: session.step,
    clock,
    probe: async () => {
      const tensors = asFloat32(await session.probe());
      if (tensors['attention']) logs.picture(session.step, tensors['attention']);
      return tensors;
    },
    verify: () => lock.verify(),
  });
}

/** @throws StorageError when the disk refuses, or the folder is no longer the run's */
async function removeFile(lock: RunLock, path: string): Promise<void> {
  lock.verify();
  await rm(path, { force: true }).catch((error: unknown) => {
    throw asStorageError(path, error);
  });
}

/** Whether what is measured is as it was: then it is measured next when a run that was never left would be. */
function goesOnAsItWas({ snapshot, record }: ReadyRun): boolean {
  if (!snapshot || Object.keys(snapshot.history).length === 0) return false;
  return isDeepStrictEqual(snapshot.config.task, record.config.task);
}

/** Trains to the end, whatever the end is, and leaves everything on disk. */
async function train(run: ReadyRun, parts: Parts, lock: RunLock, onEnd: () => void): Promise<LoopResult> {
  const { loop, port, server, recorder, saver, pictures, logs, gradients, pulls } = parts;
  const { engine, folder, session } = run;
  let lost = false;
  try {
    return await loop.run();
  } catch (cause) {
    lost = engine.device && !(cause instanceof UserError);
    const { error, ...kept } = lost
      ? await rescue(cause as Error, engine.name, folder, session.step, session.copy, (copy) =>
          saver.saveCopy(loop, copy),
        )
      : ended(cause as Error, folder, session.step, loop.snapshot);
    recorder.emit({ type: 'run_failed', step: session.step, message: error.message, ...kept });
    await port.flush();
    throw error;
  } finally {
    onEnd();
    await server.close();
    await pictures.close();
    await logs.close();
    // What is on a lost device cannot be freed.
    if (!lost) {
      await gradients.dispose();
      await pulls.dispose();
      await session.dispose();
    }
    lock.verify();
    await recorder.close();
  }
}

/** A run is worth more than what it is compared with: what fails beside it is said, and it goes on. */
function goOnBeside(asides: readonly Aside[], { session }: ReadyRun, recorder: Recorder, isOver: () => boolean): void {
  for (const { what, work } of asides) {
    work().catch(({ message }: Error) => {
      const said = `${what} failed: ${message}`;
      if (!isOver()) recorder.emit({ type: 'alert', step: session.step, kind: 'notice', message: said });
    });
  }
}
