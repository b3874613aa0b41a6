import type { Series } from '../core/series.ts';
import type { RunEvent } from '../protocol/events.ts';
import { reduceRunEvents } from './reduce.ts';
import { emptyRun, type RunState } from './state.ts';

/** Something on the way that one may want to go to. */
export interface Stop {
  readonly step: number;
  readonly kind: 'snapshot' | 'intervention';
  readonly label: string;
  /** Name of a snapshot's file. */
  readonly file?: string;
}

/** Events between two kept states: going back folds at most so many again. */
const stride = 500;

/**
 * A run as it stood at any of its steps: the same events folded by the same reducer as live. Events other than metrics are
 * few and folded again; curves are looked at up to the step.
 */
export class Timeline {
  #whole: RunState = emptyRun;
  /** All events but metrics, in the order of their steps. */
  #light: RunEvent[] = [];
  /** State before event `stride · i`. */
  #kept: RunState[] = [emptyRun];
  #isSorted = true;

  /** Takes the next events, in their order. */
  add(events: readonly RunEvent[]): void {
    this.#whole = reduceRunEvents(this.#whole, events);
    for (const event of events) {
      if (event.type === 'metrics') continue;
      if (event.type === 'run_started' && this.#light.length > 0) this.#supersede(event.step);
      this.#isSorted &&= event.step >= (this.#light.at(-1)?.step ?? 0);
      this.#light.push(event);
    }
  }

  /** Takes the curves of a snapshot, where there is no journal, and its step, which no event may tell. */
  setCurves(curves: ReadonlyMap<string, Series>, step: number): void {
    this.#whole = { ...this.#whole, curves, step };
  }

  /** The run at its end. */
  get whole(): RunState {
    return this.#whole;
  }

  get from(): number {
    return this.#whole.start;
  }

  get to(): number {
    let last = this.#whole.step;
    for (const curve of this.#whole.curves.values()) last = Math.max(last, curve.view().at(-1)?.step ?? 0);
    return Math.max(this.from, last);
  }

  /** The run as it stood after `step` updates; a run that was going then is not finished. */
  at(step: number): RunState {
    this.#sort();
    const end = firstAfter(this.#light, step);
    const state = this.#fold(end);
    const asOf = ({ curves }: Pick<RunState, 'curves'>): RunState['curves'] =>
      new Map([...curves].map(([name, curve]) => [name, curve.asOf(step)]));
    const probed = { ...state.probed, curves: asOf(this.#whole.probed) };
    return { ...state, curves: asOf(this.#whole), probed, step, revision: step + 1 };
  }

  /** Changes that a person made, and the snapshots that the journal tells of. */
  stops(): Stop[] {
    const { marks, snapshots, marked } = this.#whole;
    const changes = marks.filter(({ kind }) => kind === 'control' || kind === 'mask' || kind === 'alert');
    const star = (file: string) => (marked.has(file) ? '★ ' : '');
    const named = new Map(snapshots.map(({ step, file, why }) => [file, { step, file, why }]));
    return [
      ...changes.map(({ step, label }): Stop => ({ step, kind: 'intervention', label })),
      ...[...named.values()].map(
        ({ step, file, why }): Stop => ({ step, kind: 'snapshot', label: star(file) + why, file }),
      ),
    ].sort((a, b) => a.step - b.step);
  }

  /** A run that went on from an earlier step in its own folder: what came after that step no longer counts. */
  #supersede(step: number): void {
    this.#light = this.#light.filter((event) => event.step <= step);
    this.#kept = [emptyRun];
  }

  #sort(): void {
    if (this.#isSorted) return;
    // After a divergence a run goes back some steps, and what it then says belongs there.
    this.#light.sort((a, b) => a.step - b.step);
    this.#kept = [emptyRun];
    this.#isSorted = true;
  }

  #fold(end: number): RunState {
    const kept = Math.min(Math.floor(end / stride), this.#kept.length - 1);
    let state = this.#kept[kept]!;
    for (let index = kept * stride; index < end; index += stride) {
      state = reduceRunEvents(state, this.#light.slice(index, Math.min(end, index + stride)));
      if (index + stride <= end) this.#kept[index / stride + 1] ??= state;
    }
    return state;
  }
}

/** Index of the first event after `step`. */
function firstAfter(events: readonly RunEvent[], step: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]!.step > step) high = middle;
    else low = middle + 1;
  }
  return low;
}
