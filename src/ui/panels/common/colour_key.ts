import { type Model, still, type View, withView } from '../../state/model.ts';
import { isTimesEven, type Patterns, shownPatterns } from '../../state/pattern.ts';
import type { PanelKey } from '../contract.ts';

/** What colours of attention say. */
export const colourKey: PanelKey = {
  id: 'times_even',
  keys: ['%'],
  shown: '%',
  label: '× even',
  labelNow: (model) => (isRelative(model) ? 'weights' : '× even'),
  help: 'Colour attention by how many times an even spread over the keys it is, or by the weights again.',
  act: (model) => still(withView(model, { timesEven: !isRelative(model) })),
};

const isRelative = (model: Model): boolean => {
  const patterns = shownPatterns(model);
  return patterns ? isTimesEven(patterns, model.view) : (model.view.timesEven ?? false);
};

/** Before the scale: what its numbers are, weights or how many times an even spread over the keys they are. */
export const colourUnit = (patterns: Patterns, view: Pick<View, 'timesEven'>): string =>
  isTimesEven(patterns, view) ? '× even' : 'weight';
