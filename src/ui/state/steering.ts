import { significant, thousands } from '../../core/format.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { type Control, pathIn, settingOf, valueText } from '../../protocol/controls.ts';
import type { ChangeReason } from '../../protocol/events.ts';
import { isRemoval, removal } from '../../protocol/interventions.ts';
import { parseMask } from '../../protocol/mask_edits.ts';
import { editMasks, editsBetween } from '../../protocol/mask_values.ts';
import type { Request } from '../../protocol/messages.ts';
import { type Change, type Changes, withChange } from '../../runs/changes.ts';
import type { RunState } from '../../runs/state.ts';
import { addressed } from './group.ts';
import { pastInView } from './in_view.ts';
import type { Action, Model, Step } from './model.ts';
import { isOver, still, withNotice, withView } from './model.ts';

/**
 * Asks the trainer for something; it stays pending until the trainer says at which step it took effect.
 * @param change what it changes, where that can be taken back
 */
export function ask(model: Model, request: Request, what: string, change?: Change): Step {
  const id = model.requests;
  const label = `${what}${addressed(model, request)}`;
  return {
    model: {
      ...model,
      requests: id + 1,
      pending: [...model.pending, { id, request, label, ...(change && { change }) }],
      notice: { text: '', tone: 'plain' },
    },
    effects: [{ type: 'request', id, request }],
  };
}

/** Asks for something of which `label` is said at once, so that nothing more is said unless it is refused. */
export function askQuietly(model: Model, request: Request, label: string): Step {
  const { model: asked, effects } = ask(model, request, label);
  const pending = asked.pending.map((entry) => (entry.id === model.requests ? { ...entry, quiet: true } : entry));
  return { model: withNotice({ ...asked, pending }, label), effects };
}

/** The trainer's answer to request `id`. */
export function answered(model: Model, reply: Omit<Extract<Action, { readonly type: 'replied' }>, 'type'>): Model {
  const pending = model.pending.find((entry) => entry.id === reply.id);
  if (!pending) {
    // Runs that have not begun, or have ended, send nothing whatever is chosen.
    const isChosen = !isRemoval(model.view.intervention);
    return reply.ok || reply.id !== model.watching.id || !isChosen
      ? model
      : unmeasurable(model, reply.error ?? 'refused');
  }
  const settled = { ...model, pending: model.pending.filter((entry) => entry !== pending) };
  // Going on takes an alert away: one that is there has come since.
  const goesOn = ['resume', 'step', 'run_to'].includes(pending.request.type);
  if (reply.ok && goesOn && model.run.alert) return settled;
  if (reply.ok && pending.quiet) return settled;
  return reply.ok
    ? withNotice(settled, `${pending.label}${sinceWhen(pending.request, reply)}`, 'good')
    : withNotice(settled, `${pending.label}: ${reply.error ?? 'refused'}`, 'alert');
}

/** What was chosen for the board to measure is refused: then it measures what parts are worth by removing them. */
function unmeasurable(model: Model, why: string): Model {
  return withNotice(withView(model, { intervention: removal }), why, 'alert');
}

function sinceWhen({ type }: Request, { step, earliest = step }: { step: number; earliest?: number }): string {
  if (type === 'mark') return '';
  const when = earliest < step ? `steps ${thousands(earliest)}–${thousands(step)}` : `step ${thousands(step)}`;
  return type === 'pause' || type === 'snapshot' ? ` at ${when}` : `, from ${when}`;
}

/** Asks for something that can be taken back. */
export function askChange(model: Model, change: Change, why?: ChangeReason): Step {
  return ask(model, { ...change.request, ...(why && { why }) }, change.label, change);
}

/** What can be taken back and made again once everything pending is in force: changes of this run, whoever made them. */
export function changesOf({ run, pending }: Model): Changes {
  const asked = pending.flatMap(({ change, request }) => (change ? { change, why: reasonOf(request) } : []));
  // What the run shows already waits for its reply only.
  const first = asked.findIndex(({ change }) => !isInForce(run, change.request));
  if (first < 0) return run.changes;
  return asked.slice(first).reduce((changes, { change, why }) => withChange(changes, change, why), run.changes);
}

function reasonOf(request: Request): ChangeReason | undefined {
  return request.type === 'set' || request.type === 'mask' ? request.why : undefined;
}

function isInForce({ controls, config, mask }: Model['run'], request: Change['request']): boolean {
  if (request.type === 'set') {
    const value = controls[request.path] ?? (config && settingOf(config, request.path));
    return JSON.stringify(value) === JSON.stringify(request.value);
  }
  const edits = request.edits.flatMap((text) => parseMask(text));
  return request.scope === mask.scope && editsBetween(mask.values, editMasks(mask.values, edits)).length === 0;
}

/** Takes back the latest change; to the trainer that is a change like any other. */
export function undo(model: Model): Step {
  const { label, request, inverse } = changesOf(model).done.at(-1)!;
  return askChange(model, { label: `undo ${label}`, request: inverse, inverse: request }, 'undo');
}

export function redo(model: Model): Step {
  const { label, request, inverse } = changesOf(model).undone.at(-1)!;
  return askChange(model, { label: `redo ${label}`, request, inverse }, 'redo');
}

/** Why nothing can be asked of the trainer, if so. */
export function steerable(model: Model): true | string {
  if (model.replay) return 'this run is played back; b starts a new one from here';
  if (model.run.phase === 'waiting') return 'it has not begun';
  if (model.run.phase === 'finished') return `the run has finished at step ${thousands(model.run.step)}; q leaves`;
  if (model.run.phase === 'failed') return 'the run has failed; q leaves';
  if (!model.connected) return 'the trainer has gone';
  if (model.stopping) return 'the run is being stopped';
  return true;
}

/** Why nothing can be done to the model that is trained, if so: nobody trains it, or a snapshot of it is in view instead. */
export function actsNow(model: Model): true | string {
  const steers = steerable(model);
  if (steers !== true || !model.recalled) return steers;
  return `step ${thousands(model.recalled.step)} is in view: ; leads to the run as it is, b forks from here`;
}

export function isPaused(model: Pick<Model, 'live' | 'run'>): boolean {
  return (model.live?.state ?? model.run.phase) === 'paused';
}

export function pauseOrResume(model: Model): Step {
  return isPaused(model) ? ask(model, { type: 'resume' }, 'resume') : ask(model, { type: 'pause' }, 'pause');
}

export function oneStep(model: Model): Step {
  return ask(model, { type: 'step', count: 1 }, 'one step');
}

export function runTo(model: Model, step: number): Step {
  return ask(model, { type: 'run_to', step }, `run to step ${thousands(step)}`);
}

export function snapshot(model: Model): Step {
  return ask(model, { type: 'snapshot', why: 'key' }, 'snapshot');
}

/**
 * Changes a setting, or says why it cannot change in this run. What a run that goes on cannot have, and what a snapshot in
 * view cannot, is offered for a new run from there.
 */
export function setControl(model: Model, control: Control, value: unknown): Step | string {
  const { config } = model.run;
  const path = config && pathIn(config, control);
  if (!path) return `this run has no ${control.title} to change`;
  const text = valueText(value);
  if (!control.fits(value)) return `expected ${control.expected}`;
  // The pace of a run that goes on is not a snapshot's.
  const past = control.effect === 'now' && !model.replay ? undefined : pastInView(model);
  if (control.effect === 'new run' || past) {
    const offer = { label: `${control.name} ${text}`, set: `${path}=${JSON.stringify(value)}` };
    const outlook = outlookOf(model.run, control, value);
    if (outlook.refusal) return outlook.refusal;
    const where = past ? `from step ${thousands(past.step)} with it` : 'with it';
    const words = `${offer.label} needs a new run: b starts one ${where}; ${outlook.words}`;
    return still(withNotice({ ...model, offer }, words));
  }
  const from = wantedSetting(model, path);
  const inverse = { type: 'set', path, value: from } as const;
  return askChange(model, {
    label: `${control.title} ${text}${peakOf(config, path)} (${control.effect})`,
    request: { ...inverse, value },
    inverse,
  });
}

/** What becomes of what was learned in a new run with another value of a setting. */
function outlookOf({ model }: RunState, { name }: Control, value: unknown): { words: string; refusal?: string } {
  if (name === 'length') return { words: 'from step 0 where what was learned does not fit' };
  if (name !== 'heads' || !model) return { words: 'this one stays as it is' };
  const more = Number(value) - model.heads;
  if (more === 0) return { words: '', refusal: `the run has ${model.heads} heads` };
  if (!model.resizable) return { words: 'from step 0, as what was learned does not fit' };
  if (more < 0) return { words: `heads ${String(value)} to ${model.heads - 1} of every layer are dropped` };
  return { words: `${more} more beside the trained ones change nothing until they train` };
}

/** What is set of a learning rate that moves by itself. */
function peakOf({ train }: RunConfig, path: string): string {
  if (path !== 'train.learning_rate') return '';
  if (train.schedule !== 'constant') return ` at the peak of the ${train.schedule} schedule`;
  return train.warmup_steps > 0 ? ' after the warm-up' : '';
}

function setPace(model: Model, value: number): Step {
  const label = value === 0 ? 'no cap on the pace (now)' : `pace ${significant(value)} steps/s (now)`;
  const inverse = { type: 'set', path: 'train.pace', value: wantedPace(model) } as const;
  return askChange(model, { label, request: { ...inverse, value }, inverse });
}

/** The value of a setting that holds once everything pending is in force. */
function wantedSetting(model: Model, path: string): unknown {
  const asked = model.pending.findLast(({ request }) => request.type === 'set' && request.path === path);
  if (asked?.request.type === 'set') return asked.request.value;
  return model.run.controls[path] ?? (model.run.config && settingOf(model.run.config, path));
}

/** The cap on steps a second that holds once everything pending is in force; 0 is none. */
export function wantedPace(model: Model): number {
  const isAsked = model.pending.some(({ request }) => request.type === 'set' && request.path === 'train.pace');
  return isAsked
    ? Number(wantedSetting(model, 'train.pace'))
    : (model.live?.pace ?? Number(wantedSetting(model, 'train.pace') ?? 0));
}

/** Above this many steps a second a cap is of no use for watching. */
const fastestPace = 5000;

export function slower(model: Model): Step {
  const pace = wantedPace(model) || Math.min(fastestPace, model.live?.stepsPerSecond ?? 0);
  return setPace(model, tidy(pace / 2));
}

export function faster(model: Model): Step {
  const pace = wantedPace(model) * 2;
  return setPace(model, pace > fastestPace ? 0 : tidy(pace));
}

/** Two significant digits, so that halving a measured speed gives a number worth reading. */
function tidy(pace: number): number {
  return Math.max(0.1, Number(pace.toPrecision(2)));
}

/** Saves and ends the run; the screen closes once the trainer has done so. */
export function stopAndSave(model: Model): Step {
  // The process that trains the members one after the other is told, which no member can do.
  if (model.group) return { model, effects: [{ type: 'leave', choice: 'stop' }] };
  if (isOver(model)) return { model, effects: [{ type: 'leave', choice: 'finished' }] };
  if (!model.connected) return { model, effects: [{ type: 'leave', choice: 'detach' }] };
  const step = ask({ ...model, stopping: true, overlay: { type: 'none' } }, { type: 'stop' }, 'stop and save');
  return step;
}

/** Leaves, if the stop that was asked for has come about. */
export function leaveWhenStopped(model: Model): Step {
  if (model.stopping && isOver(model)) return { model, effects: [{ type: 'leave', choice: 'stop' }] };
  if (model.stopping && !model.connected) return { model, effects: [{ type: 'leave', choice: 'stop' }] };
  return still(model);
}
