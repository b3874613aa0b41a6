import { formatAddress } from '../../../protocol/address.ts';
import type { Model, Step, View } from '../../state/model.ts';
import { still, withView } from '../../state/model.ts';
import type { UnderCursor } from '../../state/ranking.ts';
import { moves } from '../common/moves.ts';

/** A neuron of the panel of neurons, as it was last seen. */
interface SeenNeuron {
  readonly neuron: number;
  /** Norm and angle of the feature part and of the label part of its row of W_O W_V. */
  readonly feature: readonly [number, number];
  readonly label: readonly [number, number];
}

/** The neuron under the cursor of the panel of neurons; undefined while none has been seen. */
export function neuronUnderCursor({
  trail,
  view,
}: Pick<Model, 'trail'> & { readonly view: Pick<View, 'neuron'> }): SeenNeuron | undefined {
  const latest = trail.at(-1);
  if (!latest) return undefined;
  const neuron = Math.min(view.neuron, latest.feature.length / 2 - 1);
  const pair = (part: Float32Array) => [part[2 * neuron]!, part[2 * neuron + 1]!] as const;
  return { neuron, feature: pair(latest.feature), label: pair(latest.label) };
}

/** The same as what a cursor is on: models that say where their neurons point have one layer. */
export function neuronPart(model: Model): UnderCursor {
  const under = neuronUnderCursor(model);
  const parts = under ? [{ layer: 0, neuron: under.neuron }] : [];
  return { name: parts.map(formatAddress).join(), parts, kind: 'neurons' };
}

/** To the neuron with the next angle of the feature part (left, right) or the next norm (up, down). */
export function moveNeuron(model: Model, key: string): Step {
  const under = neuronUnderCursor(model);
  if (!under) return still(model);
  const { feature } = model.trail.at(-1)!;
  const { right, down } = moves[key]!;
  const across = right !== 0;
  const by = right - down;
  const sizeOf = (neuron: number) => feature[2 * neuron + (across ? 1 : 0)]!;
  const order = Array.from({ length: feature.length / 2 }, (_, neuron) => neuron);
  order.sort((a, b) => sizeOf(a) - sizeOf(b) || a - b);
  const next = order[Math.max(0, Math.min(order.length - 1, order.indexOf(under.neuron) + by))]!;
  return still(withView(model, { neuron: next }));
}
