import { dirname, resolve } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { version } from '../../core/package_files.ts';
import type { Engine } from '../../engine/contract.ts';
import type { EngineRecord, Versions } from '../../protocol/events.ts';
import { requireInterventions } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { readSnapshot, sweepLeftovers } from '../../snapshots/store.ts';
import { sweepIdleFolder } from '../../store/idle_folder.ts';
import { changeNotices } from '../../store/plugin_records.ts';
import { type RunRecord, writeRunRecord } from '../../store/run_folder.ts';
import type { Experiment } from '../contract/session.ts';
import { initialMask, type MaskState } from '../loop/mask_state.ts';
import { type ChoiceMemory, chooseEngine } from '../session/choice.ts';
import { createExperiment } from '../session/experiment.ts';
import { headsNotice, withHeadsOf } from '../session/heads.ts';
import { EngineSession } from '../session/session.ts';

/** A run whose parameters stand on an engine, at the step where it begins. */
export interface ReadyRun {
  readonly folder: string;
  readonly record: RunRecord;
  readonly experiment: Experiment;
  /** What it goes on from. */
  readonly snapshot: Snapshot | undefined;
  readonly engine: Engine;
  readonly tuned: EngineRecord;
  readonly session: EngineSession;
  readonly mask: MaskState;
  /** What a person should know of how it begins. */
  readonly notices: readonly string[];
}

/** Draws the task, or takes it from the snapshot to go on from, and starts the model on an engine. */
export async function makeReady(
  folder: string,
  record: RunRecord,
  options: { readonly spareCore: boolean; readonly memory?: ChoiceMemory | undefined; readonly clock: Clock },
): Promise<ReadyRun> {
  await sweepLeftovers(folder);
  if (record.parent) await sweepIdleFolder(dirname(resolve(folder, record.parent.file)), options.clock);
  const from = record.continued ?? record.parent;
  const saved = from && (await readSnapshot(resolve(folder, from.file), { config: record.config, step: from.step }));
  const experiment = createExperiment(record.config, record.source, saved?.snapshot.task);
  const snapshot = saved && withHeadsOf(saved.snapshot, experiment);
  const chosen = await chooseEngine(experiment, { ...options, previous: snapshot?.engine });
  const { engine, adapter } = chosen;
  const tuned: EngineRecord = {
    name: engine.name,
    version: chosen.version,
    ...(adapter !== undefined && { adapter }),
    threads: chosen.tuning.threads,
    unroll: chosen.tuning.unroll,
  };
  const session = await EngineSession.start(engine, experiment, tuned, snapshot);
  const mask = initialMask(experiment.model.facts, snapshot);
  requireInterventions(mask.values, experiment.model.facts, from?.file ?? record.source);
  await session.prune(mask.values, mask.scope);
  await writeRunRecord(folder, { ...record, engine: tuned, versions });
  const notices = [
    ...(saved?.notices ?? []),
    ...chosen.notices,
    ...changeNotices(record.plugins ?? []),
    ...scheduleNotice(record, snapshot),
    ...headsNotice(saved?.snapshot, experiment.model),
  ];
  return { folder, record, experiment, snapshot, engine, tuned, session, mask, notices };
}

export const versions: Versions = {
  incline: version,
  node: process.versions.node,
  platform: `${process.platform}-${process.arch}`,
};

/** A decay is laid out over the total number of steps: another total moves the learning rate at once. */
function scheduleNotice({ config }: RunRecord, snapshot: Snapshot | undefined): string[] {
  const { schedule, steps } = config.train;
  const before = snapshot?.config.train.steps;
  if (schedule === 'constant' || before === undefined || before === steps) return [];
  return [`the ${schedule} schedule now ends at step ${steps} instead of ${before}: the learning rate jumps`];
}
