import { significant, thousands } from '../core/format.ts';
import { type Control, pathIn, settingOf } from '../protocol/controls.ts';
import type { Request } from '../protocol/messages.ts';
import type { Change, Model, Step } from './model.ts';
import { isOver, still, withNotice } from './model.ts';

/**
 * Asks the trainer for something; it stays pending until the trainer says at which step it took effect.
 * @param records what becomes of the list of changes then
 */
export function ask(
  model: Model,
  request: Request,
  label: string,
  records?: Model['pending'][number]['records'],
): Step {
  const id = model.requests;
  return {
    model: {
      ...model,
      requests: id + 1,
      pending: [...model.pending, { id, request, label, ...(records && { records }) }],
      notice: { text: '', tone: 'plain' },
    },
    effects: [{ type: 'request', id, request }],
  };
}

/** The trainer's answer to request `id`. */
export function answered(
  model: Model,
  reply: { readonly id: number; readonly ok: boolean; readonly step: number; readonly error?: string },
): Model {
  const pending = model.pending.find((entry) => entry.id === reply.id);
  if (!pending) return model;
  const settled = { ...model, pending: model.pending.filter((entry) => entry !== pending) };
  return reply.ok
    ? withNotice(
        recorded(settled, pending.records),
        `${pending.label}: in force from step ${thousands(reply.step)}`,
        'good',
      )
    : withNotice(settled, `${pending.label}: ${reply.error ?? 'refused'}`, 'alert');
}

/** The model with a confirmed change in its lists. */
function recorded(model: Model, records: Model['pending'][number]['records']): Model {
  if (!records) return model;
  const { change, as } = records;
  if (as === 'undo') return { ...model, undone: [...model.undone, change] };
  return { ...model, done: [...model.done, change], ...(as === 'new' && { undone: [] }) };
}

/** Asks for something that can be taken back. */
export function askChange(model: Model, change: Change): Step {
  return ask(model, change.request, change.label, { change, as: 'new' });
}

/** Takes back the latest change made on this screen; to the trainer that is a change like any other. */
export function undo(model: Model): Step {
  const change = model.done.at(-1)!;
  const rest = { ...model, done: model.done.slice(0, -1) };
  return ask(rest, change.inverse, `undo ${change.label}`, { change, as: 'undo' });
}

export function redo(model: Model): Step {
  const change = model.undone.at(-1)!;
  const rest = { ...model, undone: model.undone.slice(0, -1) };
  return ask(rest, change.request, `redo ${change.label}`, { change, as: 'redo' });
}

/** Why nothing can be asked of the trainer, if so. */
export function steerable(model: Model): true | string {
  if (model.replay) return 'this run is played back; b starts a new one from here';
  if (model.run.phase === 'finished') return `the run has finished at step ${thousands(model.run.step)}; q leaves`;
  if (model.run.phase === 'failed') return 'the run has failed; q leaves';
  if (!model.connected) return 'the trainer has gone';
  if (model.stopping) return 'the run is being stopped';
  return true;
}

export function isPaused(model: Model): boolean {
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

/** Changes a setting, or says why it cannot change in this run. */
export function setControl(model: Model, control: Control, value: unknown): Step | string {
  const { config } = model.run;
  const path = config && pathIn(config, control);
  if (!path) return `this run has no ${control.title} to change`;
  const text = typeof value === 'number' ? significant(value, 4) : JSON.stringify(value);
  if (!control.fits(value)) return `expected ${control.expected}`;
  if (control.effect === 'new run') {
    return `takes effect in a new run: incline train … --set ${path}=${JSON.stringify(value)}`;
  }
  const from = wantedSetting(model, path);
  const inverse = { type: 'set', path, value: from } as const;
  return askChange(model, {
    label: `${control.title} ${text} (${control.effect})`,
    request: { ...inverse, value },
    inverse,
  });
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
