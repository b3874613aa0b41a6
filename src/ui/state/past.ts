import { thousands } from '../../core/format.ts';
import type { ProbeFrame } from '../../protocol/messages.ts';
import { filmWith } from './film.ts';
import { pastInView, removal, snapshotInView, snapshotsOf } from './in_view.ts';
import type { Model, Recalled, Step } from './model.ts';
import { still, withNotice } from './model.ts';
import { shapesWith } from './probe.ts';
import { ask, askQuietly, leaveWhenStopped, steerable } from './steering.ts';
import { trailWith } from './trail.ts';

/** The model with a newer picture of the run; while the past is looked at, it waits. */
export function withPicture(model: Model, frame: ProbeFrame): Model {
  const shapes = shapesWith(model.shapes, frame);
  if (model.recalled) return { ...model, latest: frame, shapes };
  const [trail, film] = [trailWith(model.trail, frame), filmWith(model.film, frame)];
  return { ...model, probe: frame, latest: frame, shapes, trail, film };
}

/** The snapshot before or after the one shown; after the last comes the run as it is. */
export function neighbour(model: Model, by: -1 | 1): Recalled | 'now' | undefined {
  const all = snapshotsOf(model);
  const { recalled } = model;
  if (!recalled) return by < 0 ? all.at(-1) : undefined;
  // The one shown may have been removed meanwhile.
  const at = all.findIndex(({ file }) => file === recalled.file);
  if (by < 0) return at < 0 ? all.findLast(({ step }) => step < recalled.step) : all[at - 1];
  return (at < 0 ? all.find(({ step }) => step > recalled.step) : all[at + 1]) ?? 'now';
}

/** Shows the pictures of a neighbouring snapshot; the run goes on undisturbed. @param skipped what was passed over before */
export function lookBack(model: Model, by: -1 | 1, skipped?: string): Step {
  const next = neighbour(model, by);
  if (next === undefined) return still(model);
  if (next === 'now') return still(lookAtNow(model, skipped));
  const recalled = { ...next, by, ...(skipped !== undefined && { skipped }) };
  return { model: { ...model, recalled }, effects: [{ type: 'recall', file: next.file }] };
}

function lookAtNow(model: Model, skipped?: string): Model {
  const { latest } = model;
  const words = 'pictures follow the run again';
  return withNotice({ ...model, probe: latest, recalled: undefined }, skipped ? `${skipped} · ${words}` : words);
}

/** What came of looking back; what cannot be shown is passed over. */
export function recalled(
  model: Model,
  { file, frame, error }: { readonly file: string; readonly frame?: ProbeFrame; readonly error?: string },
): Step {
  if (model.recalled?.file !== file) return still(model);
  const { step, by = -1, skipped } = model.recalled;
  if (!frame) {
    const words = `${skipped ? `${skipped}, ` : ''}step ${thousands(step)} skipped: ${error ?? 'no pictures there'}`;
    const further = { ...model, missing: [...model.missing, file] };
    return lookBack(further, neighbour(further, by) === undefined ? 1 : by, words);
  }
  const star = model.run.marked.has(file) ? ' ★' : '';
  const [shapes, trail] = [shapesWith(model.shapes, frame), trailWith(model.trail, frame)];
  const shown = { ...model, probe: frame, shapes, trail };
  const words = `pictures of step ${thousands(step)}${star} · , earlier · ; later`;
  return still(withNotice(shown, skipped ? `${skipped} · ${words}` : words));
}

/**
 * Starts a new run from the snapshot in view, which then stays; from the run as it is, where that is in view, it saves one
 * first. The run goes on.
 */
export function fork(model: Model): Step {
  const { offer, run, held } = model;
  const set = offer ? [offer.set] : [];
  const words = offer ? ` with ${offer.label}` : '';
  const from = pastInView(model) ?? (steerable(model) === true ? undefined : snapshotInView(model));
  if (!from) {
    const fork = { file: undefined, known: run.snapshots, set };
    return ask({ ...model, fork }, { type: 'snapshot', why: 'fork' }, `fork${words}`);
  }
  const { file, step } = from;
  const chosen = { ...model, fork: { file, known: [], set }, held: held.filter((other) => other !== file) };
  if (steerable(model) !== true || isMarked(model, file)) return leaveFor(chosen);
  return ask(chosen, { type: 'mark', file, marked: true }, `fork from step ${thousands(step)}${words}`);
}

/** Why there is nothing to fork from. */
export function forkable(model: Model): true | string {
  const gone = removal(model);
  if (gone !== undefined) return gone;
  if (snapshotInView(model)) return true;
  return model.replay ? 'there is no snapshot before this step; ; goes to the next one' : steerable(model);
}

/** From what `b` would fork, for its hint. */
export function forkLabel(model: Model): string {
  const from = pastInView(model);
  const where = from ? ` from ${thousands(from.step)}` : '';
  return model.offer ? `new run${where} with ${model.offer.label}` : `fork${where}`;
}

/** Why there is nothing to pick for comparison. */
export function pickable(model: Model): true | string {
  return removal(model) ?? (snapshotInView(model) !== undefined || 'there is no snapshot yet');
}

/** Why there is nothing to mark. */
export function markable(model: Model): true | string {
  const steers = steerable(model);
  if (steers !== true) return steers;
  return removal(model) ?? (snapshotInView(model) !== undefined || 'there is no snapshot yet; s saves one');
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

/** Leaves once the snapshot of a fork is saved, or will stay, or the run was stopped. */
export function leaveToFork(model: Model): Step {
  const { fork, run } = model;
  if (!fork) return leaveWhenStopped(model);
  const { file, known } = fork;
  if (file !== undefined) return run.marked.has(file) ? leaveFor(model) : leaveWhenStopped(model);
  const saved = run.snapshots.find((one) => one.why === 'fork' && !known.includes(one));
  return saved ? leaveFor({ ...model, fork: { ...fork, file: saved.file } }) : leaveWhenStopped(model);
}

function leaveFor(model: Model): Step {
  return { model, effects: [{ type: 'leave', choice: 'fork' }] };
}
