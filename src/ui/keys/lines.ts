import { oneLine } from '../../core/visible.ts';
import type { Model, Overlay, Step } from '../state/model.ts';
import { still, withNotice } from '../state/model.ts';
import { runTo } from '../state/steering.ts';
import { carryOut, complete, laterStep } from './commands.ts';

/** Opens the line in which a command or a step is typed. */
export function open(model: Model, purpose: 'command' | 'run_to'): Step {
  return still({ ...model, overlay: { type: 'line', purpose, text: '' } });
}

/** Symbols that a line takes. */
const longest = 60;

/** Adds what was typed to the line or to the search of the help. */
export function type(model: Model, character: string): Step {
  const typed = character === 'space' ? ' ' : character;
  return still(edited(model, (text) => (text.length < longest ? text + typed : text)));
}

/** Adds pasted text where text is typed; anywhere else it is not taken, for its letters are no keys. */
export function paste(model: Model, text: string): Model {
  if (!takesText(model.overlay)) return withNotice(model, 'pasted text is not taken here; : opens a line for it');
  return edited(model, (before) => (before + oneLine(text)).slice(0, longest));
}

export function erase(model: Model): Step {
  return still(edited(model, (text) => text.slice(0, -1)));
}

export function completeName(model: Model): Step {
  const { overlay } = model;
  if (overlay.type !== 'line' || overlay.purpose !== 'command') return still(model);
  return still(edited(model, (line) => complete(model, line)));
}

/** Closes the line and does what it says. */
export function take(model: Model): Step {
  const { overlay } = model;
  if (overlay.type !== 'line') return still(model);
  const closed: Model = { ...model, overlay: { type: 'none' } };
  if (overlay.purpose === 'command') return carryOut(closed, overlay.text);
  const step = Number(overlay.text.replaceAll(' ', ''));
  if (overlay.text.trim() === '') return still(closed);
  if (model.replay && Number.isFinite(step)) {
    return { model: closed, effects: [{ type: 'playback', command: { type: 'seek', step } }] };
  }
  return Number.isSafeInteger(step) && step > model.run.step
    ? runTo(closed, step)
    : still(withNotice(closed, `run to: expected ${laterStep(model)}`, 'alert'));
}

export function scrollHelp(model: Model, key: string): Step {
  if (model.overlay.type !== 'help') return still(model);
  return still({ ...model, overlay: { ...model.overlay, scroll: model.overlay.scroll + (key === 'down' ? 1 : -1) } });
}

/** Goes to a section of the help: the one with that number, or the one beside; numbers belong to a search that has begun. */
export function goInHelp(model: Model, key: string): Step {
  const { overlay } = model;
  if (overlay.type !== 'help') return still(model);
  const isNumber = /^\d$/.test(key);
  if (overlay.filter !== '') return isNumber ? type(model, key) : still(model);
  const beside = overlay.section + (['left', 'shift+tab'].includes(key) ? -1 : 1);
  return still({ ...model, overlay: { ...overlay, section: isNumber ? Number(key) - 1 : beside, scroll: 0 } });
}

/** Whether what is typed goes into a text. */
export function takesText(overlay: Overlay): boolean {
  return overlay.type === 'line' || overlay.type === 'help';
}

function edited(model: Model, edit: (text: string) => string): Model {
  const { overlay } = model;
  if (overlay.type === 'line') return { ...model, overlay: { ...overlay, text: edit(overlay.text) } };
  if (overlay.type === 'help')
    return { ...model, overlay: { ...overlay, filter: edit(overlay.filter), section: 0, scroll: 0 } };
  return model;
}
