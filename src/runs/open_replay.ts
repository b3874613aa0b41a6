import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { UserError } from '../core/errors.ts';
import { commandLine } from '../core/own_command.ts';
import type { HostTensor } from '../core/tensor.ts';
import type { RunEvent } from '../protocol/events.ts';
import { decodePictures, isPictured } from '../snapshots/format.ts';
import { type ListedSnapshot, listSnapshots, peekSnapshot, type SnapshotPart, stepOfFile } from '../snapshots/store.ts';
import { historyToCurves } from '../store/curves.ts';
import { DamagedLines, readJournal } from '../store/journal_reader.ts';
import { asToldToday } from '../store/old_names.ts';
import { keptPictures, type Picture, Pictures, snapshotPicture } from '../store/pictures.ts';
import { journalPath, recordProblem } from '../store/run_folder.ts';
import { type ReplayOptions, ReplaySource } from './replay.ts';
import { type Stop, Timeline } from './timeline.ts';

/** What files tell of a run. */
export type Recorded = Omit<ReplayOptions, 'step' | 'speed'>;

/** A run from its folder: journal, snapshots and the pictures between them. @throws UserError when it has no journal */
export async function replayFolder(folder: string, step?: number, speed?: number): Promise<ReplaySource> {
  return new ReplaySource({ ...(await folderRecord(folder)), step, speed });
}

/** One snapshot: its own instant and its curves. @throws UserError when it is damaged */
export async function replayFile(path: string): Promise<ReplaySource> {
  const record = await fileRecord(path);
  const folder = dirname(path);
  const whole = existsSync(journalPath(folder)) ? [oneSnapshot(folder)] : [];
  return new ReplaySource({ ...record, notices: [...whole, ...record.notices], step: record.timeline.to });
}

/**
 * What the folder of a run holds.
 * @param onEvents takes the events as well, in batches
 * @throws UserError when it has no journal
 */
export async function folderRecord(
  folder: string,
  onEvents?: (events: readonly RunEvent[]) => void,
): Promise<Recorded> {
  const timeline = new Timeline();
  const notices: string[] = [];
  const journal = journalPath(folder);
  const damaged = new DamagedLines();
  try {
    for await (const events of readJournal(journal, damaged)) {
      timeline.add(events);
      onEvents?.(events);
    }
  } catch (error) {
    // What comes before the damage can be shown all the same.
    if (!(error instanceof UserError) || !timeline.whole.config) throw error;
    notices.push(error.message);
  }
  if (!timeline.whole.config) {
    throw (
      damaged.first ??
      new UserError({ where: folder, what: 'its journal tells of no run', fix: 'name the folder of a run' })
    );
  }
  const listed = await listSnapshots(folder);
  const snapshots = new Map<string, Picture>();
  for (const entry of listed) {
    if ('header' in entry) snapshots.set(entry.file, snapshotPicture(entry.path, entry.header.step));
  }
  const stops = placed(timeline.stops(), listed, timeline.to);
  const between = await keptPictures(folder, timeline.to);
  notices.push(
    ...[damaged.sentence(journal), between.problem, recordProblem(folder)].filter((one) => one !== undefined),
  );
  const shown = stops.flatMap(({ file }) => (file === undefined ? [] : [snapshots.get(file)!]));
  // Of several at one step the last shows what went on from there.
  const pictures = new Pictures([...shown.toReversed(), ...between.pictures]);
  // Which run is meant is known where notices are shown, and room is short there.
  const short = notices.map((notice) => notice.replace(join(folder, '/'), ''));
  return { timeline, stops, pictures, snapshots, notices: short, isThere: (file) => existsSync(join(folder, file)) };
}

/** What is told of a file whose run lies beside it. */
const oneSnapshot = (folder: string): string =>
  `pictures are of this snapshot alone; of all its steps: ${commandLine('replay', relative('', folder) || '.')}`;

/** What is told of a file that another program may have changed. */
const unsealed =
  'it carries no checksum (another program wrote it?): its curves and metrics are those of the original training; incline eval measures what it holds now';

/** What one snapshot tells of its run. @throws UserError when it is damaged */
export async function fileRecord(path: string): Promise<Recorded> {
  const part = await peekSnapshot(path, (name) => isPictured(name) || name.startsWith('task/'));
  const { header, sealed } = part;
  const { history } = decodePictures(new Map([...part.tensors].filter(([name]) => isPictured(name))), path);
  const timeline = new Timeline();
  const opening = header.events.find(({ type }) => type === 'run_started') ?? (await openingOf(part, path));
  // The curves reach back to the first step, be it of a run before this one.
  timeline.add([{ ...asToldToday(opening), step: 0 }, ...header.events.filter(({ type }) => type !== 'run_started')]);
  timeline.setCurves(historyToCurves(history), header.step);
  const recorded = timeline.whole.curves.size > 0 || Object.keys(timeline.whole.estimates).length > 0;
  const notices = [...part.notices];
  if (!sealed && recorded) notices.push(unsealed);
  const picture = snapshotPicture(path, header.step);
  const file = basename(path);
  const stop: Stop = { step: header.step, kind: 'snapshot', label: 'this file', file };
  return {
    timeline,
    stops: [...timeline.stops().filter(({ kind }) => kind === 'intervention'), stop],
    pictures: new Pictures([picture]),
    snapshots: new Map([[file, picture]]),
    notices,
  };
}

/** The stops with the snapshots that are there: those the journal knows, and those that were given a name since. */
function placed(told: readonly Stop[], listed: readonly ListedSnapshot[], last: number): Stop[] {
  const usable = new Map(
    listed.flatMap((entry) => ('header' in entry ? [[entry.file, entry.header.step]] : [])) as [string, number][],
  );
  const known = told.filter(({ file }) => file === undefined || usable.has(file));
  const named = [...usable].filter(([file, step]) => stepOfFile(file) === undefined && step <= last);
  return [
    ...known,
    ...named.map(([file, step]): Stop => ({ step, kind: 'snapshot', label: file.replace(/\.safetensors$/, ''), file })),
  ].sort((a, b) => a.step - b.step);
}

/** What a run would have said at its start, from a snapshot that does not say it. */
async function openingOf({ header, tensors }: SnapshotPart, path: string): Promise<RunEvent> {
  const [{ setUp }, { resolveConfig }] = await Promise.all([
    import('../presets/set_up.ts'),
    import('../presets/resolve.ts'),
  ]);
  const { config } = resolveConfig(header.config, path);
  const fixed = [...tensors].flatMap(([name, { shape, data }]): [string, HostTensor][] =>
    name.startsWith('task/') && !(data instanceof BigInt64Array) ? [[name.slice('task/'.length), { shape, data }]] : [],
  );
  const { model } = told(() => setUp(config, Object.fromEntries(fixed)), path);
  return {
    v: 1,
    seq: 0,
    time: header.created,
    type: 'run_started',
    run: basename(path).replace(/\.safetensors$/, ''),
    config,
    engine: header.engine ?? { name: 'unknown', version: '', threads: 0, unroll: 1 },
    versions: { incline: '', node: '', platform: '' },
    model: model.facts,
    theory: {},
    step: 0,
  };
}

/** @throws UserError as `work` does, naming the file where it names none */
function told<T>(work: () => T, path: string): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError) || error.complaint.where) throw error;
    throw new UserError({ ...error.complaint, where: path });
  }
}
