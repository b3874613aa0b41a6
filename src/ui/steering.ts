import { significant, thousands } from '../core/format.ts';
import type { Request } from '../protocol/messages.ts';
import type { Model, Step } from './model.ts';
import { isOver, still, withNotice } from './model.ts';

/** Asks the trainer for something; it stays pending until the trainer says at which step it took effect. */
function ask(model: Model, request: Request, label: string): Step {
  const id = model.requests;
  return {
    model: {
      ...model,
      requests: id + 1,
      pending: [...model.pending, { id, request, label }],
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
    ? withNotice(settled, `${pending.label}: in force from step ${thousands(reply.step)}`, 'good')
    : withNotice(settled, `${pending.label}: ${reply.error ?? 'refused'}`, 'alert');
}

/** Why nothing can be asked of the trainer, if so. */
export function steerable(model: Model): true | string {
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

export function setLearningRate(model: Model, value: number): Step {
  return ask(model, { type: 'set', path: 'train.learning_rate', value }, `learning rate ${significant(value)}`);
}

export function setPace(model: Model, value: number): Step {
  const label = value === 0 ? 'no cap on the pace' : `pace ${significant(value)} steps/s`;
  return ask(model, { type: 'set', path: 'train.pace', value }, label);
}

/** The cap on steps a second that holds once everything pending is in force; 0 is none. */
export function wantedPace(model: Model): number {
  const asked = model.pending.findLast(({ request }) => request.type === 'set' && request.path === 'train.pace');
  if (asked?.request.type === 'set') return Number(asked.request.value);
  return model.live?.pace ?? Number(model.run.controls['train.pace'] ?? model.run.config?.train.pace ?? 0);
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
