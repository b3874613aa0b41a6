import { systemClock } from '../../core/clock.ts';
import { ageText, byteSize, significant, thousands } from '../../core/format.ts';
import { commandLine } from '../../core/own_command.ts';
import { fateOf } from '../../core/process.ts';
import { asForest } from '../../runs/forest.ts';
import { sweepIdleFolder } from '../../store/idle_folder.ts';
import { bestOf, describeRun, listRuns, locate, type StoredRun, type StoredSnapshot } from '../../store/library.ts';
import { holderOf } from '../../store/lock_record.ts';
import { metricsTold } from '../../store/measures_told.ts';
import type { Flags } from '../options/table.ts';
import { note, print, printJson } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { directoryOf } from '../preferences/directory.ts';

type Best = Awaited<ReturnType<typeof bestOf>>;

/** Prints every snapshot, run by run; runs that came from another stand under it. */
export async function list({ run, dir, json }: Flags<'dir' | 'json'> & { run: string | undefined }): Promise<void> {
  const directory = directoryOf(dir);
  const runs = run === undefined ? await listRuns(directory) : [await describeRun(locate(run, directory).folder)];
  for (const { folder } of runs) await sweepIdleFolder(folder, systemClock);
  for (const { problem } of runs) if (problem !== undefined) note(problem);
  const bests = new Map<string, Best>();
  for (const { snapshots } of runs) {
    // A file may be damaged beyond its header, or vanish meanwhile: then it has no best.
    for (const { path } of snapshots) bests.set(path, await bestOf(path).catch(() => undefined));
  }
  if (json) {
    const snapshots = runs.flatMap((one) => one.snapshots.map((snapshot) => asJson(one, snapshot, bests)));
    printJson({ v: 1, snapshots });
    return;
  }
  if (runs.length === 0)
    print(
      `no runs in ${shown(directory)}; start one with ${commandLine('train')}, or play a sample: ${commandLine('replay', 'li')}`,
    );
  const forest = asForest(
    runs,
    (one) => one.run,
    ({ parent }) => parent?.run,
  );
  for (const { entry, depth } of forest) printRun(entry, depth, bests);
}

function asJson({ run, parent, marked }: StoredRun, snapshot: StoredSnapshot, bests: ReadonlyMap<string, Best>) {
  const { file, path, bytes } = snapshot;
  if (!('header' in snapshot)) return { run, file, bytes, problem: snapshot.problem };
  const { step, config, created } = snapshot.header;
  return {
    run,
    file,
    step,
    task: config.task.name,
    model: config.model.name,
    heads: headsOf(snapshot),
    best: bests.get(path) ?? null,
    bytes,
    created,
    marked: marked.has(file),
    ...(snapshot.superseded && { superseded: true }),
    ...(parent && { parent }),
  };
}

function headsOf(snapshot: StoredSnapshot): number | null {
  return 'header' in snapshot ? Number(snapshot.header.config.model['heads'] ?? 1) : null;
}

function headsText(heads: number | null): string {
  return heads === 1 ? '1 head' : `${heads ?? '–'} heads`;
}

function printRun(
  { run, folder, parent, snapshots, marked, problem }: StoredRun,
  depth: number,
  bests: ReadonlyMap<string, Best>,
): void {
  const indent = depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `;
  const margin = '   '.repeat(depth);
  const last = snapshots.filter(({ superseded }) => !superseded).findLast((snapshot) => 'header' in snapshot);
  const what =
    last && `${last.header.config.task.name} · ${last.header.config.model.name} · ${headsText(headsOf(last))}`;
  const origin = parent && `from step ${thousands(parent.step)} of ${parent.run}`;
  print([`${indent}${run}`, what, origin, trainedBy(folder)].filter(Boolean).join(' · '));
  for (const snapshot of snapshots) {
    const { file, bytes } = snapshot;
    const size = byteSize(bytes).padStart(9);
    if ('problem' in snapshot) {
      print(`${margin}  ${'damaged'.padStart(10)}  ${file.padEnd(28)}${''.padEnd(34)}${size}`);
      continue;
    }
    const best = bests.get(snapshot.path);
    const words = best
      ? `${metricsTold(snapshot.header.events).short(best.metric)} ${significant(best.value)} @${thousands(best.step)}`
      : '–';
    const age = ageText((systemClock.date().getTime() - Date.parse(snapshot.header.created)) / 1000);
    print(
      `${margin}  ${thousands(snapshot.header.step).padStart(10)} ${marked.has(file) ? '★' : ' '}${file.padEnd(28)}${`best ${words}`.padEnd(34)}${size}  ${age.padStart(11)}${snapshot.superseded ? '  superseded' : ''}`,
    );
  }
  if (snapshots.length === 0) print(`${margin}  ${problem === undefined ? 'no snapshot yet' : 'cannot be read'}`);
}

/** Who writes to it now. */
function trainedBy(folder: string): string | undefined {
  const holder = holderOf(folder, systemClock);
  return holder && (fateOf(holder) === 'elsewhere' ? `being trained on ${holder.host}` : 'being trained now');
}
