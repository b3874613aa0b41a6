import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Clock, systemClock } from '../core/clock.ts';
import { StorageError } from '../core/files.ts';
import type { Series } from '../core/series.ts';
import type { HostTensor } from '../core/tensor.ts';
import { version } from '../core/version.ts';
import type { EngineRecord, EventBody, Numbers, RunEvent } from '../protocol/events.ts';
import type { Outcome } from '../protocol/frames.ts';
import { openMasks, prunedParts } from '../protocol/masks.ts';
import type { LiveStatus } from '../protocol/messages.ts';
import type { Snapshot } from '../snapshots/format.ts';
import { probeFileName } from '../snapshots/probe_file.ts';
import { readSnapshot, saveSnapshot, sweepLeftovers } from '../snapshots/store.ts';
import type { Captured, Experiment, LoopPort, LoopResult } from './contract.ts';
import { curvesUntil, historyToCurves, toSnapshot } from './files/history.ts';
import { JournalWriter } from './files/journal.ts';
import { KeptSnapshots } from './files/kept.ts';
import { PictureKeeper } from './files/pictures.ts';
import { rescue } from './files/rescue.ts';
import { type RunRecord, readRunRecord, writeRunRecord } from './files/run_folder.ts';
import { TrainingLoop, type TrainingRequest } from './loop/loop.ts';
import { initialMask, maskApplied } from './loop/masking.ts';
import { compareBeside } from './measure/comparisons.ts';
import { startIsLost, theoryAtStart } from './measure/theory.ts';
import { requirePlugins } from './plugins/plugins.ts';
import { MaskSlopes } from './pruning/slopes.ts';
import { type ChoiceMemory, chooseEngine } from './session/choice.ts';
import { createExperiment } from './session/experiment.ts';
import { EngineSession } from './session/session.ts';
import { type LiveRun, registerRun, unregisterRun } from './socket/live.ts';
import { TrainerServer } from './socket/server.ts';

export interface HostOptions {
  /** Nobody can answer an alert: end the run instead of pausing it. */
  readonly unattended: boolean;
  /** Leave one core to a screen. */
  readonly spareCore: boolean;
  /** Longest wait for a screen to connect before training starts, in milliseconds, so that it misses nothing. */
  readonly clientWait?: number;
  /** Called with every event, in batches. */
  readonly onEvents?: (events: readonly RunEvent[]) => void;
  readonly clock?: Clock;
  /** Where `auto` looks up and keeps which engine is the fastest. */
  readonly memory?: ChoiceMemory;
}

/** A run in progress in this process. */
export interface HostedRun {
  request(request: TrainingRequest): Promise<Outcome>;
  /** Settles when the run has ended and everything is on disk. */
  readonly result: Promise<LoopResult>;
}

/** Starts (or resumes) the run of a folder: engine, journal, socket and loop. From the first it is known to be going. */
export async function hostRun(folder: string, options: HostOptions): Promise<HostedRun> {
  const record = readRunRecord(folder);
  requirePlugins(record.plugins ?? [], record.run);
  const live = await registerRun(record.run, folder, options.clock ?? systemClock);
  try {
    return await hostRegistered(live, record, folder, options);
  } catch (error) {
    await unregisterRun(live);
    throw error;
  }
}

async function hostRegistered(
  live: LiveRun,
  record: RunRecord,
  folder: string,
  options: HostOptions,
): Promise<HostedRun> {
  const clock = options.clock ?? systemClock;
  await sweepLeftovers(folder);
  const from = record.continued ?? record.parent;
  const { snapshot, notices } = from
    ? await readSnapshot(resolve(folder, from.file))
    : { snapshot: undefined, notices: [] };
  const experiment = createExperiment(record.config, record.source, snapshot?.task);
  const {
    engine,
    version: engineVersion,
    adapter,
    tuning,
    notices: ofEngine,
  } = await chooseEngine(experiment, {
    spareCore: options.spareCore,
    previous: snapshot?.engine,
    memory: options.memory,
  });
  const tuned: EngineRecord = {
    name: engine.name,
    version: engineVersion,
    ...(adapter !== undefined && { adapter }),
    threads: tuning.threads,
    unroll: tuning.unroll,
  };
  const session = await EngineSession.start(engine, experiment, tuned, snapshot);
  const mask = initialMask(experiment.model.facts, snapshot);
  await session.prune(mask.values, mask.scope);
  const versions = { incline: version, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
  await writeRunRecord(folder, { ...record, engine: tuned, versions });

  const journalPath = join(folder, 'journal.jsonl');
  const kept = await KeptSnapshots.of(journalPath);
  const journal = await JournalWriter.open(journalPath, clock);
  let status: LiveStatus = {
    step: session.step,
    state: 'starting',
    stepsPerSecond: 0,
    until: record.config.train.steps,
    pace: record.config.train.pace,
  };
  const server = await TrainerServer.listen({
    socketPath: live.socket,
    status: () => status,
    backlog: () => journal.unwritten,
    handle: (request) => loop.request(request),
    clock,
  });
  let outbox: RunEvent[] = [];
  /** What people changed so far, in this run and those before it. */
  const interventions = (snapshot?.events ?? []).filter(({ type }) => isIntervention(type));
  /** The latest of what holds until it is said again. */
  const standing = new Map<RunEvent['type'], RunEvent>();
  const emit = (body: EventBody): void => {
    const event = journal.append(body);
    outbox.push(event);
    kept.take(event);
    if (isIntervention(event.type)) interventions.push(event);
    else if (['run_started', 'theory', 'evaluated'].includes(event.type)) standing.set(event.type, event);
  };
  const slopes = new MaskSlopes(engine, tuned.threads, session);
  const insides = async () => asFloat32(await session.probe());
  const pictures = await PictureKeeper.open({
    path: join(folder, probeFileName),
    start: session.step,
    clock,
    probe: insides,
  });
  const port: LoopPort = {
    emit,
    flush: async () => {
      const events = outbox;
      outbox = [];
      if (events.length > 0) {
        server.publish(events);
        options.onEvents?.(events);
      }
      await journal.flush();
    },
    status: (value) => {
      status = value;
      server.sendStatus(status);
    },
    watchRate: () => server.watchRate,
    wantsLedger: () => server.wantsLedger,
    wantsSlopes: () => server.wantsSlopes,
    probe: (step, tensors) => server.sendProbe({ step, tensors: asFloat32(tensors) }),
    keepPicture: (step) => pictures.observe(step),
    save: async (_why, same) => {
      const state = stateOf(await session.capture(), loop.scribe.curves);
      const probe = await insides();
      await journal.flush({ sync: true });
      return saveSnapshot(folder, { ...state, probe }, (file) => file !== same && kept.has(file));
    },
    remove: (file) => rm(join(folder, file), { force: true }),
  };
  const stateOf = (captured: Captured, curves: ReadonlyMap<string, Series>) =>
    toSnapshot(
      loop.interventions.config,
      captured,
      session.experiment,
      loop.interventions.mask,
      tuned,
      curves,
      [...standing.values(), ...interventions],
      clock.date(),
    );
  const saveCopy = (copy: Captured): Promise<string> =>
    saveSnapshot(folder, { ...stateOf(copy, curvesUntil(loop.scribe.curves, copy.step)), probe: {} }, (file) =>
      kept.has(file),
    );
  const loop = new TrainingLoop({
    config: record.config,
    facts: experiment.model.facts,
    mask,
    session,
    port,
    clock,
    slopes: (masks) => slopes.measure(masks),
    unroll: tuned.unroll,
    paused: record.paused ?? false,
    unattended: options.unattended,
    curves: historyToCurves(snapshot?.history ?? {}),
  });
  let over = false;
  const theory = startIsLost(snapshot)
    ? { values: experiment.task.theory }
    : await theoryAtStart(experiment, clock, () => over);
  emit(started(record, experiment, tuned, session.step, theory.values));
  if (mask.revision > 0 || prunedParts(mask.values).length > 0)
    outbox.push(journal.append(maskApplied(session.step, openMasks(experiment.model.facts), mask)));
  for (const notice of [...notices, ...ofEngine, ...scheduleNotice(record, snapshot)])
    emit({ type: 'alert', step: session.step, kind: 'notice', message: notice });

  const tellTheory = async (): Promise<void> => {
    const values = await theory.later?.();
    if (!values || over) return;
    emit({ type: 'theory', step: session.step, values });
    // What the disk refuses stays in the journal's memory, and the loop hears of it.
    await port.flush().catch(() => undefined);
  };
  const compare = (): Promise<void> =>
    compareBeside(
      experiment.task.evaluation,
      clock,
      () => over,
      async (values) => {
        emit({ type: 'evaluated', step: session.step, values });
        await port.flush().catch(() => undefined);
      },
    );
  const finish = async (): Promise<void> => {
    over = true;
    await unregisterRun(live);
    await server.close();
    // What is on a lost device cannot be freed.
    if (!lost) {
      await slopes.dispose();
      await session.dispose();
    }
    // What the disk refuses to the last was alerted when it began to.
    await journal.close().catch((error: unknown) => {
      if (!(error instanceof StorageError)) throw error;
    });
  };
  const deadline = clock.now() + (options.clientWait ?? 0);
  while (server.clients === 0 && clock.now() < deadline) await clock.sleep(5);
  let lost = false;
  const result = loop.run().catch(async (cause: Error) => {
    lost = engine.device;
    const { error, ...kept } = lost
      ? await rescue(cause, engine.name, folder, session.step, session.copy, saveCopy)
      : { error: cause };
    emit({ type: 'run_failed', step: session.step, message: error.message, ...kept });
    await port.flush();
    throw error;
  });
  // A run is worth more than what it is compared with.
  const noticed = (work: Promise<void>, what: string): void => {
    work.catch(({ message }: Error) => {
      if (!over) emit({ type: 'alert', step: session.step, kind: 'notice', message: `${what} failed: ${message}` });
    });
  };
  noticed(tellTheory(), 'the theory of the start');
  noticed(compare(), 'a comparison');
  return { request: (request) => loop.request(request), result: result.finally(finish) };
}

/** What a person did to a run, for snapshots to tell. */
function isIntervention(type: RunEvent['type']): boolean {
  return type === 'control_changed' || type === 'mask_applied';
}

/** A decay is laid out over the total number of steps: another total moves the learning rate at once. */
function scheduleNotice({ config }: RunRecord, snapshot: Snapshot | undefined): string[] {
  const { schedule, steps } = config.train;
  const before = snapshot?.config.train.steps;
  if (schedule === 'constant' || before === undefined || before === steps) return [];
  return [`the ${schedule} schedule now ends at step ${steps} instead of ${before}: the learning rate jumps`];
}

function started(
  record: RunRecord,
  { model }: Experiment,
  engine: EngineRecord,
  step: number,
  theory: Numbers,
): EventBody {
  return {
    type: 'run_started',
    run: record.run,
    config: record.config,
    engine,
    versions: { incline: version, node: process.versions.node, platform: `${process.platform}-${process.arch}` },
    model: model.facts,
    theory,
    step,
    ...(record.parent && { parent: record.parent }),
  };
}

function asFloat32(
  tensors: Readonly<Record<string, HostTensor>>,
): Record<string, { shape: readonly number[]; data: Float32Array }> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) },
    ]),
  );
}
