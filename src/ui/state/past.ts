import { thousands } from '../../core/format.ts';
import type { ProbeFrame } from '../../protocol/messages.ts';
import type { Model, Recalled, Step } from './model.ts';
import { still, withNotice } from './model.ts';
import { shapesWith } from './probe.ts';
import { ask, askQuietly, leaveWhenStopped, steerable } from './steering.ts';
import { trailWith } from './trail.ts';

/** The model with a newer picture of the run; while the past is looked at, it waits. */
export function withPicture(model: Model, frame: ProbeFrame): Model {
  const shapes = shapesWith(model.shapes, frame);
  if (model.recalled) return { ...model, latest: frame, shapes };
  return { ...model, probe: frame, latest: frame, shapes, trail: trailWith(model.trail, frame) };
}

/** Snapshots of the run, each file once, oldest first. */
function snapshotsOf({ run }: Model): readonly Recalled[] {
  return [...new Map(run.snapshots.map(({ file, step }) => [file, { file, step }])).values()].sort(
    (a, b) => a.step - b.step,
  );
}

/** The snapshot before or after the one shown; after the last comes the run as it is. */
export function neighbour(model: Model, by: -1 | 1): Recalled | 'now' | undefined {
  const all = snapshotsOf(model);
  const at = all.findIndex(({ file }) => file === model.recalled?.file);
  if (by < 0) return at < 0 ? all.at(-1) : all[at - 1];
  return at < 0 ? undefined : (all[at + 1] ?? 'now');
}

/** Shows the pictures of a neighbouring snapshot; the run goes on undisturbed. */
export function lookBack(model: Model, by: -1 | 1): Step {
  const next = neighbour(model, by);
  if (next === undefined) return still(model);
  if (next === 'now') return still(lookAtNow(model));
  return { model: { ...model, recalled: next }, effects: [{ type: 'recall', file: next.file }] };
}

function lookAtNow(model: Model): Model {
  const { latest, ...rest } = model;
  return withNotice({ ...rest, latest, probe: latest, recalled: undefined }, 'pictures follow the run again');
}

/** What came of looking back. */
export function recalled(
  model: Model,
  { file, frame, error }: { readonly file: string; readonly frame?: ProbeFrame; readonly error?: string },
): Model {
  if (model.recalled?.file !== file) return model;
  if (!frame) return withNotice(lookAtNow(model), error ?? 'no pictures there', 'alert');
  const { step } = model.recalled;
  const star = model.run.marked.has(file) ? ' ★' : '';
  const [shapes, trail] = [shapesWith(model.shapes, frame), trailWith(model.trail, frame)];
  const shown = { ...model, probe: frame, shapes, trail };
  return withNotice(shown, `pictures of step ${thousands(step)}${star} · , earlier · ; later, then the run`);
}

/** Saves a snapshot, from which a new run is then started; this one goes on. */
export function fork(model: Model): Step {
  const { replay, run, offer } = model;
  if (!replay)
    return ask(
      { ...model, fork: { file: undefined, after: run.snapshots.length, set: offer ? [offer.set] : [] } },
      { type: 'snapshot', why: 'fork' },
      offer ? `fork with ${offer.label}` : 'fork',
    );
  const from = replay.stops.findLast(({ step, file }) => file !== undefined && step <= run.step);
  return leaveFor(model, from?.file);
}

/** Why there is nothing to fork from. */
export function forkable({ replay, run }: Model): true | string {
  const found = replay?.stops.some(({ step, file }) => file !== undefined && step <= run.step);
  return found || 'there is no snapshot before this step; ; goes to the next one';
}

/** The snapshot that is looked at: the one before the cursor, the one recalled, or the latest. */
function snapshotInView(model: Model): Recalled | undefined {
  const { replay, run, recalled: past } = model;
  if (!replay) return past ?? snapshotsOf(model).at(-1);
  const stop = replay.stops.findLast(({ step, file }) => file !== undefined && step <= run.step);
  return stop && { step: stop.step, file: stop.file! };
}

/** Why there is nothing to pick for comparison. */
export function pickable(model: Model): true | string {
  return snapshotInView(model) !== undefined || 'there is no snapshot yet';
}

/** Why there is nothing to mark. */
export function markable(model: Model): true | string {
  const steers = steerable(model);
  if (steers !== true) return steers;
  return snapshotInView(model) !== undefined || 'there is no snapshot yet; s saves one';
}

/** Marks the snapshot in view, so that it stays for good, or takes the mark away. */
export function mark(model: Model): Step {
  const { step, file } = snapshotInView(model)!;
  const { held } = model;
  if (held.includes(file)) {
    const stays = { ...model, held: held.filter((other) => other !== file) };
    return still(withNotice(stays, `★ snapshot of step ${thousands(step)} stays`, 'good'));
  }
  const marked = !isMarked(model, file);
  const label = marked ? `★ snapshot of step ${thousands(step)} stays` : `snapshot of step ${thousands(step)} unmarked`;
  return ask(model, { type: 'mark', file, marked }, label);
}

/** Whether a snapshot is marked once everything pending is in force. */
function isMarked({ run, pending }: Model, file: string): boolean {
  const asked = pending.findLast(({ request }) => request.type === 'mark' && request.file === file)?.request;
  return asked?.type === 'mark' ? asked.marked : run.marked.has(file);
}

/**
 * Picks the snapshot in view for comparison; the second one that is picked is put beside the first. What is picked stays
 * on disk meanwhile: it is marked, where it is not already.
 */
export function pick(model: Model): Step {
  const { step, file } = snapshotInView(model)!;
  if (model.picked.includes(file)) return unpick(model, file, `step ${thousands(step)} is no longer picked`);
  const label = `step ${thousands(step)} is picked; go to another with , and ; then c`;
  const picked = held({ ...model, picked: [...model.picked, file] }, file, label);
  if (model.picked.length === 0) return picked;
  return { ...picked, effects: [...picked.effects, { type: 'leave', choice: 'compare' }] };
}

function held(model: Model, file: string, label: string): Step {
  if (steerable(model) !== true || isMarked(model, file)) return still(withNotice(model, label));
  return askQuietly({ ...model, held: [...model.held, file] }, { type: 'mark', file, marked: true }, label);
}

function unpick(model: Model, file: string, label: string): Step {
  const { held } = model;
  const rest = { ...model, picked: [], held: [] };
  if (steerable(model) !== true || !held.includes(file)) return still(withNotice(rest, label));
  return askQuietly(rest, { type: 'mark', file, marked: false }, label);
}

/** Leaves once the snapshot of a fork is saved, or the run was stopped. */
export function leaveToFork(model: Model): Step {
  if (!model.fork || model.fork.file !== undefined) return leaveWhenStopped(model);
  const saved = model.run.snapshots.slice(model.fork.after).find(({ why }) => why === 'fork');
  return saved ? leaveFor(model, saved.file) : leaveWhenStopped(model);
}

function leaveFor(model: Model, file: string | undefined): Step {
  return {
    model: { ...model, fork: { file, after: 0, set: model.fork?.set ?? [] } },
    effects: [{ type: 'leave', choice: 'fork' }],
  };
}
