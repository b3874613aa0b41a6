import { isGroupOver } from '../state/group.ts';
import type { Model, Step } from '../state/model.ts';
import { isOver, still } from '../state/model.ts';
import { stopAndSave } from '../state/steering.ts';

/** What the menu offers, in its order. */
export const leaveChoices = [
  { key: 'd', title: 'detach', act: detach },
  { key: 's', title: 'stop and save', act: stopAndSave },
  { key: 'c', title: 'cancel', act: closeOverlay },
] as const;

/**
 * The menu; a run that is over, or whose trainer has said nothing yet, is left at once, and while one is being stopped a
 * second wish to leave detaches.
 */
export function askToLeave(model: Model): Step {
  if (model.group ? isGroupOver(model) : isOver(model))
    return { model, effects: [{ type: 'leave', choice: model.stopping ? 'stop' : 'finished' }] };
  const isComing = model.run.phase === 'waiting' && !model.live && !model.group;
  if (model.stopping || isComing || (!model.connected && !model.group)) return detach(model);
  return still({ ...model, overlay: { type: 'leave', selected: 0 } });
}

function detach(model: Model): Step {
  return { model, effects: [{ type: 'leave', choice: 'detach' }] };
}

export function closeOverlay(model: Model): Step {
  return still({ ...model, overlay: { type: 'none' } });
}

export function selectChoice(model: Model, by: 1 | -1): Step {
  if (model.overlay.type !== 'leave') return still(model);
  const count = leaveChoices.length;
  return still({ ...model, overlay: { type: 'leave', selected: (model.overlay.selected + by + count) % count } });
}

export function takeChoice(model: Model): Step {
  if (model.overlay.type !== 'leave') return still(model);
  return leaveChoices[model.overlay.selected]!.act(model);
}
