import { formatIntervention } from '../../protocol/interventions.ts';
import type { PartKind } from '../../pruning/names.ts';
import { underCursor } from '../layout/opening.ts';
import { kindsOf, nextKind } from '../state/intervening.ts';
import { isOver, type Model } from '../state/model.ts';
import * as prune from '../state/pruning.ts';
import { rankedKind, rankingScore, scoresOf } from '../state/ranking.ts';
import { actsNow, changesOf, redo, undo } from '../state/steering.ts';
import type { RunKey } from './run_key.ts';

const kindNow = (model: Model): PartKind => rankedKind(model.run, underCursor(model));

const ranked = (model: Model): true | string => {
  const steers = actsNow(model);
  if (steers !== true) return steers;
  const scores = scoresOf(model, kindNow(model), isOver(model));
  return typeof scores === 'string' ? scores : true;
};

/** Keys that prune parts of the model wherever the cursor is, and those that take changes back. */
export const pruningKeys: readonly RunKey[] = [
  {
    id: 'fewer_more',
    mode: 'live',
    keys: ['<', '>'],
    shown: '< >',
    label: 'fewer, more',
    labelNow: (model) => `by ${rankingScore(model, kindNow(model))}`,
    help: 'Fewer or more pruned, a twentieth of each layer at a time, those that count least first: heads where the cursor is on heads, else neurons.',
    hintedIn: ({ ablation }) => ablation === true,
    enabled: ranked,
    act: (model, key) => prune.fewerOrMore(model, kindNow(model), key === '>' ? 1 : -1),
  },
  {
    id: 'score',
    mode: 'live',
    keys: ['m'],
    shown: 'm',
    label: 'score',
    help: 'Score used by < and >: magnitude of the weights, attention (heads only), or gradient of the loss.',
    hintedIn: ({ ablation }) => ablation === true,
    act: (model) => prune.nextScore(model, kindNow(model)),
  },
  {
    id: 'scope',
    mode: 'live',
    keys: ['P'],
    shown: 'P',
    label: 'scope',
    labelNow: (model) => (prune.wantedMask(model).scope === 'probe' ? 'clamp' : 'probe'),
    help: 'Scope of pruning and other interventions: probe (evaluation and pictures only) or clamp (training too).',
    hintedIn: ({ parts }) => parts !== undefined,
    essential: true,
    enabled: actsNow,
    act: prune.otherScope,
  },
  {
    id: 'kind',
    mode: 'live',
    keys: ['i'],
    shown: 'i',
    label: 'intervention',
    labelNow: ({ view }) => formatIntervention(view.intervention),
    help: 'Intervention that x applies to heads and the pruning panel measures: remove, mean or resample ablation, uniform, previous-token or matching attention, temperature, freezing, and with a past snapshot in view grafts, as far as the model has them. :kind chooses one by name.',
    hintedIn: ({ parts }) => parts !== undefined,
    enabled: (model) => kindsOf(model).length > 1 || 'heads of this model can only be removed',
    act: nextKind,
  },
  {
    id: 'everything_back',
    mode: 'live',
    keys: ['O'],
    shown: 'O',
    label: 'all back',
    help: 'Restore every head and neuron, whatever is done to them.',
    hintedIn: ({ ablation }) => ablation === true,
    unhinted: (model) => !prune.isSomethingPruned(model),
    enabled: (model) => {
      const steers = actsNow(model);
      return steers === true ? prune.isSomethingPruned(model) || 'nothing is pruned' : steers;
    },
    act: prune.everythingBack,
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
      const steers = actsNow(model);
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
      const steers = actsNow(model);
      return steers === true ? changesOf(model).undone.length > 0 || 'nothing has been taken back' : steers;
    },
    act: redo,
  },
];
