import type { Clock } from '../../core/clock.ts';
import type { Series } from '../../core/series.ts';
import { asFloat32 } from '../../core/tensor.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { saveSnapshot } from '../../snapshots/store.ts';
import { curvesUntil, toColumns } from '../../store/curves.ts';
import type { RunLock } from '../../store/run_lock.ts';
import type { RunLogs } from '../../store/trackers/run_logs.ts';
import type { Captured } from '../contract/session.ts';
import type { TrainingLoop } from '../loop/loop.ts';
import { PluginFault } from '../plugins/fault.ts';
import type { ReadyRun } from './ready.ts';
import type { Recorder } from './recorder.ts';

/** Writes states of a run into its folder, as long as the folder is ours to write to. */
export class Saver {
  readonly #run: ReadyRun;
  readonly #recorder: Recorder;
  readonly #lock: RunLock;
  readonly #clock: Clock;
  readonly #logs: RunLogs;

  constructor(run: ReadyRun, recorder: Recorder, lock: RunLock, clock: Clock, logs: RunLogs) {
    this.#run = run;
    this.#recorder = recorder;
    this.#lock = lock;
    this.#clock = clock;
    this.#logs = logs;
  }

  /**
   * @param same file that holds this very state already, and may be written over
   * @returns the snapshot's file name
   */
  async save(loop: TrainingLoop, same: string | undefined): Promise<string> {
    const { session } = this.#run;
    const state = this.#state(loop, await session.capture(), loop.scribe.curves);
    // A picture that a plugin cannot draw is no reason to lose the state.
    const probe = await session.probe().catch((error: unknown) => {
      if (error instanceof PluginFault) return {};
      throw error;
    });
    this.#lock.verify();
    await this.#recorder.flush({ sync: true });
    return this.#write({ ...state, probe: asFloat32(probe) }, same);
  }

  /** Saves a copy of an earlier state, when the session can no longer be asked. */
  async saveCopy(loop: TrainingLoop, copy: Captured): Promise<string> {
    this.#lock.verify();
    const state = this.#state(loop, copy, curvesUntil(loop.scribe.curves, copy.step));
    return this.#write({ ...state, probe: {} });
  }

  /** Looks once more, as near to the write as can be, whose folder it is. */
  async #write(snapshot: Snapshot, same?: string): Promise<string> {
    const verify = (): void => this.#lock.verify();
    const stays = (file: string): boolean => file !== same && this.#recorder.kept.has(file);
    const file = await saveSnapshot(this.#run.folder, snapshot, { stays, verify });
    this.#logs.saved(snapshot);
    return file;
  }

  /** Everything a snapshot holds but the probe. */
  #state(loop: TrainingLoop, captured: Captured, curves: ReadonlyMap<string, Series>): Omit<Snapshot, 'probe'> {
    const { session, tuned } = this.#run;
    const { config, mask } = loop.interventions;
    return {
      ...captured,
      config,
      seed: config.seed,
      maskRevision: mask.revision,
      maskScope: mask.scope,
      mask: mask.values,
      events: this.#recorder.lasting,
      engine: tuned,
      trainedSeconds: loop.trainedSeconds,
      created: this.#clock.date().toISOString(),
      task: session.experiment.task.fixed,
      history: Object.fromEntries([...curves].map(([name, curve]) => [name, toColumns(curve)])),
    };
  }
}
