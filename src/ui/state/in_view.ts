import { thousands } from '../../core/format.ts';
import type { Model, Recalled } from './model.ts';

/** Snapshots of the run that are there, each file once, oldest first. */
export function snapshotsOf({ run, missing }: Model): readonly Recalled[] {
  const known = run.snapshots.filter(({ file }) => !missing.includes(file));
  return [...new Map(known.map(({ file, step }) => [file, { file, step }])).values()].sort((a, b) => a.step - b.step);
}

/** What to say of a snapshot in view that has been removed meanwhile, so that nothing can be done with it. */
export function removal(model: Model): string | undefined {
  const { recalled } = model;
  if (!recalled || snapshotsOf(model).some(({ file }) => file === recalled.file)) return undefined;
  return `the snapshot of step ${thousands(recalled.step)} has been removed; , and ; go to others`;
}

/** The past snapshot that is looked at, which keys act on: the one recalled, or the last before the cursor of a replay. */
export function pastInView({ replay, run, recalled }: Model): Recalled | undefined {
  if (!replay) return recalled;
  const stop = replay.stops.findLast(({ step, file }) => file !== undefined && step <= run.step);
  return stop && { step: stop.step, file: stop.file! };
}

/** The snapshot that is looked at: a past one, or else the latest. */
export function snapshotInView(model: Model): Recalled | undefined {
  return pastInView(model) ?? (model.replay ? undefined : snapshotsOf(model).at(-1));
}
