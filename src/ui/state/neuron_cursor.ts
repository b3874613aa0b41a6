import type { Model, Step } from './model.ts';
import { still, withView } from './model.ts';

/** A neuron of the panel of neurons, as it was last seen. */
interface SeenNeuron {
  readonly neuron: number;
  /** Norm and angle of the feature part and of the label part of its row of W_O W_V. */
  readonly feature: readonly [number, number];
  readonly label: readonly [number, number];
}

/** The neuron under the cursor of the panel of neurons; undefined while none has been seen. */
export function neuronUnderCursor({ trail, view }: Model): SeenNeuron | undefined {
  const latest = trail.at(-1);
  if (!latest) return undefined;
  const neuron = Math.min(view.neuron, latest.feature.length / 2 - 1);
  const pair = (part: Float32Array) => [part[2 * neuron]!, part[2 * neuron + 1]!] as const;
  return { neuron, feature: pair(latest.feature), label: pair(latest.label) };
}

/** To the neuron with the next angle of the feature part (left, right) or the next norm (up, down). */
export function moveNeuron(model: Model, key: string): Step {
  const under = neuronUnderCursor(model);
  if (!under) return still(model);
  const { feature } = model.trail.at(-1)!;
  const across = ['left', 'right', 'h', 'l'].includes(key);
  const by = ['right', 'l', 'up', 'k'].includes(key) ? 1 : -1;
  const sizeOf = (neuron: number) => feature[2 * neuron + (across ? 1 : 0)]!;
  const order = Array.from({ length: feature.length / 2 }, (_, neuron) => neuron);
  order.sort((a, b) => sizeOf(a) - sizeOf(b) || a - b);
  const next = order[Math.max(0, Math.min(order.length - 1, order.indexOf(under.neuron) + by))]!;
  return still(withView(model, { neuron: next }));
}
