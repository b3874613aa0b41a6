import type { Model } from '../state/model.ts';
import { partsUnderCursor, rankedKind, rankingScore, scoresOf } from '../state/parts.ts';
import * as prune from '../state/pruning.ts';
import { changesOf, redo, steerable, undo } from '../state/steering.ts';
import type { KeyBinding } from './key_binding.ts';

/** Panels in which the cursor is on a part of the model. */
const onParts = ['heads', 'head', 'weights', 'pruning', 'neurons'];

const onPart = (model: Model): true | string => {
  const steers = steerable(model);
  if (steers !== true) return steers;
  return partsUnderCursor(model).parts.length > 0 || 'the sizes of the parts have not come yet';
};

const ranked = (model: Model): true | string => {
  const steers = steerable(model);
  if (steers !== true) return steers;
  const scores = scoresOf(model, rankedKind(model));
  return typeof scores === 'string' ? scores : true;
};

/** Keys that prune parts of the model, and those that take changes back. */
export const pruningKeys: readonly KeyBinding[] = [
  {
    id: 'prune',
    mode: 'live',
    keys: ['x'],
    shown: 'x',
    label: 'prune',
    labelNow: prune.pruneLabel,
    help: 'Prune the head or neuron under the cursor, or restore it.',
    panels: onParts,
    essential: true,
    enabled: onPart,
    act: prune.toggle,
  },
  {
    id: 'solo',
    mode: 'live',
    keys: ['o'],
    shown: 'o',
    label: 'solo',
    help: 'Prune all others of its layer; once more brings them back.',
    panels: onParts,
    enabled: onPart,
    act: prune.solo,
  },
  {
    id: 'fewer_more',
    mode: 'live',
    keys: ['<', '>'],
    shown: '< >',
    label: 'fewer, more',
    labelNow: (model) => `by ${rankingScore(model, rankedKind(model))}`,
    help: 'Fewer or more pruned, a twentieth of each layer at a time, those that count least first: heads where the cursor is on heads, else neurons.',
    hintedIn: ['pruning'],
    enabled: ranked,
    act: (model, key) => prune.fewerOrMore(model, key === '>' ? 1 : -1),
  },
  {
    id: 'score',
    mode: 'live',
    keys: ['m'],
    shown: 'm',
    label: 'score',
    help: 'What < and > go by: magnitude of the weights, attention (heads only), or gradient of the loss.',
    hintedIn: ['pruning'],
    enabled: () => true,
    act: prune.nextScore,
  },
  {
    id: 'scope',
    mode: 'live',
    keys: ['P'],
    shown: 'P',
    label: 'scope',
    labelNow: (model) => (prune.wantedMask(model).scope === 'probe' ? 'clamp' : 'probe'),
    help: 'Who sees what is pruned: probe (evaluation and pictures) or clamp (training as well).',
    hintedIn: onParts,
    essential: true,
    enabled: steerable,
    act: prune.otherScope,
  },
  {
    id: 'everything_back',
    mode: 'live',
    keys: ['O'],
    shown: 'O',
    label: 'all back',
    help: 'Restore every head and neuron.',
    hintedIn: ['pruning'],
    unhinted: (model) => !prune.isSomethingPruned(model),
    enabled: (model) => {
      const steers = steerable(model);
      return steers === true ? prune.isSomethingPruned(model) || 'nothing is pruned' : steers;
    },
    act: prune.everythingBack,
  },
  {
    id: 'move_part',
    keys: ['up', 'down', 'k', 'j'],
    shown: '↑ ↓',
    label: 'part',
    help: 'Go along the parts (also k j).',
    panels: ['pruning'],
    unhinted: true,
    enabled: () => true,
    act: (model, key) => prune.moveOnBoard(model, key === 'up' || key === 'k' ? -1 : 1),
  },
  {
    id: 'undo',
    mode: 'live',
    keys: ['u'],
    shown: 'u',
    label: 'undo',
    help: 'Take back the latest change of settings or pruning, whoever made it; it stays in the journal.',
    unhinted: (model) => changesOf(model).done.length === 0,
    enabled: (model) => {
      const steers = steerable(model);
      return steers === true ? changesOf(model).done.length > 0 || 'nothing is left to take back' : steers;
    },
    act: undo,
  },
  {
    id: 'redo',
    mode: 'live',
    keys: ['ctrl+r'],
    shown: 'ctrl+r',
    label: 'redo',
    help: 'Make the change again that was taken back last.',
    unhinted: (model) => changesOf(model).undone.length === 0,
    enabled: (model) => {
      const steers = steerable(model);
      return steers === true ? changesOf(model).undone.length > 0 || 'nothing has been taken back' : steers;
    },
    act: redo,
  },
];
