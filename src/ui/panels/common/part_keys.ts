import { graft, pruneLabel, strengthen, strengthLabel, toggle } from '../../state/intervening.ts';
import type { Model } from '../../state/model.ts';
import { solo, soloLabel } from '../../state/pruning.ts';
import type { UnderCursor } from '../../state/ranking.ts';
import { actsNow, steerable } from '../../state/steering.ts';
import type { PanelKey } from '../contract.ts';

/**
 * The keys of a panel whose cursor is on parts of the model.
 * @param pinned the model in which the cursor stays with what is acted on
 */
export function partKeys(under: (model: Model) => UnderCursor, pinned = (model: Model): Model => model): PanelKey[] {
  const enabled = (model: Model): true | string => {
    const acts = actsNow(model);
    if (acts !== true) return acts;
    return under(model).parts.length > 0 || 'the sizes of the parts have not come yet';
  };
  return [
    {
      id: 'prune',
      mode: 'live',
      keys: ['x'],
      shown: 'x',
      label: 'prune',
      labelNow: (model) => pruneLabel(model, under(model)),
      help: 'Prune the head or neuron under the cursor, or restore it; after i, do to the head what that has chosen.',
      essential: true,
      enabled,
      act: (model) => toggle(pinned(model), under(model)),
    },
    {
      id: 'solo',
      mode: 'live',
      keys: ['o'],
      shown: 'o',
      label: 'solo',
      labelNow: (model) => soloLabel(model, under(model)),
      help: 'Prune all others of its layer; where they are pruned, bring them back.',
      enabled,
      act: (model) => solo(pinned(model), under(model)),
    },
    {
      id: 'strength',
      mode: 'live',
      keys: ['(', ')'],
      shown: '( )',
      label: 'strength',
      // Of removing, most people want the whole.
      unhinted: (model) => strengthLabel(model, under(model)).endsWith('remove'),
      labelNow: (model) => strengthLabel(model, under(model)),
      help: 'Do less or more to the head under the cursor, a quarter of a strength or twice a temperature at a time: what i has chosen, or what is done to it already.',
      enabled: (model) => {
        const acts = enabled(model);
        return acts === true ? under(model).kind === 'heads' || 'neurons are in or out; x prunes them' : acts;
      },
      act: (model, key) => strengthen(pinned(model), under(model), key === ')' ? 1 : -1),
    },
    {
      id: 'graft',
      mode: 'live',
      keys: ['g'],
      shown: 'g',
      label: 'graft',
      unhinted: (model) => !model.recalled,
      help: 'While a past snapshot is in view (, and ;), give the head under the cursor the weights that it had there; once more gives its own back. Other runs: :do graft@RUN.',
      enabled: (model) => {
        const steers = steerable(model);
        return steers === true ? under(model).kind === 'heads' || 'heads alone are grafted' : steers;
      },
      act: (model) => graft(pinned(model), under(model)),
    },
  ];
}
