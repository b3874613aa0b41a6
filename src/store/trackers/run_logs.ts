import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { StorageError } from '../../core/files.ts';
import { requireOwnFolder } from '../../core/plain_files.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { Numbers, RunEvent } from '../../protocol/events.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { attentionImages } from './attention_images.ts';
import { head, type Moment, scalar, summaries, text } from './event_file.ts';
import { LogFile } from './log_file.ts';
import type { LogName } from './log_names.ts';
import { settingsText, stateSummaries } from './snapshot_events.ts';

/** What one kind of log makes of what happens in a run; undefined for nothing. */
interface Format {
  event(event: RunEvent): Uint8Array | undefined;
  picture?(moment: Moment, attention: HostTensor): Uint8Array;
  saved?(moment: Moment, snapshot: Snapshot): Uint8Array;
}

interface Log {
  readonly file: LogFile;
  readonly format: Format;
}

/**
 * The logs of a run for other programs. They are beside the run: one that cannot be written is given up, with one line, and
 * the run goes on.
 */
export class RunLogs {
  readonly #clock: Clock;
  readonly #onGivenUp: (message: string) => void;
  #open: readonly Log[];

  /** @param run its folder, and the step at which it begins or goes on */
  constructor(
    names: readonly LogName[],
    run: { readonly folder: string; readonly step: number },
    clock: Clock,
    onGivenUp: (message: string) => void,
  ) {
    this.#clock = clock;
    this.#onGivenUp = onGivenUp;
    this.#open = names.map((name) => {
      if (name === 'tensorboard') return eventLog(join(run.folder, 'tensorboard'), this.#now(run.step), clock);
      return { file: new LogFile(name.slice('jsonl:'.length), clock), format: jsonLines };
    });
  }

  take(events: readonly RunEvent[]): void {
    for (const event of events) this.#add((format) => format.event(event));
  }

  /** @param attention [P, L, H, Tq, Tk], as a picture for replay was taken of it */
  picture(step: number, attention: HostTensor): void {
    this.#add((format) => format.picture?.(this.#now(step), attention));
  }

  saved(snapshot: Snapshot): void {
    this.#add((format) => format.saved?.(this.#now(snapshot.step), snapshot));
  }

  async flush(now = false): Promise<void> {
    for (const log of this.#open) {
      try {
        await log.file.flush(now);
      } catch (error) {
        if (!(error instanceof StorageError || error instanceof UserError)) throw error;
        this.#open = this.#open.filter((other) => other !== log);
        await log.file.close();
        this.#onGivenUp(`a log is given up, the run goes on: ${error.message}`);
      }
    }
  }

  async close(): Promise<void> {
    await this.flush(true);
    for (const { file } of this.#open) await file.close();
  }

  #add(make: (format: Format) => Uint8Array | undefined): void {
    for (const { file, format } of this.#open) {
      const bytes = make(format);
      if (bytes) file.add(bytes);
    }
  }

  #now(step: number): Moment {
    return { seconds: this.#clock.date().getTime() / 1000, step };
  }
}

/** An event file of its own for every start of a run, as TensorBoard reads those of a folder in their order. */
function eventLog(folder: string, moment: Moment, clock: Clock): Log {
  const unique = `${Math.floor(moment.seconds)}.${hostname()}.${process.pid}.${moment.step}`;
  const file = new LogFile(join(folder, `events.out.tfevents.${unique}`), clock, async () => {
    await mkdir(folder, { mode: 0o700, recursive: true });
    requireOwnFolder(folder);
  });
  // Of earlier files the step that it goes on from still counts, which is not told again.
  file.add(head({ ...moment, step: moment.step + 1 }));
  return { file, format: eventFile };
}

/** The very lines of the journal. */
const jsonLines: Format = { event: (event) => Buffer.from(`${JSON.stringify(event)}\n`) };

const eventFile: Format = {
  event(event) {
    const moment = { seconds: Date.parse(event.time) / 1000, step: event.step };
    switch (event.type) {
      case 'run_started':
        return summaries(moment, [settingsText(event.config)]);
      case 'metrics':
        return scalars(moment, event.values);
      case 'evaluated': {
        const measured = Object.entries(event.intact ?? event.values);
        return scalars(moment, Object.fromEntries(measured.map(([name, { mean }]) => [name, mean])));
      }
      case 'control_changed':
        return summaries(moment, [text('changes', `${event.path}: ${JSON.stringify(event.to)}`)]);
      case 'mask_applied':
        return summaries(moment, [text('changes', `pruned (${event.scope}): ${event.edits.join(', ')}`)]);
      default:
        return undefined;
    }
  },
  picture: (moment, attention) => summaries(moment, attentionImages(attention)),
  saved: (moment, { params, probe }) => summaries(moment, stateSummaries(params, probe['attention'])),
};

const scalars = (moment: Moment, values: Numbers): Buffer =>
  summaries(
    moment,
    Object.entries(values).map(([name, value]) => scalar(name, value)),
  );
