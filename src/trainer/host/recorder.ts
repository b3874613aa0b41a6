import type { Clock } from '../../core/clock.ts';
import { StorageError } from '../../core/files.ts';
import type { Series } from '../../core/series.ts';
import type { EventBody, RunEvent } from '../../protocol/events.ts';
import { DamagedLines } from '../../store/journal_reader.ts';
import { JournalWriter } from '../../store/journal_writer.ts';
import { KeptSnapshots } from '../../store/kept_snapshots.ts';
import { retelling } from '../../store/retelling.ts';
import { journalPath } from '../../store/run_folder.ts';
import type { RunLock } from '../../store/run_lock.ts';

/** The events of a run: numbered, journalled, waiting to be told, and those of them that snapshots keep. */
export class Recorder {
  /** Snapshots that a person saved or marked. */
  readonly kept: KeptSnapshots;
  /** What a person should know of the journal that the run goes on with. */
  readonly notices: readonly string[];
  readonly #journal: JournalWriter;
  #untold: RunEvent[] = [];
  /** What people changed so far, in this run and those before it. */
  readonly #interventions: RunEvent[];
  #hasEnded = false;
  /** How the run began and what was done since, should it have to be told again. */
  #start: EventBody | undefined;
  readonly #deeds: EventBody[] = [];
  /** The latest of what holds until it is said again. */
  readonly #standing = new Map<RunEvent['type'], RunEvent>();

  private constructor(
    journal: JournalWriter,
    kept: KeptSnapshots,
    before: readonly RunEvent[],
    damage: string | undefined,
  ) {
    this.#journal = journal;
    this.kept = kept;
    this.notices = damage === undefined ? [] : [damage];
    this.#interventions = before.filter(isIntervention);
  }

  /** @param before events of the snapshot that the run goes on from */
  static async open(lock: RunLock, clock: Clock, before: readonly RunEvent[]): Promise<Recorder> {
    const path = journalPath(lock.folder);
    const damaged = new DamagedLines();
    const kept = await KeptSnapshots.of(path, damaged);
    const journal = await JournalWriter.open(path, clock, damaged.after);
    journal.beforeAnother = () => lock.verify();
    return new Recorder(journal, kept, before, damaged.sentence(path));
  }

  /** Whether it was said how the run ended. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  emit(body: EventBody): void {
    const event = this.#append(body);
    if (body.type === 'run_finished' || body.type === 'run_failed') this.#hasEnded = true;
    this.kept.take(event);
    if (body.type === 'run_started') this.#start = body;
    if (isIntervention(event) || event.type.startsWith('snapshot_')) this.#deeds.push(body);
    if (isIntervention(event)) this.#interventions.push(event);
    else if (['run_started', 'theory', 'evaluated'].includes(event.type)) this.#standing.set(event.type, event);
  }

  /** Says again what held before the run began; snapshots know it from there. */
  repeat(body: EventBody): void {
    this.#append(body);
    this.#deeds.push(body);
  }

  /** Writes again what the journal lost to another program: how the run began, its curves, what was done. */
  retellWhenDisturbed(now: () => { readonly step: number; readonly curves: ReadonlyMap<string, Series> }): void {
    this.#journal.onDisturbed = () => {
      const { step, curves } = now();
      const again = this.#start ? retelling(this.#start, curves, this.#deeds) : [];
      for (const body of again) this.#journal.append(body);
      this.emit({ type: 'alert', step, kind: 'notice', message: disturbed });
    };
  }

  /** Hands out what nobody was told yet. */
  takeUntold(): readonly RunEvent[] {
    const events = this.#untold;
    this.#untold = [];
    return events;
  }

  /** Events that are not in the file yet. */
  get unwritten(): readonly RunEvent[] {
    return this.#journal.unwritten;
  }

  /** What a snapshot tells of its run. */
  get lasting(): readonly RunEvent[] {
    return [...this.#standing.values(), ...this.#interventions];
  }

  #append(body: EventBody): RunEvent {
    const event = this.#journal.append(body);
    this.#untold.push(event);
    return event;
  }

  /** @throws when the disk refuses; nothing is lost */
  flush(options?: { readonly sync: boolean }): Promise<void> {
    return this.#journal.flush(options);
  }

  /** What the disk refuses to the last was alerted when it began to. */
  async close(): Promise<void> {
    await this.#journal.close().catch((error: unknown) => {
      if (!(error instanceof StorageError)) throw error;
    });
  }
}

const disturbed =
  'journal.jsonl was cut off, replaced or removed by another program: curves, changes and snapshots are written again; pauses, alerts and what parts are worth are not';

/** What a person did to a run. */
function isIntervention({ type }: RunEvent): boolean {
  return type === 'control_changed' || type === 'mask_applied';
}
