import { still, withView } from '../../state/model.ts';
import type { PanelKey } from '../contract.ts';

/** What colours of attention say. */
export const colourKey: PanelKey = {
  id: 'times_even',
  keys: ['%'],
  shown: '%',
  label: '× even',
  labelNow: ({ view }) => (view.timesEven ? 'weights' : '× even'),
  help: 'Colour attention by how many times an even spread over the keys it is, or by the weights again.',
  act: (model) => still(withView(model, { timesEven: !model.view.timesEven })),
};

/** Before the scale: what its numbers are, weights or how many times an even spread over the keys they are. */
export const colourUnit = ({ timesEven }: { readonly timesEven: boolean }): string => (timesEven ? '× even' : 'weight');
