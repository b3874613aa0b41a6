import { createHash } from 'node:crypto';
import { basename, join, relative } from 'node:path';
import { UserError } from '../../core/errors.ts';
import type { HistoryColumns, Snapshot } from '../../snapshots/format.ts';
import { stateHash } from '../../snapshots/state_hash.ts';
import { readSnapshot } from '../../snapshots/store.ts';
import { snapshotsIn } from '../../store/catalogue.ts';
import { readJournal } from '../../store/journal_reader.ts';
import { journalPath } from '../../store/run_folder.ts';
import { settingsText, type Values } from '../../sweep/cells.ts';
import { type Outcome, outcomeOf } from '../../sweep/outcome.ts';
import type { Plan, PlannedRun } from '../plan.ts';
import type { Place } from '../recipe/expression.ts';

/** Where runs are trained: for the key of a run its folder. */
export type Folders = ReadonlyMap<string, string>;

/** What was read of a run, with hashes of it. */
export interface RunRead {
  readonly sweep: string;
  readonly settings: Values;
  readonly seed: number;
  /** From the folder of all results; null for closed forms, which need no run. */
  readonly folder: string | null;
  /** By the name of the file: SHA-256 of the trained state in it. */
  readonly snapshots: Readonly<Record<string, string>>;
  /** By metric: SHA-256 of its curve. */
  readonly curves: Readonly<Record<string, string>>;
}

/** Snapshots that are held at a time. */
const mostOpen = 8;

interface Note {
  readonly run: PlannedRun;
  readonly sweep: string;
  readonly snapshots: Record<string, string>;
  readonly curves: Record<string, string>;
}

/** The runs of a recipe, to be read by what tells them apart; remembers what was read. */
export class Runs {
  readonly plan: Plan;
  readonly #folders: Folders;
  readonly #outcomes = new Map<string, Promise<Outcome>>();
  readonly #notes = new Map<string, Note>();
  readonly #engines = new Set<string>();
  readonly #open = new Map<string, Snapshot>();

  constructor(plan: Plan, folders: Folders) {
    this.plan = plan;
    this.#folders = folders;
  }

  /** Whether a sweep varies a setting from run to run. */
  varies(of: string | undefined, path: string): boolean {
    const { design } = this.plan.get(this.#nameOf(of))!;
    return path in design.grid || path in design.zip;
  }

  seeds(of?: string): readonly number[] {
    return this.plan.get(this.#nameOf(of))!.design.seeds;
  }

  /** @throws UserError unless exactly one run is meant */
  find({ of, where = {} }: Place, seed: number): PlannedRun {
    const name = this.#nameOf(of);
    const wanted = Object.entries(where).map(([path, value]) => [path, JSON.stringify(value)] as const);
    const found = this.plan
      .get(name)!
      .runs.filter(
        (run) => run.seed === seed && wanted.every(([path, text]) => JSON.stringify(run.settings[path]) === text),
      );
    const [run, ...others] = found;
    if (!run || others.length > 0) {
      const what = `${found.length} runs of ${name} have ${settingsText(where) || 'no setting'} and seed ${seed}`;
      throw new UserError({ what, expected: 'one', fix: 'change `where` in the recipe' });
    }
    if (!this.#notes.has(name + run.key))
      this.#notes.set(name + run.key, { run, sweep: name, snapshots: {}, curves: {} });
    return run;
  }

  /** @throws UserError when a run is not trained, or has no such curve */
  async curve(run: PlannedRun, metric: string): Promise<HistoryColumns> {
    const { history } = await this.outcome(run);
    const curve = history[metric];
    if (!curve) {
      const expected = `one of ${Object.keys(history).slice(0, 40).join(', ')}`;
      throw new UserError({ where: this.folder(run), what: `has no curve of ${metric}`, expected });
    }
    for (const note of this.#notesOf(run)) note.curves[metric] ??= curveHash(curve);
    return curve;
  }

  /** What a run has come to. */
  outcome(run: PlannedRun): Promise<Outcome> {
    const known = this.#outcomes.get(run.key) ?? this.#file(run, 'last').then(outcomeOf);
    this.#outcomes.set(run.key, known);
    return known;
  }

  /** The snapshot of a run at a step, and its path; the last ones read are kept. */
  async snapshot(run: PlannedRun, at: Place['at'] = 'last'): Promise<{ path: string; snapshot: Snapshot }> {
    const path = await this.#file(run, at);
    const snapshot = this.#open.get(path) ?? (await readSnapshot(path)).snapshot;
    this.#open.set(path, snapshot);
    if (this.#open.size > mostOpen) this.#open.delete(this.#open.keys().next().value!);
    if (snapshot.engine) this.#engines.add(`${snapshot.engine.name} ${snapshot.engine.version}`);
    for (const note of this.#notesOf(run)) note.snapshots[basename(path)] ??= stateHash(snapshot);
    return { path, snapshot };
  }

  /** The step at which the first snapshot that is there was saved for a reason; undefined where none was. */
  async firstSaved(run: PlannedRun, why: string): Promise<number | undefined> {
    const folder = this.folder(run);
    const files = new Set((await snapshotsIn(folder)).map(({ file }) => file));
    for await (const events of readJournal(journalPath(folder))) {
      const found = events.find(
        (event) => event.type === 'snapshot_saved' && event.why === why && files.has(event.file),
      );
      if (found) return found.step;
    }
    return undefined;
  }

  folder({ key }: PlannedRun): string {
    const folder = this.#folders.get(key);
    if (folder === undefined) throw new UserError({ what: 'a run that a recipe reads is not trained' });
    return folder;
  }

  /** Every run that was read so far. @param root folder that paths are told from */
  read(root: string): RunRead[] {
    return [...this.#notes.values()].map(({ run, sweep, snapshots, curves }) => {
      const folder = this.plan.get(sweep)!.trained ? relative(root, this.folder(run)) : null;
      return {
        sweep,
        settings: run.settings,
        seed: run.seed,
        folder,
        snapshots: { ...snapshots },
        curves: { ...curves },
      };
    });
  }

  /** What snapshots that were read were trained with. */
  engines(): string[] {
    return [...this.#engines].sort();
  }

  #notesOf({ key }: PlannedRun): Note[] {
    return [...this.#notes.values()].filter(({ run }) => run.key === key);
  }

  async #file(run: PlannedRun, at: NonNullable<Place['at']>): Promise<string> {
    const folder = this.folder(run);
    const files = await snapshotsIn(folder);
    const step = at === 'first' ? 0 : at;
    const found = step === 'last' ? files.at(-1) : files.findLast((one) => one.step === step);
    if (found) return join(folder, found.file);
    const what = `no snapshot of step ${step}, only of ${files.map((one) => one.step).join(', ')}`;
    throw new UserError({ where: folder, what, fix: 'set snapshot.every and snapshot.keep in the recipe' });
  }

  #nameOf(of: string | undefined): string {
    return of ?? [...this.plan.keys()][0]!;
  }
}

/** Of steps and values as snapshots keep them. */
function curveHash({ step, last }: HistoryColumns): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of [step, last]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
