import { focusedPanel, insideOf, offeredPanels, panelKey } from '../layout/opening.ts';
import type { Panel } from '../panels/contract.ts';
import { panels } from '../panels/registry.ts';
import { usualKeys } from '../screen/usual_keys.ts';
import { walk } from '../state/group.ts';
import type { Model } from '../state/model.ts';
import { isOver, still } from '../state/model.ts';
import * as past from '../state/past.ts';
import * as steer from '../state/steering.ts';
import { askToLeave } from './leaving.ts';
import * as lines from './lines.ts';
import { lookingKeys } from './looking_keys.ts';
import { overlayKeys } from './overlay_keys.ts';
import { pruningKeys } from './pruning_keys.ts';
import { pastKeys, replayKeys } from './replay_keys.ts';
import type { RunKey } from './run_key.ts';

const steering: readonly RunKey[] = [
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
    help: 'Double the pace limit; the last step removes it.',
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
    enabled: steer.actsNow,
    act: steer.snapshot,
  },
  {
    id: 'fork',
    keys: ['b'],
    shown: 'b',
    label: 'fork',
    labelNow: past.forkLabel,
    help: 'Fork: start a paused copy from the snapshot in view, or save one now; this run continues. Type :heads 8 first to fork with 8 heads.',
    unhinted: (model) => model.recalled === undefined && !isOver(model),
    enabled: past.forkable,
    act: past.fork,
  },
];

const leaving: readonly RunKey[] = [
  {
    id: 'command',
    keys: [':'],
    shown: ':',
    label: 'command',
    help: 'Type a command: :lr 0.01, :pace 30, :run 500.',
    unhinted: true,
    act: (model) => lines.open(model, 'command'),
  },
  {
    ...usualKeys.help,
    keys: ['?', '/'],
    help: 'All keys; type to search (also /).',
    act: (model) => still({ ...model, overlay: { type: 'help', filter: '', section: 0, scroll: 0 } }),
  },
  {
    id: 'leave',
    keys: ['q', 'ctrl+c'],
    shown: 'q',
    label: 'leave',
    help: 'Leave: detach, stop and save, or stay (also ctrl+c). A finished run is left at once.',
    essential: 'always',
    act: askToLeave,
  },
  {
    ...usualKeys.suspend,
    help: 'Back to the shell for a while; fg returns. The run goes on.',
    act: (model) => ({ model, effects: [{ type: 'suspend' }] }),
  },
];

const members: RunKey = {
  id: 'members',
  keys: ['[', ']'],
  shown: '[ ]',
  label: 'seeds',
  help: 'Go to the seed before or after, or to all: then curves are the mean with a band of one standard deviation, and keys act on all that train.',
  mode: 'group',
  essential: true,
  act: (model, key) => walk(model, key === ']' ? 1 : -1),
};

const general: readonly RunKey[] = [
  members,
  ...steering.map((binding): RunKey => ({ mode: 'live', ...binding })),
  ...pruningKeys,
  ...replayKeys,
  ...pastKeys,
  ...lookingKeys,
  ...leaving,
  ...overlayKeys,
];

const ofPanels: readonly (RunKey & { readonly panels: readonly Panel[] })[] = panels.flatMap((panel) =>
  panel.keys.map((key) => ({
    ...key,
    panels: [panel],
    act: (model: Model, name: string) => key.act(model, name, insideOf(model, panel.id)),
  })),
);

/** Every key there is; one that acts in several panels once. */
export const keyTable: readonly RunKey[] = [
  ...general,
  ...[...new Set(ofPanels.map(({ id }) => id))].map((id): RunKey => {
    const same = ofPanels.filter((key) => key.id === id);
    return { ...same[0]!, panels: same.flatMap((key) => key.panels) };
  }),
];

/** The binding that a key has where the model is now. */
export function bindingOf(model: Model, key: string): RunKey | undefined {
  return keysHere(model).find((binding) => binding.keys.includes(key));
}

/** The bindings that apply where the model is now, those of the focused panel first. */
export function keysHere(model: Model): readonly RunKey[] {
  const focused = focusedPanel(model);
  return [...ofPanels, ...general].filter(
    (binding) =>
      (binding.over ?? 'none') === model.overlay.type &&
      acts(binding, model) &&
      (binding.panels === undefined || binding.panels[0] === focused),
  );
}

/** Why a key of the other kind of run does nothing. */
const otherMode = {
  group: 'for several seeds that are shown as one',
  live: 'this run is played back; b starts a new one from here',
  replay: 'for a run that is played back',
};

/** What to say when a key does nothing here: where it does something, or where all keys are listed. */
export function elsewhere(model: Model, key: string): string {
  const known = keyTable.filter((binding) => binding.over === undefined && binding.keys.includes(key));
  const found = known.find((binding) => acts(binding, model));
  const [other] = known;
  if (!found && other) return `${key} ${other.label}: ${otherMode[other.mode!]}`;
  const where = offeredPanels(model).filter((panel) => found?.panels?.includes(panel));
  if (!found || where.length === 0) return `${key}: no key of this screen; ? lists them`;
  return `${key} ${found.label}: acts in ${where.map((panel) => `${panelKey(model, panel)} ${panel.id}`).join(' · ')}`;
}

/** Whether a key is for a run like this one, going on or played back. */
export function acts({ mode }: RunKey, { replay, group }: Pick<Model, 'replay' | 'group'>): boolean {
  if (mode === 'group') return group !== undefined;
  return mode === undefined || mode === (replay ? 'replay' : 'live');
}
