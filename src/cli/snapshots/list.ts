import { relative } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { byteSize, duration, significant, thousands } from '../../core/format.ts';
import { metricInfo } from '../../metrics/catalog.ts';
import { bestOf, describeRun, listRuns, locate, type StoredRun, type StoredSnapshot } from '../../runs/library.ts';
import { directoryOf } from '../directory.ts';
import { readPreferences } from '../preferences.ts';
import type { ListArguments } from './arguments.ts';

type Best = Awaited<ReturnType<typeof bestOf>>;

/** Prints every snapshot, run by run; runs that came from another stand under it. */
export async function list({ run, dir, json }: ListArguments): Promise<void> {
  const directory = directoryOf(dir, readPreferences());
  const runs = run === undefined ? await listRuns(directory) : [await describeRun(locate(run, directory).folder)];
  const bests = new Map<string, Best>();
  for (const { snapshots } of runs) {
    // A file may be damaged beyond its header, or vanish meanwhile: then it has no best.
    for (const { path } of snapshots) bests.set(path, await bestOf(path).catch(() => undefined));
  }
  if (json) {
    const snapshots = runs.flatMap((one) => one.snapshots.map((snapshot) => asJson(one, snapshot, bests)));
    print(JSON.stringify({ v: 1, snapshots }));
    return;
  }
  if (runs.length === 0) print(`no runs in ${relative(process.cwd(), directory) || '.'}; start one with incline train`);
  for (const { entry, depth } of asTree(runs)) printRun(entry, depth, bests);
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

/** Runs in the order of their names, each followed by those that were forked or resumed from it. */
function asTree(runs: readonly StoredRun[]): { entry: StoredRun; depth: number }[] {
  const names = new Set(runs.map(({ run }) => run));
  const placed = new Set<string>();
  const below = (parent: string | undefined, depth: number): { entry: StoredRun; depth: number }[] =>
    runs
      .filter((entry) => {
        const from = entry.parent && names.has(entry.parent.run) ? entry.parent.run : undefined;
        return from === parent && !placed.has(entry.run);
      })
      .flatMap((entry) => {
        placed.add(entry.run);
        return [{ entry, depth }, ...below(entry.run, depth + 1)];
      });
  const tree = below(undefined, 0);
  // Runs that name each other as parents belong nowhere, and are shown all the same.
  return [...tree, ...runs.filter(({ run }) => !placed.has(run)).map((entry) => ({ entry, depth: 0 }))];
}

function printRun(
  { run, parent, snapshots, marked }: StoredRun,
  depth: number,
  bests: ReadonlyMap<string, Best>,
): void {
  const indent = depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `;
  const margin = '   '.repeat(depth);
  const last = snapshots.filter(({ superseded }) => !superseded).findLast((snapshot) => 'header' in snapshot);
  const what =
    last && `${last.header.config.task.name} · ${last.header.config.model.name} · ${headsOf(last) ?? '–'} heads`;
  const origin = parent && `from step ${thousands(parent.step)} of ${parent.run}`;
  print([`${indent}${run}`, what, origin].filter(Boolean).join(' · '));
  for (const snapshot of snapshots) {
    const { file, bytes } = snapshot;
    const size = byteSize(bytes).padStart(9);
    if ('problem' in snapshot) {
      print(`${margin}  ${'damaged'.padStart(10)}  ${file.padEnd(28)}${''.padEnd(34)}${size}`);
      continue;
    }
    const best = bests.get(snapshot.path);
    const words = best
      ? `${metricInfo(best.metric)?.short ?? best.metric} ${significant(best.value)} @${thousands(best.step)}`
      : '–';
    const age = duration((systemClock.date().getTime() - Date.parse(snapshot.header.created)) / 1000);
    print(
      `${margin}  ${thousands(snapshot.header.step).padStart(10)} ${marked.has(file) ? '★' : ' '}${file.padEnd(28)}${`best ${words}`.padEnd(34)}${size}  ${age.padStart(7)} ago${snapshot.superseded ? '  superseded' : ''}`,
    );
  }
  if (snapshots.length === 0) print(`${margin}  no snapshot yet`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
