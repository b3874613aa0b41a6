import type { Model } from '../state/model.ts';
import { still } from '../state/model.ts';
import { offeredPanels, panelKey } from '../state/opening.ts';
import * as past from '../state/past.ts';
import * as steer from '../state/steering.ts';
import type { KeyBinding } from './key_binding.ts';
import { askToLeave } from './leaving.ts';
import * as lines from './lines.ts';
import { lookingKeys } from './looking_keys.ts';
import { overlayKeys } from './overlay_keys.ts';
import { pruningKeys } from './pruning_keys.ts';
import { pastKeys, replayKeys } from './replay_keys.ts';

const always = (): true => true;

const steering: readonly KeyBinding[] = [
  {
    id: 'pause',
    keys: ['space'],
    shown: 'space',
    label: 'pause',
    labelNow: (model) => (steer.isPaused(model) ? 'resume' : 'pause'),
    help: 'Pause the run, or go on.',
    enabled: steer.steerable,
    act: steer.pauseOrResume,
  },
  {
    id: 'step',
    keys: ['.'],
    shown: '.',
    label: 'step',
    help: 'Do one optimizer step, then pause.',
    enabled: steer.steerable,
    act: steer.oneStep,
  },
  {
    id: 'run_to',
    keys: ['N'],
    shown: 'N',
    label: 'run to',
    help: 'Run to a step that you type, then pause.',
    enabled: steer.steerable,
    act: (model) => lines.open(model, 'run_to'),
  },
  {
    id: 'slower',
    keys: ['{', '['],
    shown: '{',
    label: 'slower',
    help: 'Halve the pace: a cap on the steps a second, for slow motion.',
    enabled: (model) => {
      const steerable = steer.steerable(model);
      if (steerable !== true) return steerable;
      return steer.wantedPace(model) > 0 || (model.live?.stepsPerSecond ?? 0) > 0 || 'no speed has been measured yet';
    },
    act: steer.slower,
  },
  {
    id: 'faster',
    keys: ['}', ']'],
    shown: '}',
    label: 'faster',
    help: 'Double the pace, in the end without a cap.',
    enabled: (model) => {
      const steerable = steer.steerable(model);
      if (steerable !== true) return steerable;
      return steer.wantedPace(model) > 0 || 'the run has no cap on its pace';
    },
    act: steer.faster,
  },
  {
    id: 'snapshot',
    keys: ['s'],
    shown: 's',
    label: 'snapshot',
    help: 'Save a snapshot now.',
    enabled: steer.steerable,
    act: steer.snapshot,
  },
  {
    id: 'fork',
    keys: ['b'],
    shown: 'b',
    label: 'fork',
    labelNow: ({ offer }) => (offer ? `new run with ${offer.label}` : 'fork'),
    help: 'Save a snapshot and start a new run from it, paused; this one goes on. After :heads 8 or :length 20 with that.',
    unhinted: true,
    enabled: steer.steerable,
    act: past.fork,
  },
];

const leaving: readonly KeyBinding[] = [
  {
    id: 'command',
    keys: [':'],
    shown: ':',
    label: 'command',
    help: 'Type a command: :lr 0.01, :pace 30, :run 500.',
    unhinted: true,
    enabled: always,
    act: (model) => lines.open(model, 'command'),
  },
  {
    id: 'help',
    keys: ['?', '/'],
    shown: '?',
    label: 'help',
    help: 'All keys; type to search (also /).',
    essential: true,
    enabled: always,
    act: (model) => still({ ...model, overlay: { type: 'help', filter: '', scroll: 0 } }),
  },
  {
    id: 'leave',
    keys: ['q', 'ctrl+c'],
    shown: 'q',
    label: 'leave',
    help: 'Leave: detach, stop and save, or stay (also ctrl+c). A finished run is left at once.',
    essential: true,
    enabled: always,
    act: askToLeave,
  },
  {
    id: 'suspend',
    keys: ['ctrl+z'],
    shown: 'ctrl+z',
    label: 'suspend',
    help: 'Back to the shell for a while; fg returns. The run goes on.',
    unhinted: true,
    enabled: always,
    act: (model) => ({ model, effects: [{ type: 'suspend' }] }),
  },
];

/** Every key there is. */
export const keyTable: readonly KeyBinding[] = [
  ...steering.map((binding): KeyBinding => ({ mode: 'live', ...binding })),
  ...pruningKeys,
  ...replayKeys,
  ...pastKeys,
  ...lookingKeys,
  ...leaving,
  ...overlayKeys,
];

/** The binding that a key has where the model is now. */
export function bindingOf(model: Model, key: string): KeyBinding | undefined {
  return keysHere(model).find((binding) => binding.keys.includes(key));
}

/** The bindings that apply where the model is now, those of the focused panel first. */
export function keysHere(model: Model): readonly KeyBinding[] {
  const here = keyTable.filter(
    (binding) =>
      (binding.over ?? 'none') === model.overlay.type &&
      acts(binding, model) &&
      (binding.panels === undefined || binding.panels.includes(model.view.focus)),
  );
  return [...here.filter((binding) => binding.panels), ...here.filter((binding) => !binding.panels)];
}

/** What to say when a key does nothing here: where it does something, or where all keys are listed. */
export function elsewhere(model: Model, key: string): string {
  const found = keyTable.find(
    (binding) => binding.over === undefined && acts(binding, model) && binding.keys.includes(key),
  );
  const where = offeredPanels(model).filter(({ id }) => found?.panels?.includes(id));
  if (!found || where.length === 0) return `${key}: no key of this screen; ? lists them`;
  return `${key} ${found.label}: acts in ${where.map((panel) => `${panelKey(model, panel)} ${panel.id}`).join(' · ')}`;
}

/** Whether a key is for a run like this one, going on or played back. */
export function acts({ mode }: KeyBinding, { replay }: Pick<Model, 'replay'>): boolean {
  return mode === undefined || mode === (replay ? 'replay' : 'live');
}

/** The table of keys of the README. */
export function keysAsMarkdown(): string {
  const rows = keyTable
    .filter((binding) => binding.over === undefined)
    .map(({ shown, help, panels, mode }) => {
      const where = mode === 'replay' ? ['replay'] : panels;
      return `| \`${shown}\` | ${help}${where ? ` (${where.join(', ')})` : ''} |`;
    });
  return ['| key | does |', '| --- | --- |', ...rows].join('\n');
}
