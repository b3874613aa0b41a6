import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { MetricCatalogue } from '../metrics/catalogue.ts';
import type { RunEvent } from '../protocol/events.ts';
import { JournalTail } from '../store/journal_tail.ts';
import { metricsTold } from '../store/measures_told.ts';
import { type Sampled, SampledCurves } from './sampled.ts';

/** How far a cell has come, for pictures. */
export interface CellProgress {
  readonly step: number;
  /** Of one that is being trained; null until that can be told. */
  readonly stepsPerSecond: number | null;
  readonly curves: ReadonlyMap<string, Sampled>;
  /** The last values by metric. */
  readonly last: ReadonlyMap<string, number>;
}

/** A cell that is being trained, by the journal that its run writes. */
export class LiveCell {
  /** Another object whenever something has come. */
  progress: CellProgress;
  metrics: MetricCatalogue | undefined;
  readonly #tail: JournalTail;
  readonly #steps: number;
  #curves: SampledCurves;
  /** Where and when, in milliseconds, its process began. */
  #began: { readonly step: number; readonly time: number } | undefined;

  /** @param steps total steps of its training */
  constructor(folder: string, steps: number) {
    this.#tail = new JournalTail(join(folder, 'journal.jsonl'));
    this.#steps = steps;
    this.#curves = new SampledCurves(steps);
    this.progress = this.#told(0, null);
  }

  async look(): Promise<void> {
    const anew = (): void => {
      this.#curves = new SampledCurves(this.#steps);
    };
    try {
      for await (const events of this.#tail.next(anew)) this.#take(events);
    } catch (error) {
      // It has not begun to write, or what stands there is not to be read.
      if (!(error instanceof UserError || error instanceof RangeError)) throw error;
    }
  }

  #take(events: readonly RunEvent[]): void {
    for (const event of events) {
      if (event.type === 'run_started') {
        this.metrics = metricsTold([event]);
        this.#began = { step: event.step, time: Date.parse(event.time) };
        this.#curves.goBackTo(event.step);
      } else if (event.type === 'metrics') {
        for (const [name, value] of Object.entries(event.values)) this.#curves.put(name, event.step, value);
      } else if (event.type === 'evaluated') {
        for (const [name, { mean }] of Object.entries(event.values)) this.#curves.put(name, event.step, mean);
      }
    }
    const last = events.at(-1);
    if (!last) return;
    const { step = 0, time = 0 } = this.#began ?? {};
    const seconds = (Date.parse(last.time) - time) / 1000;
    this.progress = this.#told(last.step, seconds > 0 && last.step > step ? (last.step - step) / seconds : null);
  }

  #told(step: number, stepsPerSecond: number | null): CellProgress {
    return { step, stepsPerSecond, curves: this.#curves.curves, last: this.#curves.last };
  }
}
